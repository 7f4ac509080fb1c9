import pickle

import pytest
from helpers.cases import tiny_tables, write_tables
from helpers.damage import without_lists

from regard.errors import ArtefactError
from regard.metrics.thresholds.tuning import Tuned
from regard.pipeline import make
from regard.runs import contents, folders
from regard.text import Tokenizer


@pytest.fixture
def run(quick):
    """Make a run up to its submission."""
    return make(quick(), "submit")


def test_targets_have_labels_weights_and_subgroups(quick, tmp_path):
    tables = tiny_tables()
    train = tables["train"]
    train["category"] = (train["category"] == "sea").astype(int)
    train["men"] = ["1.0", "0.6", "0.4", ""] * 12
    write_tables(tmp_path / "data" / "tiny", tables)
    binary = ["competition.task=binary", "competition.metric=log_loss", "competition.submit=auto"]
    plain = make(quick(*binary), "prepare").targets
    assert plain.labels.tolist() == train[["category"]].to_numpy().tolist()
    assert plain.weights is None
    assert plain.subgroups is None
    subgroups = ["competition.metric=bias_roc_auc", "competition.subgroup_columns=[men]"]
    weighted = make(quick(*binary, *subgroups, "prior.test_positive_rate=0.5"), "prepare").targets
    assert weighted.subgroups[:4].tolist() == [[True], [True], [False], [False]]
    # A third of the rows is positive; half of the test rows are.
    is_positive = plain.labels[:, 0] == 1
    assert weighted.weights[is_positive].sum() == pytest.approx(
        weighted.weights[~is_positive].sum()
    )


def test_tuned_thresholds_are_those_of_all_rows(quick, monkeypatch):
    monkeypatch.setattr(Tuned, "pays", property(lambda tuned: True))
    run = make(quick("competition.metric=f1_macro", "thresholds.tuned=true"), "train")
    assert run.thresholds.tolist() == run.scores["thresholds"]["all_rows"]
    assert len(run.thresholds) == 3


def test_every_table_and_value_is_read_once(run, monkeypatch):
    calls = []

    def counted(function):
        def call(*arguments):
            calls.append((function.__name__, *arguments))
            return function(*arguments)

        return call

    for name in ("read_table", "read_json", "read_task", "read_vocabulary", "read_features"):
        for module in (folders, contents):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, counted(getattr(module, name)))
    again = pickle.loads(pickle.dumps(run))
    for _ in range(3):
        again.texts("train")
        for name in ("targets", "train_ids", "task", "vocabulary", "scores", "manifest"):
            getattr(again, name)
        _ = again.preprocessor.key
    assert len(calls) == len(set(calls)) == 6


def test_finished_run_has_its_own_copy_of_what_it_was_fitted_with(run):
    assert run.fitted_folder == run.folder / "inputs"
    names = {"task.json", "vocabulary.txt", "features.json", "submission.json"}
    names |= {"tokenizer.json", "cut.json"}
    assert {path.name for path in run.fitted_folder.iterdir()} == names
    for name in names - {"submission.json"}:
        assert (run.fitted_folder / name).read_bytes() == (
            run.folders["prepare"] / name
        ).read_bytes()


def test_run_before_its_training_reads_the_stage_prepare(quick):
    run = make(quick(), "prepare")
    assert run.fitted_folder == run.folders["prepare"]
    assert run.sample_columns is None


def test_preprocessor_is_that_of_the_settings(quick):
    run = make(quick("text.cleaning=[lower_case]", "features.text_statistics=[length]"), "prepare")
    found = run.preprocessor
    assert found.tokenizer == Tokenizer(("lower_case",))
    assert found.statistics == ("length",)
    assert found.vocabulary == run.vocabulary
    assert found.features == run.features
    assert found.competition == run.config.competition


def test_columns_of_a_submission_are_those_of_the_sample(quick, tmp_path):
    tables = tiny_tables()
    sample = tables["sample_submission"].rename(columns={"category": "answer"})
    write_tables(tmp_path / "data" / "tiny", {"sample_submission": sample[["answer", "id"]]})
    run = make(quick(), "train")
    assert run.sample_columns == ["answer", "id"]
    assert run.predicted_columns == ["answer"]
    assert run.submission_columns == ["answer", "id"]


def test_columns_of_a_submission_without_a_sample_are_named_by_the_settings(quick):
    alone = ["competition.test_file=null", "competition.sample_file=null"]
    run = make(quick(*alone), "train")
    assert run.sample_columns is None
    assert run.submission_columns == ["id", "category"]
    assert run.predict(["the sea"], form="submission").columns.tolist() == ["id", "category"]


def test_submission_is_read_as_text(run):
    assert run.submission.columns.tolist() == ["id", "category"]
    assert run.submission["id"][0].startswith("x0")
    (run.folder / "submission.csv").unlink()
    with pytest.raises(ArtefactError, match=r"submission\.csv: is missing; submit") as error:
        _ = run.submission
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"kind": "guess"}', "null", "{"])
def test_broken_task_is_one_line(content, quick):
    run = make(quick(), "prepare")
    without_lists(run.fitted_folder)
    (run.fitted_folder / "task.json").write_text(content)
    with pytest.raises(ArtefactError, match=r"task\.json: ") as error:
        _ = run.task
    assert "\n" not in str(error.value)
