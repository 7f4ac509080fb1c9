import dataclasses
import re
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from helpers.cases import SMALL
from helpers.learners import FakeLearner, TimedLearner

from regard.artefacts import MANIFEST, read_json
from regard.errors import ConfigError, RegardError
from regard.pipeline import train
from regard.pipeline.budget import choosing, safety, within
from regard.pipeline.learners import LEARNERS
from regard.pipeline.opening import load
from regard.runs.speed import Speed

pytestmark = pytest.mark.slow  # many whole runs, which together take seconds

FAST = Speed(
    n_epochs=3, batch_size=8, patience=3, set_up=0.0, epoch=0.01, valid=0.0, load=0.0, row=0.0
)
SECONDS = 9.0


@pytest.fixture
def quick(quick, monkeypatch):
    """Return settings with a budget of half a minute, of which most is over."""
    monkeypatch.setattr(within, "command_started", lambda: time.monotonic() - 30 + SECONDS)
    monkeypatch.setattr(within, "_FIRST_SHARE", 0.4)
    monkeypatch.setattr(within, "_LEAST_SECONDS", 0.0)
    monkeypatch.setattr(within, "_BLEND_SECONDS", 1.0)
    # The network, which is drawn by chance: not the fast model, nor the blend of both.
    monkeypatch.setattr(choosing, "is_better", lambda run, other: "blend" not in run.scores)
    # On a busy machine, a fit to 48 rows can take seconds.
    monkeypatch.setitem(LEARNERS, "linear", FakeLearner())
    monkeypatch.setattr(safety, "seconds_to_fit", lambda run, n_rows: (0.0, 0.0))
    learn(monkeypatch, FAST)
    words = ("folds.n_folds=3", "compute.budget_minutes=0.5", "compute.n_workers=1")
    return lambda *overrides: quick(*words, *overrides)


@pytest.fixture(autouse=True)
def first_model_before_the_clock(monkeypatch):
    """Import what takes seconds, which are those of the tests and not of the budget."""
    import gensim.models  # noqa: F401  # an import that is broken off would fail in later tests

    with safety.one_thread():
        safety.page_model()


def learn(monkeypatch, speed, seconds=(0.0,), learner=TimedLearner):
    monkeypatch.setitem(LEARNERS, "network", learner(speed, seconds))


def train_in_time(config):
    """Train, and check that there was a valid submission before the end."""
    started = time.monotonic()
    run = train(config)
    assert time.monotonic() - started < SECONDS
    assert len(run.submission) == 12
    assert set(run.submission["category"]) <= {"sea", "town", "wood"}
    return run


def test_everything_fits(quick):
    run = train_in_time(quick())
    assert run.config.name == "lstm_attention"
    assert run.scores["folds"] == [0, 1, 2]
    entry = run.scores["budget"]
    assert entry["minutes"] == 0.5
    assert entry["cut"] == []
    assert read_json(run.folder / "metrics.json")["budget"] == entry
    assert (run.folder / "report.html").exists()


def test_a_slow_network_gets_fewer_epochs(quick, monkeypatch):
    learn(monkeypatch, dataclasses.replace(FAST, n_epochs=100, epoch=0.01))
    run = train_in_time(quick())
    assert run.scores["folds"] == [0, 1, 2]
    assert 30 <= run.config.training.epochs < 100
    assert any("of 100 epochs" in cut for cut in run.scores["budget"]["cut"])


def test_a_slower_one_gets_fewer_folds(quick, monkeypatch):
    learn(monkeypatch, dataclasses.replace(FAST, n_epochs=3, epoch=0.6))
    run = train_in_time(quick())
    assert run.config.folds.only in ([0], [0, 1])
    assert "lstm_attention" in " ".join(run.scores["budget"]["cut"])


