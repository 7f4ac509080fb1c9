import numpy as np
import pandas as pd
import pytest
from helpers.cases import tiny_tables, write_tables
from helpers.damage import without_lists
from helpers.learners import RefusingLearner

from regard.artefacts import read_array, read_json, write_json
from regard.competitions.kaggle import check_submission
from regard.ensembling import combine, read_fit
from regard.errors import ConfigError
from regard.pipeline import blend_runs, make
from regard.pipeline.learners import LEARNERS
from regard.pipeline.opening import load

pytestmark = pytest.mark.slow  # many whole runs, which together take seconds


@pytest.fixture
def quick(quick):
    """Return settings whose blends are means, unless a test asks for another method."""
    return lambda *overrides: quick("blend.method=mean", *overrides)


@pytest.fixture
def two_runs(quick):
    """Make two runs with test predictions, in the order of their names."""
    runs = [make(quick(f"seed={seed}"), "predict") for seed in (1, 2)]
    return sorted(runs, key=lambda run: run.name)


def changes_in(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_blend_is_a_run(quick, tmp_path):
    runs = [make(quick(f"seed={seed}"), "predict") for seed in (1, 2, 3)]
    run = blend_runs(quick("blend.method=auto"))
    assert run.name.startswith("blend-")
    assert list(pd.read_csv(run.folder / "oof.csv")) == ["id", "fold", "sea", "town", "wood"]
    entries = run.scores["blend"]
    assert entries["methods"][entries["method"]] == run.scores["oof_score"]
    assert list(entries["members"]) == sorted(one.name for one in runs)
    for one in runs:
        assert entries["members"][one.name]["score"] == one.scores["oof_score"]
        assert entries["members"][one.name]["seed"] == one.config.seed
    sample = tmp_path / "data" / "tiny" / "sample_submission.csv"
    check_submission(run.folder / "submission.csv", sample, "id")
    home = tmp_path / "outputs" / "tiny"
    assert (home / "latest").resolve() == run.folder
    board = pd.read_csv(home / "leaderboard.csv").set_index("run")
    assert board.loc[run.name, "oof_score"] == pytest.approx(run.scores["oof_score"], abs=1e-6)
    assert f"runs=[{','.join(sorted(one.name for one in runs))}]" in run.manifest["overrides"]
    assert (run.folder / "report.html").is_file()


def test_test_rows_are_blended_by_the_weights_of_all_rows(quick, two_runs):
    run = blend_runs(quick("blend.method=nnls"))
    first, second = (member["weight"] for member in run.scores["blend"]["members"].values())
    expected = first * two_runs[0].outputs + second * two_runs[1].outputs
    np.testing.assert_allclose(run.outputs, expected, atol=1e-6)
    submission = pd.read_csv(run.folder / "submission.csv").set_index("id")["category"]
    classes = np.array(["sea", "town", "wood"])[run.outputs.argmax(axis=1)]
    assert submission[run.test_ids].tolist() == classes.tolist()


def test_the_stored_fit_blends_any_row_to_the_same_bytes(quick, two_runs):
    run = blend_runs(quick("blend.method=stacker"))
    fitted, names = read_fit(run.folder, n_outputs=run.task.n_outputs)
    assert names == [one.name for one in two_runs]
    members = np.stack([one.outputs for one in two_runs])
    assert combine(fitted, members, run.task).tobytes() == run.outputs.tobytes()
    last = combine(fitted, members[:, -1:], run.task)
    assert last.tobytes() == run.outputs[-1:].tobytes()


def test_fold_predictions_are_plain_means(quick, two_runs):
    run = blend_runs(quick("blend.method=nnls"))
    parts = [read_array(one.folders["predict"] / "fold_outputs.npy") for one in two_runs]
    found = read_array(run.folders["predict"] / "fold_outputs.npy")
    np.testing.assert_allclose(found, np.mean(parts, axis=0), atol=1e-6)


def test_same_blend_again_changes_nothing(quick, two_runs):
    run = blend_runs(quick())
    before = changes_in(run.folder)
    assert blend_runs(quick()).folder == run.folder
    assert changes_in(run.folder) == before


def test_other_methods_and_members_are_other_blends(quick, two_runs):
    run = blend_runs(quick())
    other = blend_runs(quick("blend.method=nnls"))
    make(quick("seed=3"), "predict")
    three = blend_runs(quick())
    assert len({run.folder, other.folder, three.folder}) == 3
    assert len(three.scores["blend"]["members"]) == 3  # blends are no members


def test_blend_takes_the_folds_of_its_members(quick):
    runs = [make(quick(f"seed={seed}", "folds.n_folds=3"), "predict") for seed in (1, 2)]
    run = blend_runs(quick())  # with the setting folds.n_folds=2
    assert run.folders["folds"] == runs[0].folders["folds"]
    assert len(run.scores["fold_scores"]) == 3
    assert load(run.folder).n_folds == 3


def test_member_without_predictions_predicts(quick, monkeypatch):
    runs = [make(quick(f"seed={seed}"), "train") for seed in (1, 2)]
    assert not any(run.folders["predict"].exists() for run in runs)
    run = blend_runs(quick())
    assert all(one.folders["predict"].exists() for one in runs)
    assert run.outputs.shape == (12, 3)


def test_blending_trains_nothing(quick, two_runs, monkeypatch):
    monkeypatch.setitem(LEARNERS, "network", RefusingLearner())
    assert blend_runs(quick()).folder.exists()


def test_rows_without_a_prediction_have_none_in_the_blend(quick, tmp_path):
    tables = tiny_tables()
    tables["train"]["day"] = range(48)
    write_tables(tmp_path / "data" / "tiny", tables)
    in_time = ("competition.time_column=day", "folds.kind=time")
    for seed in (1, 2):
        make(quick(f"seed={seed}", *in_time), "predict")
    run = blend_runs(quick(*in_time))
    oof = pd.read_csv(run.folder / "oof.csv")
    assert set(oof["fold"]) == {-1, 0, 1}
    assert oof["sea"].isna().tolist() == (oof["fold"] == -1).tolist()
    assert np.isfinite(run.scores["oof_score"])


def test_members_are_named_by_words(quick):
    first = make(quick(), "predict").name
    other = make(quick("seed=2", "name=other"), "predict").name
    run = blend_runs(quick(), ["lstm_att", other])
    assert list(run.scores["blend"]["members"]) == sorted([first, other])


def test_nothing_to_blend_is_one_line(quick):
    with pytest.raises(ConfigError, match=r"at least two finished runs .* and there is none"):
        blend_runs(quick())


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("folds.n_folds=3", "has other folds than"),
        ("folds.seed=7", "has other folds than"),
        ("competition.metric=f1_macro", "has competition.metric=f1_macro, not accuracy; pass"),
        ("competition.label_values=[wood,town,sea]", "was not made with the current labels"),
    ],
)
def test_run_that_cannot_be_compared_is_named(override, words, quick):
    make(quick("name=a"), "train")
    other = make(quick("name=b", override), "train").name
    with pytest.raises(ConfigError, match=f"run {other} {words}|{words} a-") as error:
        blend_runs(quick(), ["a", "b"])
    assert "\n" not in str(error.value)


