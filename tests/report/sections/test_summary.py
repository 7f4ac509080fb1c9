import dataclasses

import numpy as np
import pytest
from helpers.report_cases import Page, render_section

from regard.report.content import PreviousRun

PREVIOUS = PreviousRun("lstm-0042", "accuracy", 0.70627, None, [("seed", "1", "2")])
TRAINING = {"seconds": 61.0, "seconds_of_jobs": 122.0, "peak_memory_mb": 400}


def summary(**changes):
    return Page(render_section("settings", **changes)).text


def test_an_interval_of_the_score():
    text = summary()
    assert "95 % interval 0.2163 to 0.9663, by 1,000 draws of the rows" in text


def test_related_rows_are_drawn_together():
    text = summary(groups=np.array([0, 0, 2, 2]))
    assert "draws of the rows, those of one group or text together" in text
    assert "together" not in summary(groups=np.arange(4))


def test_a_metric_that_is_not_loaded_has_no_interval():
    assert "interval" not in summary(metric="mine:score")
    assert "interval" not in summary(oof_score=float("nan"))


def test_time_by_the_clock_and_the_sum_of_all_folds():
    text = summary(training=TRAINING).replace("\n", "")
    assert "training, by the clock1 min 1 s" in text
    assert "training, sum of folds2 min 2 s" in text
    assert "by the clock" not in summary()


def test_the_test_score():
    assert "test score0.8125" in summary(test_score=0.8125).replace("\n", "")
    assert "test score" not in summary()


def test_warning_signs():
    text = summary(signs=["fold 1 has <b>no</b> score; try folds.n_folds=2"])
    assert "Warning signs" in text
    assert "fold 1 has <b>no</b> score; try folds.n_folds=2." in text
    assert "Warning signs" not in summary()


def test_the_previous_run_and_what_differs():
    text = summary(previous=PREVIOUS)
    assert "lstm-0042 had a score of 0.7063. This run is 0.0100 better." in text
    assert "seed12" in text.replace("\n", "")
    worse = summary(previous=PREVIOUS, greater_is_better=False)
    assert "This run is 0.0100 worse." in worse


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"oof_score": 0.71627}, "This run is as good."),
        ({"metric": "log_loss"}, "had a score of 0.7063, by log_loss."),
        ({"test_score": 0.5}, "0.7063 and a test score of 0.5000."),
        ({"changes": []}, "No setting differs"),
        ({"n_more_changes": 3}, "And 3 more settings."),
    ],
)
def test_other_previous_runs(changes, words):
    text = summary(previous=dataclasses.replace(PREVIOUS, **changes))
    assert words in text
    assert ("This run is" in text) == ("metric" not in changes)


def test_values_of_settings_are_escaped():
    hostile = dataclasses.replace(PREVIOUS, changes=[("name", "<b>", "\"'><i>")])
    assert "&lt;b&gt;" in render_section("settings", previous=hostile)
