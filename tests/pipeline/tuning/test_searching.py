import functools
import importlib.util
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml
from helpers.cases import SMALL, tiny_tables, write_tables
from helpers.commands import REGARD, ROOT, regard_in
from helpers.learners import NoisyLearner

from regard import pipeline
from regard.config import compose_settings
from regard.errors import ConfigError, RegardError
from regard.pipeline.learners import LEARNERS
from regard.pipeline.tuning import tune
from regard.pipeline.tuning.study import Study

FOLDER = Path("outputs/tiny/tune/s")
PAGE = Path("conf/experiment/tiny_s.yaml")


def trials_of(config):
    return Study(
        Path(config.output_dir) / "tiny/tune/s", greater_is_better=True, seed=config.seed
    ).trials()


def shown(trials):
    return [(trial.number, trial.result, trial.score, trial.params) for trial in trials]


def test_a_search_begins_with_the_defaults_and_prunes(searched, caplog):
    config = searched()
    with caplog.at_level("INFO"):
        tune(config)
    trials = trials_of(config)
    assert [trial.number for trial in trials] == list(range(8))
    assert trials[0].notes["settings"] == {
        "model.head.dropout": "0.3",
        "model.pooling": "[attention,max,mean]",
    }
    results = {trial.result for trial in trials}
    assert results == {"complete", "pruned"}
    pruned = next(trial for trial in trials if trial.result == "pruned")
    assert len(pruned.notes["fold_scores"]) < 3
    row = re.compile(r" *(trial|\d+)  (result|complete|pruned|failed) ")
    header, *lines = filter(row.match, caplog.messages)
    assert header.split() == [
        "trial", "result", "accuracy", "best", "folds", "minutes", "left", "settings",
    ]  # fmt: skip
    assert [int(line.split()[0]) for line in lines] == list(range(8))
    assert caplog.messages[-1].startswith("next: ")
    assert "experiment=tiny_s" in caplog.messages[-1]
    assert not list(Path(config.output_dir).glob("tiny/runs/.*.unfinished"))


def test_the_best_settings_are_a_page_whose_run_is_there_already(searched, monkeypatch):
    config = searched()
    tune(config)
    best = max(
        (trial for trial in trials_of(config) if trial.result == "complete"),
        key=lambda trial: trial.score,
    )
    page = yaml.safe_load(PAGE.read_text())
    assert page["model"]["head"]["dropout"] == pytest.approx(
        best.params["model.head.dropout"], 0.01
    )
    words = [word for word in SMALL if word.startswith("competition")]
    trained = compose_settings([*words, "experiment=tiny_s"], {})
    trained.data_dir, trained.output_dir = config.data_dir, config.output_dir
    monkeypatch.setitem(LEARNERS, "network", NoisyLearner(lambda config: AssertionError("trained")))
    run = pipeline.make(trained, "train")
    assert run.name == best.notes["run"]
    assert run.scores["oof_score"] == best.score


def test_the_same_search_twice_draws_the_same_trials(searched, tmp_path):
    first = searched()
    tune(first)
    second = searched(f"output_dir={tmp_path / 'again'}")
    PAGE.unlink()
    tune(second)
    assert shown(trials_of(first)) == shown(trials_of(second))
    other = searched("seed=2", f"output_dir={tmp_path / 'other'}")
    tune(other)
    assert shown(trials_of(first)) != shown(trials_of(other))


@pytest.mark.parametrize("call", [2, 8])
def test_an_interrupted_search_goes_on_and_loses_no_trial(call, searched, monkeypatch, tmp_path):
    whole = searched(f"output_dir={tmp_path / 'whole'}")
    tune(whole)
    config = searched()
    monkeypatch.setitem(LEARNERS, "network", NoisyLearner(interrupts=call))
    with pytest.raises(KeyboardInterrupt):
        tune(config)
    assert sum(trial.result == "unfinished" for trial in trials_of(config)) == 1
    monkeypatch.setitem(LEARNERS, "network", NoisyLearner())
    tune(config)
    assert shown(trials_of(config)) == shown(trials_of(whole))