def test_one_that_does_not_fit_leaves_the_fast_model(quick, monkeypatch):
    learn(monkeypatch, dataclasses.replace(FAST, epoch=100.0))
    run = train_in_time(quick())
    assert run.config.model.learner == "linear"
    assert "no other was trained in time" in run.scores["budget"]["result"]


def test_one_that_is_slow_by_surprise_leaves_the_fast_model(quick, monkeypatch):
    learn(monkeypatch, FAST, seconds=(100.0,))
    run = train_in_time(quick())
    assert run.config.model.learner == "linear"


def test_folds_that_were_trained_before_a_surprise_are_kept(quick, monkeypatch):
    learn(monkeypatch, FAST, seconds=(0.0, 0.0, 100.0))
    run = train_in_time(quick())
    assert run.config.name == "lstm_attention"
    assert run.scores["folds"] == [0, 1]
    assert "lstm_attention: 2 of 3 folds" in run.scores["budget"]["cut"]


def test_folds_that_cannot_start_in_time_are_not_started(quick, monkeypatch):
    learn(monkeypatch, dataclasses.replace(FAST, n_epochs=1, epoch=0.8), seconds=(2.5,))
    run = train_in_time(quick())
    assert run.scores["folds"] == [0]


def test_a_slow_measurement_leaves_the_fast_model(quick, monkeypatch):
    class Sleeping(TimedLearner):
        def measure_speed(self, run, fold, seconds, *, progress):
            time.sleep(100)

    learn(monkeypatch, FAST, learner=Sleeping)
    assert train_in_time(quick()).config.model.learner == "linear"


def test_slow_vectors_leave_the_fast_model(quick, monkeypatch):
    class Embedding(TimedLearner):
        needs = ("embed",)

    learn(monkeypatch, FAST, learner=Embedding)
    from regard.pipeline.stages import STAGES

    slow = dataclasses.replace(STAGES["embed"], make=lambda run, folder: time.sleep(100))
    monkeypatch.setitem(STAGES, "embed", slow)
    assert train_in_time(quick()).config.model.learner == "linear"


def test_a_network_that_fails_leaves_the_fast_model(quick, monkeypatch):
    class Failing(TimedLearner):
        def train_fold(self, run, fold, *, progress):
            raise RegardError("its process ended")

    learn(monkeypatch, FAST, learner=Failing)
    run = train_in_time(quick())
    assert run.config.model.learner == "linear"
    assert "lstm_attention is left out: it failed" in run.scores["budget"]["cut"]


def test_a_slow_report_is_left_out(quick, monkeypatch):
    from regard.pipeline.stages import STAGES

    slow = dataclasses.replace(STAGES["report"], make=lambda run, folder, learner: time.sleep(100))
    monkeypatch.setitem(STAGES, "report", slow)
    run = train_in_time(quick())
    assert not (run.folder / "report.html").exists()
    assert any("report" in cut for cut in run.scores["budget"]["cut"])


def test_a_report_comes_without_explanations_that_take_too_long(quick, monkeypatch):
    from regard.pipeline.stages import STAGES

    def explain(run, folder, learner):
        if run.config.report.n_explained_rows:
            time.sleep(100)
        original.make(run, folder, learner)

    original = STAGES["explain"]
    monkeypatch.setitem(STAGES, "explain", dataclasses.replace(original, make=explain))
    monkeypatch.setattr(within, "_EXPLAINING_MINUTES", 0.0)
    monkeypatch.setattr(within, "_REPORT_SECONDS", 3.0)
    run = train_in_time(quick("report.n_explained_rows=3"))
    page = (run.folder / "report.html").read_text(encoding="utf-8")
    assert "report.n_explained_rows is 0" in page
    assert any("weights of words" in cut for cut in run.scores["budget"]["cut"])


def test_the_fast_model_is_the_result_where_it_is_better(quick, monkeypatch):
    monkeypatch.setattr(choosing, "is_better", lambda run, other: False)
    run = train_in_time(quick())
    assert run.config.model.learner == "linear"
    assert "scores better" in run.scores["budget"]["result"]