def test_prior_of_the_members_must_be_that_of_the_blend(quick, tmp_path):
    tables = tiny_tables()
    tables["train"]["category"] = (tables["train"]["category"] == "sea").astype(int)
    write_tables(tmp_path / "data" / "tiny", tables)
    binary = ["competition.task=binary", "competition.metric=log_loss", "competition.submit=auto"]
    words = [*binary, "prior.test_positive_rate=0.2"]
    names = [make(quick(*words, f"seed={seed}"), "train").name for seed in (1, 2)]
    with pytest.raises(ConfigError, match=r"has prior\.test_positive_rate=0.2, not null; pass"):
        blend_runs(quick(*binary), names)


def test_method_that_does_not_suit_is_one_line(quick, two_runs):
    with pytest.raises(ConfigError, match="rank_mean does not suit the metric accuracy"):
        blend_runs(quick("blend.method=rank_mean"))


def test_members_predict_another_test_file(quick, two_runs, tmp_path):
    before = blend_runs(quick())
    tables = tiny_tables()
    tables["test"].loc[2, "text"] = "another text"
    write_tables(tmp_path / "data" / "tiny", tables)
    run = blend_runs(quick(), [run.name for run in two_runs])
    assert run.test_rows.frame["text"][2] == "another text"
    outputs = [load(one.folder).predictor().outputs(run.test_rows) for one in two_runs]
    np.testing.assert_allclose(run.outputs, np.mean(outputs, axis=0), atol=1e-6)
    changed = (run.outputs != before.outputs).any(axis=1)
    assert changed.nonzero()[0].tolist() == [2]


def test_changed_ids_of_train_are_noticed(quick, two_runs, tmp_path):
    tables = tiny_tables()
    tables["train"].loc[9, "id"] = "y"
    write_tables(tmp_path / "data" / "tiny", tables)
    words = f"run {two_runs[0].name} has other ids than train\\.csv"
    with pytest.raises(ConfigError, match=words):
        blend_runs(quick(), [run.name for run in two_runs])


def test_member_that_cannot_predict_any_more_is_named(quick):
    folder = min(make(quick(f"seed={seed}"), "train").folder for seed in (1, 2))
    without_lists(folder)
    write_json(folder / "config.json", read_json(folder / "config.json") | {"sauce": 1})
    with pytest.raises(ConfigError, match=f"{folder.name}/config.json") as error:
        blend_runs(quick())
    assert "\n" not in str(error.value)