def test_a_finished_search_trains_nothing_more(searched, monkeypatch):
    config = searched()
    tune(config)
    before = shown(trials_of(config))
    monkeypatch.setitem(LEARNERS, "network", NoisyLearner(lambda config: AssertionError("trained")))
    tune(config)
    assert shown(trials_of(config)) == before
    tune(searched("tune.trials=7"))


def test_failed_trials_are_noted_and_passed_over(searched, monkeypatch, caplog):
    def fails(config):
        low = config.model.head.dropout < 0.3
        return RegardError("no memory left") if low else None

    monkeypatch.setitem(LEARNERS, "network", NoisyLearner(fails))
    config = searched()
    with caplog.at_level("INFO"):
        tune(config)
    trials = trials_of(config)
    failed = [trial for trial in trials if trial.result == "failed"]
    assert failed
    assert len(trials) == 8
    assert {trial.notes["reason"] for trial in failed} == {"no memory left"}
    assert sum("failed" in line and "no memory left" in line for line in caplog.messages) == len(
        failed
    )


def test_settings_that_do_not_go_together_fail_alone(searched):
    space = {"prior.test_positive_rate": [None, 0.5], "model.head.dropout": [0.1, 0.3]}
    with pytest.raises(ConfigError, match=r"prior.test_positive_rate is for the task binary"):
        tune(searched(space=space))
    space = {
        "training.adversarial_epsilon": [0.0, 0.5],
        "model.trainable_embeddings": [True, False],
    }
    config = searched(space=space)
    tune(config)
    reasons = {trial.notes.get("reason") for trial in trials_of(config)} - {None}
    assert any("adversarial_epsilon" in reason for reason in reasons)


def test_defaults_that_fail_end_the_search(searched, monkeypatch):
    monkeypatch.setitem(LEARNERS, "network", NoisyLearner(lambda config: ValueError("a bug")))
    with pytest.raises(RegardError, match=r"the first trial, .* failed: ValueError: a bug"):
        tune(searched())
    assert not PAGE.exists()


def test_many_failures_in_a_row_end_the_search(searched, monkeypatch):
    def fails(config):
        return None if config.model.head.dropout == 0.3 else RegardError("broken")

    monkeypatch.setitem(LEARNERS, "network", NoisyLearner(fails))
    with pytest.raises(RegardError, match="10 trials in a row failed, the last one by: broken"):
        tune(searched("tune.trials=30"))


def test_a_full_disk_is_no_failure_of_a_trial(searched, monkeypatch):
    full = OSError(28, "No space left on device", "x")
    monkeypatch.setitem(LEARNERS, "network", NoisyLearner(lambda config: full))
    config = searched()
    with pytest.raises(OSError, match="No space left"):
        tune(config)
    assert [trial.result for trial in trials_of(config)] == ["unfinished"]


def test_time_that_is_over_leaves_the_trial_to_the_next_command(searched, monkeypatch, caplog):
    class Slow(NoisyLearner):
        def train_fold(self, run, fold, *, progress):
            super().train_fold(run, fold, progress=progress)
            time.sleep(0.5)

    monkeypatch.setitem(LEARNERS, "network", Slow())
    config = searched("tune.minutes=0.01")
    with caplog.at_level("INFO"):
        tune(config)
    assert "none complete in this time; the same command continues" in caplog.messages[-1]
    monkeypatch.setitem(LEARNERS, "network", NoisyLearner())
    tune(searched("tune.trials=1"))
    assert [trial.result for trial in trials_of(config)] == ["complete"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["seeds=[1,2]"], "set seeds=null"),
        (["compute.budget_minutes=3"], "give tune.minutes instead"),
        (["compute.engine=ray"], "compute=ray is for train and sweep; set compute=local"),
        (["tune.trials=null"], "both null; give one of them a number"),
        (["+model@members.text_cnn=text_cnn"], r"but members=\['text_cnn'\]"),
    ],
)
def test_settings_that_a_search_has_no_use_for_are_refused(words, message, searched):
    with pytest.raises(ConfigError, match=message):
        tune(searched(*words))