def test_members_are_blended(quick):
    run = train_in_time(quick("+model@members.tfidf_linear=tfidf_linear", "blend.method=mean"))
    assert len(run.members) == 2
    assert run.scores["budget"]["result"] == "the blend of 2 runs"


def test_members_of_fewer_folds_are_blended_on_the_folds_that_all_have(quick, monkeypatch):
    learn(monkeypatch, FAST, seconds=(0.0, 0.0, 100.0))
    run = train_in_time(quick("+model@members.tfidf_linear=tfidf_linear", "blend.method=mean"))
    assert run.scores["folds"] == [0, 1]


def test_the_same_command_finds_its_run(quick, monkeypatch, tmp_path):
    run = train_in_time(quick())
    learn(monkeypatch, FAST, seconds=(100.0,))
    # The same module and settings: the learner is the same to the fingerprints.
    assert train_in_time(quick()).folder == run.folder


def test_a_cut_run_is_not_taken_for_an_uncut_one(quick, monkeypatch):
    cut = train_in_time(quick())
    uncut = train(quick("compute.budget_minutes=null"))
    other = train(quick("compute.budget_minutes=0.6"))
    assert len({cut.name, uncut.name, other.name}) == 3
    assert read_json(cut.folder / MANIFEST)["base"] is None
    assert "budget" not in uncut.scores


def test_folds_of_an_uncut_run_are_taken_over(quick, monkeypatch):
    words = ("training.epochs=3", "training.min_steps=0", "training.patience=3", "batches.size=8")
    train(quick(*words, "compute.budget_minutes=null"))
    learn(monkeypatch, FAST, seconds=(100.0,))
    assert train_in_time(quick(*words)).config.name == "lstm_attention"


def test_seeds_and_refit_are_cut(quick):
    run = train_in_time(quick("seeds=[2,3]", "training.refit=true"))
    assert run.config.seed == 2
    assert run.scores["budget"]["cut"] == ["seeds: only 2", "training.refit"]


def test_a_competition_without_a_test_file_is_trained(quick):
    run = train(quick("competition.test_file=null", "competition.sample_file=null"))
    assert run.scores["budget"]["minutes"] == 0.5
    assert (run.folder / "report.html").exists()


def test_the_run_opens_and_predicts(quick):
    run = load(train_in_time(quick()).folder)
    assert len(run.predict(["a ship at sea"])) == 1


def test_a_budget_that_is_over_is_one_line(quick, monkeypatch):
    monkeypatch.setattr(within, "command_started", lambda: time.monotonic() - 100)
    with pytest.raises(ConfigError, match=r"budget_minutes=0\.5 is too short") as error:
        train(quick())
    path = Path(re.search(r"; (\S+) predicts the mean of train for every row", str(error.value))[1])
    sample = pd.read_csv(Path(quick().competition_dir) / "sample_submission.csv")
    submission = pd.read_csv(path)
    assert submission["id"].tolist() == sample["id"].tolist()
    assert submission["category"].nunique() == 1


def test_an_encoder_alone_is_refused(quick):
    with pytest.raises(ConfigError, match=r"^compute\.budget_minutes leaves out models of a pretr"):
        train_in_time(quick("model=encoder_linear", "model.encoder_folder=somewhere"))


def test_less_than_half_a_minute_is_refused(quick):
    with pytest.raises(ConfigError, match=r"at least 0\.5: it takes about 20 seconds"):
        quick("compute.budget_minutes=0.4")


def test_a_sample_has_rows_of_every_label(quick, tmp_path):
    config = safety.some_rows(quick(), 6)
    frame = pd.read_parquet(f"{config.data_dir}/tiny/train.csv")
    assert 6 <= len(frame) < 48
    assert set(frame["category"]) == {"sea", "town", "wood"}
    assert not config.text.use_test
    assert len(pd.read_csv(f"{config.data_dir}/tiny/test.csv")) == 12


