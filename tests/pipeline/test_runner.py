import dataclasses
import itertools

import pytest
from helpers.learners import (
    CrashingLearner,
    EmbeddingLearner,
    ExitingLearner,
    FakeLearner,
    RefusingLearner,
)

from regard.artefacts import is_finished, locked, read_json
from regard.errors import ArtefactError, ConfigError, DataError, RegardError
from regard.parallel import workers
from regard.pipeline import make, runner, train
from regard.pipeline.finished import remake
from regard.pipeline.finishing import finish_run
from regard.pipeline.learners import LEARNERS
from regard.pipeline.runner import Session, plan_run, stages_before
from regard.pipeline.stages import STAGES


def changes_in(folder):
    """Return when each file of a folder was last changed."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def artefacts_in(folder):
    return {path.parent.relative_to(folder).parts[0] for path in folder.rglob("manifest.json")}


FILES = ("tables", "test_tables")


@pytest.fixture
def embedding(quick, monkeypatch):
    """Return settings of the tiny competition, whose learner needs the embedding matrix."""
    monkeypatch.setitem(LEARNERS, "network", EmbeddingLearner())
    return quick


def test_stages_are_made_in_order(embedding, caplog):
    caplog.set_level("INFO", "regard.pipeline.runner")
    run = make(embedding(), "report")
    folders = [record.args[:2] for record in caplog.records if len(record.args) == 3]
    assert folders == [
        (name, run.folders[name])
        for name in (*FILES, "prepare", "folds", "embed", "train", "predict", "explain")
    ]
    assert all(map(is_finished, run.folders.values()))
    for name in ("submission.csv", "report.html", "oof.csv", "metrics.json", "config.json"):
        assert (run.folder / name).is_file()


@pytest.mark.parametrize(
    ("target", "made"),
    [
        ("tables", {"tables"}),
        ("test_tables", {"test_tables"}),
        ("prepare", {*FILES, "prepare"}),
        ("folds", {*FILES, "prepare", "folds"}),
        ("embed", {*FILES, "prepare", "embed"}),
        ("train", {*FILES, "prepare", "folds", "embed", "runs"}),
    ],
)
def test_target_makes_only_the_stages_it_needs(target, made, embedding, tmp_path):
    run = make(embedding(), target)
    assert artefacts_in(tmp_path / "outputs" / "tiny") == made
    assert not run.folders["predict"].exists()


def test_learner_adds_stages_to_training(quick, embedding, monkeypatch, tmp_path):
    embed = [stage.name for stage in stages_before("train", plan_run(embedding(), Session()))]
    assert embed == [*FILES, "prepare", "folds", "check", "embed", "train"]
    monkeypatch.setitem(LEARNERS, "network", FakeLearner())
    run = make(quick("embeddings.sources=['file:nowhere.txt']"), "submit")
    assert "embed" not in run.folders
    made = {*FILES, "prepare", "folds", "runs"}
    assert artefacts_in(tmp_path / "outputs" / "tiny") == made


def test_vectors_can_be_made_for_a_learner_that_needs_none(quick):
    assert is_finished(make(quick(), "embed").folders["embed"])


def test_stages_need_only_stages_before_them():
    names = list(STAGES)
    for index, stage in enumerate(STAGES.values()):
        assert {*stage.needs, *stage.reads} <= set(names[:index])
    for learner in LEARNERS.values():
        assert set(learner.needs) <= set(names[: names.index("train")])


def test_manifest_names_everything_that_made_the_run(quick):
    run = make(quick(), "train")
    manifest = read_json(run.folder / "manifest.json")
    assert manifest["folders"] == {
        "tables": f"../../tables/{run.folders['tables'].name}",
        "test_tables": f"../../test_tables/{run.folders['test_tables'].name}",
        "prepare": f"../../prepare/{run.folders['prepare'].name}",
        "folds": f"../../folds/{run.folders['folds'].name}",
        "train": ".",
        "predict": f"predict/{run.folders['predict'].name}",
        "explain": f"explain/{run.folders['explain'].name}",
    }
    assert manifest["input_hashes"] == run.input_hashes
    assert manifest["labels"] == run.labels_hash
    assert manifest["uses_test_file"] is True
    assert read_json(run.folder / "config.json")["folds"]["n_folds"] == 2


def test_same_command_again_makes_nothing(quick, monkeypatch, tmp_path, caplog):
    run = train(quick())
    before = changes_in(tmp_path)
    monkeypatch.setitem(LEARNERS, "network", RefusingLearner())
    caplog.clear()
    with caplog.at_level("INFO"):
        assert train(quick()).folder == run.folder
    after = changes_in(tmp_path)
    assert after == before
    there = [message for message in caplog.messages if message.endswith(" is there already")]
    assert len(there) == len(run.folders)


def test_each_folder_is_logged_once(quick, caplog):
    with caplog.at_level("INFO"):
        train(quick("seeds=[1,2,3]"))
    assert len([line for line in caplog.messages if line.startswith("tables: ")]) == 1
    assert len([line for line in caplog.messages if line.startswith("train: /")]) == 3


def test_override_never_changes_another_run(quick, tmp_path):
    run = train(quick())
    before = changes_in(run.folder)
    others = [
        train(quick(override))
        for override in ("seed=2", "folds.n_folds=3", "text.min_count=2", "name=other")
    ]
    assert len({one.folder for one in [run, *others]}) == 5
    assert changes_in(run.folder) == before
    counts = {
        name: len(list((tmp_path / "outputs" / "tiny" / name).glob("[!.]*/manifest.json")))
        for name in ("tables", "prepare", "folds", "runs")
    }
    assert counts == {"tables": 1, "prepare": 2, "folds": 3, "runs": 5}


def test_single_files_follow_their_settings(quick):
    run = make(quick(), "report")
    before = changes_in(run.folder)
    other = make(quick("report.n_worst_rows=3"), "report")
    assert other.folder == run.folder
    after = changes_in(run.folder)
    changed = {path.name for path in after if after[path] != before[path]}
    made = {"report.html", "likely_wrong_labels.csv", "made_by.json", "sums.json", "config.json"}
    assert changed == made
    make(quick(), "report")
    assert changes_in(run.folder)[run.folder / "report.html"] > after[run.folder / "report.html"]


def test_deleted_submission_is_written_again(quick):
    run = make(quick(), "report")
    content = (run.folder / "submission.csv").read_bytes()
    (run.folder / "submission.csv").unlink()
    make(quick(), "report")
    assert (run.folder / "submission.csv").read_bytes() == content


def test_interrupted_training_continues_after_its_finished_folds(quick, monkeypatch, tmp_path):
    # Elsewhere, as runs of the same models would share their folds.
    there = dataclasses.replace(quick("folds.n_folds=3"), output_dir=str(tmp_path / "there"))
    elsewhere = make(there, "submit").folder
    expected = {name: (elsewhere / name).read_bytes() for name in ("submission.csv", "oof.csv")}
    trained = []

    class Counting(FakeLearner):
        def train_fold(self, run, fold, *, progress):
            trained.append(fold)
            super().train_fold(run, fold, progress=progress)

    monkeypatch.setitem(LEARNERS, "network", CrashingLearner(fold=2))
    with pytest.raises(KeyboardInterrupt):
        make(quick("folds.n_folds=3"), "submit")
    monkeypatch.setitem(LEARNERS, "network", Counting())
    run = plan_run(quick("folds.n_folds=3"), Session())
    assert not run.folder.exists()
    assert run.unfinished_folder.exists()
    run = make(quick("folds.n_folds=3"), "submit")
    assert trained == [2]
    assert not run.unfinished_folder.exists()
    assert {name: (run.folder / name).read_bytes() for name in expected} == expected


def test_failed_stage_leaves_nothing(quick, monkeypatch, tmp_path):
    failing = itertools.chain([ZeroDivisionError], itertools.repeat(None))

    def fail_once(*arguments):
        if error := next(failing):
            raise error
        return write_inputs(*arguments)

    write_inputs = STAGES["prepare"].make
    monkeypatch.setitem(
        STAGES, "prepare", runner.dataclasses.replace(STAGES["prepare"], make=fail_once)
    )
    with pytest.raises(ZeroDivisionError):
        make(quick(), "prepare")
    assert list((tmp_path / "outputs" / "tiny" / "prepare").iterdir()) == []
    assert is_finished(make(quick(), "prepare").folders["prepare"])


def test_run_of_another_process_is_left_alone(quick):
    run = plan_run(quick(), Session())
    with (
        locked(run.unfinished_folder),
        pytest.raises(ArtefactError, match="is being made by another process; wait for it"),
    ):
        make(quick(), "train")
    assert is_finished(make(quick(), "train").folder)


def test_run_that_another_process_finished_meanwhile_is_kept(quick, monkeypatch):
    make(quick(), "folds")
    monkeypatch.setitem(LEARNERS, "network", RefusingLearner())

    class FinishedMeanwhile(Session):
        def log(self, stage, folder):
            if stage == "train":
                LEARNERS["network"] = FakeLearner()
                make(quick(), "train")
                LEARNERS["network"] = RefusingLearner()

    assert is_finished(make(quick(), "train", FinishedMeanwhile()).folder)


def test_command_hashes_each_file_once(quick, monkeypatch):
    hashed = []
    monkeypatch.setattr(runner, "hash_file", lambda path: hashed.append(path) or "abc")
    session = Session()
    for seed in (1, 2):
        plan_run(quick(f"seed={seed}"), session)
    assert [path.name for path in hashed] == ["train.csv", "test.csv", "sample_submission.csv"]


@pytest.mark.parametrize("change", ["edited", "deleted"])
def test_vectors_that_change_while_they_are_read_are_refused(change, quick, tmp_path, monkeypatch):
    path = tmp_path / "vectors.txt"
    path.write_text("sea 1 2\nship 1 2\n")
    make_embeddings = STAGES["embed"].make

    def change_and_make(run, folder):
        make_embeddings(run, folder)
        path.unlink()
        if change == "edited":
            path.write_text("sea 1 2\nship 2 1\n")

    config = quick(f"embeddings.sources=['file:{path}']")
    with monkeypatch.context() as patch:
        stage = runner.dataclasses.replace(STAGES["embed"], make=change_and_make)
        patch.setitem(STAGES, "embed", stage)
        with pytest.raises(DataError, match=r"vectors\.txt"):
            make(config, "embed")
    assert list((tmp_path / "outputs" / "tiny" / "embed").iterdir()) == []
    path.write_text("sea 1 2\nship 2 1\n")
    assert make(config, "embed").embedding_matrix[2:].tolist()


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("competition.metric=acuracy", "did you mean 'accuracy'"),
        ("competition.metric=mean_column_roc_auc", "does not fit the task multi_class"),
    ],
)
def test_metric_is_checked_before_anything_is_read(override, words, quick, tmp_path):
    with pytest.raises(ConfigError, match=words):
        make(quick(override), "tables")
    assert not (tmp_path / "outputs").exists()


def test_keras_backend_is_checked_before_any_stage(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jaxx")
    with pytest.raises(ConfigError, match=r"KERAS_BACKEND=jaxx is not known; did you mean 'jax'"):
        make(tiny(), "tables")
    assert not (tmp_path / "outputs").exists()


def test_missing_file_is_named_before_any_stage(quick, tmp_path):
    folder = tmp_path / "data" / "tiny"
    (folder / "test.csv").rename(folder / "tests.csv")
    with pytest.raises(DataError, match=r"test\.csv does not exist; did you mean 'tests\.csv'"):
        make(quick(), "tables")
    assert not (tmp_path / "outputs").exists()


def test_mistakes_are_found_before_training(quick, monkeypatch):
    monkeypatch.setattr(workers, "run_jobs", lambda *args, **kwargs: pytest.fail("training began"))
    with pytest.raises(DataError, match=r"has the columns id, category"):
        make(quick("competition.metric=log_loss", "competition.submit=probabilities"), "train")


@pytest.mark.slow
def test_killed_fold_is_one_line(tiny, monkeypatch):
    monkeypatch.setitem(LEARNERS, "network", ExitingLearner())
    with pytest.raises(RegardError, match=r"fold \d: its process ended with exit code 7") as error:
        make(tiny(), "train")
    assert "\n" not in str(error.value)


def test_older_run_that_is_finished_again_is_not_the_latest(quick, tmp_path, caplog):
    older = make(quick("seed=2"), "submit")
    run = train(quick())
    latest = tmp_path / "outputs" / "tiny" / "latest"
    finish_run(older, is_new=False)
    assert latest.resolve() == run.folder
    finish_run(older)
    assert latest.resolve() == older.folder
    older.folders["train"] = older.folder.rename(tmp_path / "copy")
    before = changes_in(tmp_path)
    with caplog.at_level("INFO"):
        finish_run(older)
    assert changes_in(tmp_path) == before
    assert caplog.messages[-1].endswith(" of training")  # nothing on its rank


@pytest.mark.parametrize(
    ("module", "name", "stage"),
    [("explain", "write_explained", "explain"), ("report", "render_report", "report")],
)
def test_a_run_can_do_without_explanations_and_report(
    quick, monkeypatch, caplog, module, name, stage
):
    def fail(*arguments):
        raise MemoryError("too much")

    config = quick("report.n_explained_rows=3")
    with monkeypatch.context() as broken:
        broken.setattr(f"regard.pipeline.stages.{module}.{name}", fail)
        run = train(config)
    assert (run.folder / "submission.csv").is_file()
    assert (run.competition_folder / "latest").resolve() == run.folder.resolve()
    assert (run.folder / "report.html").is_file() == (stage == "explain")
    (record,) = [record for record in caplog.records if record.exc_info]
    assert record.getMessage().startswith(f"{stage} fails; the rest of the run is complete")
    # The next command makes both.
    again = train(config)
    assert is_finished(again.folders["explain"])
    assert 'id="browser-data"' in (again.folder / "report.html").read_text(encoding="utf-8")


def test_a_command_that_asks_for_the_report_ends_by_its_error(quick, monkeypatch):
    config = quick()
    run = train(config)
    (run.folder / "report.html").unlink()

    def fail(data):
        raise ZeroDivisionError

    monkeypatch.setattr("regard.pipeline.stages.report.render_report", fail)
    with pytest.raises(ZeroDivisionError):
        remake(config, "report")


def test_a_blend_does_without_the_reports_of_its_members(quick, monkeypatch):
    def fail(data):
        raise ZeroDivisionError

    monkeypatch.setattr("regard.pipeline.stages.report.render_report", fail)
    run = train(quick("seeds=[1,2]"))
    assert len(run.members) == 2
    assert (run.folder / "submission.csv").is_file()