def test_a_study_is_continued_with_its_own_space_and_settings_only(searched):
    tune(searched("tune.trials=1"))
    with pytest.raises(ConfigError, match=r"the settings of the study s had folds.n_folds=3 when"):
        tune(searched("folds.n_folds=2"))
    with pytest.raises(ConfigError, match=r"the space of the study s had model.pooling=.* nothing"):
        tune(searched(space={"model.head.dropout": {"low": 0.0, "high": 0.9}}))
    tune(searched("tune.trials=2", "report.n_worst_rows=3"))


def test_a_study_of_another_train_file_is_not_continued(searched, tmp_path):
    tune(searched("tune.trials=1"))
    frame = pd.read_csv(tmp_path / "data/tiny/train.csv")
    frame.iloc[:-1].to_csv(tmp_path / "data/tiny/train.csv", index=False)
    with pytest.raises(ConfigError, match="the train file has changed since the study s"):
        tune(searched())


def test_a_page_of_someone_else_is_kept(searched):
    PAGE.parent.mkdir(parents=True)
    PAGE.write_text("# mine\n")
    with pytest.raises(ConfigError, match="was not written by this search"):
        tune(searched())
    assert PAGE.read_text() == "# mine\n"
    assert not FOLDER.exists()


def test_optuna_that_is_missing_is_one_line(searched, monkeypatch):
    monkeypatch.setattr("regard.pipeline.tuning.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"tune needs Optuna: pip install 'regard\[tune\]'"):
        tune(searched())
    assert importlib.util.find_spec("optuna")


LINEAR = [word for word in SMALL if not word.startswith("model.")]
COMMAND = ["tune", *LINEAR, "model=tfidf_linear", "tune.minutes=null"]


def numbers(output):
    return [int(number) for number in re.findall(r"^ +(\d+)  [a-z]+ ", output, re.MULTILINE)]


@pytest.mark.slow
def test_a_killed_command_goes_on_and_a_second_one_joins(tmp_path):
    write_tables(tmp_path / "data" / "tiny", tiny_tables())
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{os.environ.get('PYTHONPATH', '')}"}
    command = [*REGARD, *COMMAND, "tune.trials=12"]
    start = functools.partial(
        subprocess.Popen, command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    )
    with start() as killed:
        seen = []
        for line in killed.stdout:
            seen.append(line)
            if len(numbers("".join(seen))) == 2:
                killed.send_signal(signal.SIGKILL)
    with start() as second:
        joined = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        output, _ = second.communicate()
    assert (joined.returncode, second.returncode) == (0, 0), joined.stderr
    # The killed one may have finished trials that it did not tell of any more.
    told = [*numbers("".join(seen)), *numbers(output), *numbers(joined.stdout)]
    assert len(told) == len(set(told)) >= 10
    folder = tmp_path / "outputs/tiny/tune/tfidf_linear"
    trials = Study(folder, greater_is_better=True, seed=1).trials()
    assert [trial.number for trial in trials] == list(range(12))
    assert {trial.result for trial in trials} <= {"complete", "pruned"}
    assert all(json.loads(line) for line in (folder / "journal.log").read_text().splitlines())
    assert not list(folder.glob("trial_*.lock"))
    assert (folder / "trace.html").exists()


@pytest.mark.slow
def test_a_network_is_searched_from_the_command_line(tmp_path):
    write_tables(tmp_path / "data" / "tiny", tiny_tables())
    words = [*SMALL, "tune=text_cnn", "tune.trials=2", "tune.minutes=null", "embeddings=word2vec"]
    words = [word for word in words if not word.startswith("model.rnn")]
    done = regard_in(tmp_path, "tune", *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert numbers(done.stdout) == [0, 1] or numbers(done.stdout) == [1, 0]
    trained = regard_in(
        tmp_path, "train", *(word for word in SMALL if word.startswith("competition")),
        "experiment=tiny_text_cnn", "report.n_explained_rows=0",
    )  # fmt: skip
    assert (trained.returncode, trained.stderr) == (0, "")
    assert re.search("^train: .* is there already$", trained.stdout, re.MULTILINE)
