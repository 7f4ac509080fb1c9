import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.cases import SMALL, tiny_tables, write_tables

from regard import artefacts, pipeline
from regard.artefacts import read_array
from regard.competitions.kaggle import check_submission
from regard.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_a_blend_has_all_files_of_a_run(quick, tmp_path):
    runs = [pipeline.train(quick(f"seed={seed}")).folder for seed in (1, 2, 3)]
    run = pipeline.blend_runs(quick())
    assert run.name.startswith("blend-")
    assert set(pd.read_csv(run.folder / "oof.csv")) == {"id", "fold", "sea", "town", "wood"}
    scores = run.scores
    assert scores["blend"]["methods"][scores["blend"]["method"]] == scores["oof_score"]
    assert list(scores["blend"]["members"]) == sorted(run.name for run in runs)
    expected = {run.name: artefacts.read_json(run / "metrics.json")["oof_score"] for run in runs}
    assert {
        name: member["score"] for name, member in scores["blend"]["members"].items()
    } == expected
    check_submission(
        run.folder / "submission.csv", tmp_path / "data" / "tiny" / "sample_submission.csv", "id"
    )
    home = tmp_path / "outputs" / "tiny"
    assert (home / "latest").resolve() == run.folder.resolve()
    board = pd.read_csv(home / "leaderboard.csv").set_index("run")
    assert board.loc[run.name, "oof_score"] == pytest.approx(scores["oof_score"], abs=1e-6)
    page = (run.folder / "report.html").read_text()
    assert all(run.name in page for run in runs)
    assert "Learning curves" not in page


@pytest.mark.slow
def test_the_same_blend_again_changes_nothing_and_blends_are_no_members(quick):
    for seed in (1, 2):
        pipeline.train(quick(f"seed={seed}"))
    run = pipeline.blend_runs(quick())
    before = {path: path.stat().st_mtime_ns for path in run.folder.rglob("*")}
    assert pipeline.blend_runs(quick()).folder == run.folder
    assert {path: path.stat().st_mtime_ns for path in run.folder.rglob("*")} == before
    assert pipeline.blend_runs(quick("blend.method=mean")).folder != run.folder
    with pytest.raises(ConfigError, match=f"run {run.name} is a blend; name its members"):
        pipeline.blend_runs(quick(), [run.name])


@pytest.mark.slow
def test_the_test_rows_are_blended_by_the_weights_of_all_rows(quick):
    runs = sorted(
        (pipeline.train(quick(f"seed={seed}")) for seed in (1, 2)), key=lambda run: run.name
    )
    run = pipeline.blend_runs(quick("blend.method=nnls"))
    weights = [member["weight"] for member in run.scores["blend"]["members"].values()]
    parts = [read_array(one.folders["predict"] / "outputs.npy") for one in runs]
    found = read_array(run.folders["predict"] / "outputs.npy")
    np.testing.assert_allclose(found, weights[0] * parts[0] + weights[1] * parts[1], atol=1e-6)
    names = np.array(["sea", "town", "wood"])
    submission = pd.read_csv(run.folder / "submission.csv").set_index("id")["category"]
    assert (
        submission[[f"x{row:03d}" for row in range(48, 60)]].tolist()
        == names[found.argmax(axis=1)].tolist()
    )


@pytest.mark.slow
def test_runs_may_be_named_by_their_first_letters(quick):
    first = pipeline.train(quick()).name
    others = [pipeline.train(quick(f"seed={seed}", f"name=other{seed}")).name for seed in (2, 3)]
    run = pipeline.blend_runs(quick(), ["lstm_att", others[1]])
    assert list(run.scores["blend"]["members"]) == sorted([first, others[1]])
    with pytest.raises(ConfigError, match=f"run 'other' may be any of {others[0]}, {others[1]}"):
        pipeline.blend_runs(quick(), ["lstm_att", "other"])
    with pytest.raises(ConfigError, match=f"no run 'othre2-.*did you mean '{others[0]}'"):
        pipeline.blend_runs(quick(), ["lstm_att", others[0].replace("other", "othre")])
    with pytest.raises(ConfigError, match=f"run {first} is named twice"):
        pipeline.blend_runs(quick(), ["lstm_att", first])
    with pytest.raises(ConfigError, match=f"two finished runs in .* there is only {first}"):
        pipeline.blend_runs(quick(), [first])