def test_large_files_are_read_in_part(quick, monkeypatch):
    monkeypatch.setattr(safety, "rows_in_time", lambda config, seconds: 24)
    run = train_in_time(quick())
    assert any("the first model reads 24 train rows" in cut for cut in run.scores["budget"]["cut"])


def test_the_rows_that_can_be_read_follow_from_the_size(quick, monkeypatch, tmp_path):
    config = quick()
    assert safety.rows_in_time(config, 1.0) is None
    monkeypatch.setattr(safety, "_SAMPLE_BYTES", 2**10)
    monkeypatch.setattr(safety, "_FEWEST_ROWS", 10)
    assert safety.rows_in_time(config, 1000.0) is None
    assert safety.rows_in_time(config, 1e-9) == 10


def test_cheaper_models_follow_the_page():
    models = list(safety.quicker_models(safety.page_model()))
    assert [(len(model.C), model.characters) for model in models] == [
        (3, True),
        (1, True),
        (1, False),
    ]


def test_the_forecast_of_the_fast_model_grows_with_rows_folds_and_values_of_c():
    full, quick, _ = safety.quicker_models(safety.page_model())
    assert safety.forecast(full, (0.1, 0.2), 10, 5) == pytest.approx(52.5)
    assert safety.forecast(quick, (0.1, 0.2), 10, 5) == pytest.approx(16.5)


def test_a_network_that_was_cut_is_blended_with_the_fast_model_if_that_is_better(
    quick, monkeypatch
):
    learn(monkeypatch, dataclasses.replace(FAST, n_epochs=100, epoch=0.02))
    monkeypatch.setattr(choosing, "is_better", lambda run, other: True)
    run = train_in_time(quick("blend.method=mean"))
    assert len(run.members) == 2
    assert run.scores["budget"]["result"] == "the blend of 2 runs"


def test_a_bug_after_the_first_submission_keeps_its_traceback_in_the_log(
    quick, monkeypatch, caplog
):
    class Buggy(TimedLearner):
        def train_fold(self, run, fold, *, progress):
            raise AssertionError("a bug")

    learn(monkeypatch, FAST, learner=Buggy)
    assert train_in_time(quick()).config.model.learner == "linear"
    assert "AssertionError: a bug" in caplog.text


def test_a_slow_fast_model_is_fitted_to_fewer_rows(quick, monkeypatch):
    times = iter([(0.0, 100.0)] * 4)
    monkeypatch.setattr(safety, "seconds_to_fit", lambda run, n_rows: next(times, (0.0, 0.0)))
    monkeypatch.setattr(safety, "_FEWEST_ROWS", 24)
    run = train_in_time(quick("model=tfidf_linear"))
    assert any("the first model reads 24 train rows" in cut for cut in run.scores["budget"]["cut"])


def test_a_real_command_ends_in_time(tiny, tmp_path):
    """Train a real network in a process of its own, as a command does."""
    code = "from regard.cli import main\nif __name__ == '__main__': main()\n"
    script = tmp_path / "command.py"
    script.write_text(code)
    tiny()  # writes the files
    words = [
        *(word for word in SMALL if "source" not in word),
        "competition.source=null",
        "embeddings=word2vec",
        "compute.budget_minutes=1",
        f"data_dir={tmp_path / 'data'}",
        f"output_dir={tmp_path / 'outputs'}",
    ]
    started = time.monotonic()
    ran = subprocess.run(
        [sys.executable, str(script), "train", *words], capture_output=True, text=True, check=False
    )
    assert time.monotonic() - started < 1.05 * 60
    assert ran.returncode == 0, ran.stderr
    run = load(tmp_path / "outputs" / "tiny" / "latest")
    assert len(run.submission) == 12
    assert run.scores["budget"]["minutes"] == 1.0
