import math

from regard.pipeline.tuning.lines import folds_better, header, short_names, trial_line
from regard.pipeline.tuning.study import Progress


def progress(number, score, folds, **notes):
    return Progress(number, "complete", score, {}, {"fold_scores": folds, "seconds": 30.0, **notes})


def test_names_are_as_short_as_they_can_be():
    assert short_names(["model.rnn.units", "model.head.units", "seed"]) == {
        "model.rnn.units": "rnn.units",
        "model.head.units": "head.units",
        "seed": "seed",
    }


def test_a_line_stands_below_its_titles():
    trial = progress(3, 0.91234, [0.9, 0.92], settings={"model.C": "1.0"})
    line = trial_line(trial, progress(1, 0.95, []), "12 minutes")
    assert line.split() == [
        "3",
        "complete",
        "0.9123",
        "0.9500",
        "2",
        "0.5",
        "12",
        "minutes",
        "C=1.0",
    ]
    assert line.index("C=1.0") == header("accuracy").index("settings")


def test_a_failed_trial_shows_its_reason():
    failed = Progress(4, "failed", math.nan, {}, {"reason": "no memory", "settings": {"a": "1"}})
    assert trial_line(failed, None, "no time").endswith("no memory")


def test_folds_are_compared_in_pairs():
    first, best = progress(0, 0.5, [0.4, 0.6, 0.5]), progress(1, 0.6, [0.5, 0.5, 0.8])
    assert folds_better(first, best) == (2, 3)