def test_without_any_run_there_is_nothing_to_blend(quick):
    with pytest.raises(
        ConfigError,
        match=r"a blend needs at least two finished runs in .*, and there is none; make train",
    ):
        pipeline.blend_runs(quick())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("folds.n_folds=3", "has other folds than"),
        ("folds.seed=7", "has other folds than"),
        (
            "competition.metric=f1_macro",
            "competition.metric=f1_macro, not accuracy; pass the value",
        ),
        ("competition.label_values=[wood,town,sea]", "was not made with the current labels"),
    ],
)
def test_runs_that_cannot_be_compared_are_named(override, words, quick):
    pipeline.train(quick("name=a"))
    other = pipeline.make(quick("name=b", override), "train").name
    with pytest.raises(ConfigError, match=f"run {other} .*{words}|{words} a-") as caught:
        pipeline.blend_runs(quick())
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_rows_that_changed_since_are_noticed(quick, tmp_path):
    runs = [pipeline.train(quick(f"seed={seed}")).name for seed in (1, 2)]
    tables = tiny_tables()
    tables["test"].loc[2, "text"] = "another text"
    write_tables(tmp_path / "data" / "tiny", tables)
    with pytest.raises(
        ConfigError, match=f"run {min(runs)} was not made with the current test file"
    ):
        pipeline.blend_runs(quick())
    tables = tiny_tables()
    tables["train"].loc[9, "id"] = "y"
    write_tables(tmp_path / "data" / "tiny", tables)
    with pytest.raises(ConfigError, match=f"run {min(runs)} has other ids than train.csv"):
        pipeline.blend_runs(quick())


@pytest.mark.slow
def test_rows_without_an_out_of_fold_prediction_have_none_in_the_blend(quick, tmp_path):
    tables = tiny_tables()
    tables["train"]["day"] = range(48)
    write_tables(tmp_path / "data" / "tiny", tables)
    in_time = ("competition.time_column=day", "folds.kind=time")
    for seed in (1, 2):
        pipeline.train(quick(f"seed={seed}", *in_time))
    run = pipeline.blend_runs(quick(*in_time))
    oof = pd.read_csv(run.folder / "oof.csv")
    assert set(oof["fold"]) == {-1, 0, 1}
    assert (oof["sea"].isna() == (oof["fold"] == -1)).all()
    assert np.isfinite(run.scores["oof_score"])


@pytest.mark.slow
def test_a_member_without_predictions_predicts_first(quick):
    runs = [pipeline.make(quick(f"seed={seed}"), "train") for seed in (1, 2)]
    assert not any(run.folders["predict"].exists() for run in runs)
    pipeline.blend_runs(quick())
    assert all(run.folders["predict"].exists() for run in runs)


@pytest.mark.slow
@pytest.mark.parametrize("change", ["a setting of another version", "other code"])
def test_a_member_that_can_no_longer_predict_is_named(change, quick):
    runs = [pipeline.make(quick(f"seed={seed}"), "train").folder for seed in (1, 2)]
    settings = artefacts.read_json(runs[0] / "config.json")
    settings |= {"sauce": 1} if change == "a setting of another version" else {"seed": 9}
    artefacts.write_json(runs[0] / "config.json", settings)
    with pytest.raises(ConfigError, match=f"run {runs[0].name} has no test predictions, and the"):
        pipeline.blend_runs(quick())


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_trained_seeds_are_blended_by_the_script(tiny, tmp_path):
    run = pipeline.train(tiny("seeds=[1,2]", "training.epochs=1"))
    folders = [f"data_dir={tmp_path / 'data'}", f"output_dir={tmp_path / 'outputs'}"]
    names = run.scores["blend"]["members"]
    for runs, status, words in (
        (f"runs=[{','.join(names)}]", 0, "blend: by "),
        ("runs=lstm_attenntion no", 1, "config error: there is no run 'lstm_attenntion' in"),
    ):
        command = [sys.executable, str(ROOT / "scripts" / "blend.py"), *SMALL, *folders, runs]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stderr
        assert words in (done.stderr if status else done.stdout)
    assert len(list(run.folder.parent.glob("blend-*/submission.csv"))) == 1
