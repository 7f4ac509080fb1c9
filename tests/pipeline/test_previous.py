import dataclasses
import json

import pytest

from regard.pipeline import train
from regard.pipeline.previous import previous_run, setting_changes


def test_settings_that_differ():
    then = {"seed": 1, "text": {"min_df": 2, "steps": ["a"]}, "overrides": ["seed=1"], "gone": {}}
    now = {"seed": 2, "text": {"min_df": 2, "steps": ["a", "b"]}, "overrides": [], "new": "x"}
    changes, n_others = setting_changes(then, now)
    assert changes == [("seed", "1", "2"), ("text.steps", '["a"]', '["a", "b"]')]
    assert n_others == 2


def test_settings_that_change_no_prediction_do_not_differ(quick, tmp_path):
    one, other = quick(), quick("seed=7", "compute.n_workers=3", "tracking=tensorboard")
    other.output_dir = str(tmp_path / "elsewhere")
    other.competition.source = "a page"
    other.report.n_worst_rows = 1
    changes, n_others = setting_changes(dataclasses.asdict(one), dataclasses.asdict(other))
    assert (changes, n_others) == ([("seed", str(one.seed), "7")], 0)


def test_a_budget_that_cuts_folds_differs(quick):
    settings = [dataclasses.asdict(quick(*words)) for words in ((), ("compute.budget_minutes=5",))]
    ((key, _, now),), _ = setting_changes(*settings)
    assert (key, float(now)) == ("compute.budget_minutes", 5.0)


def test_long_values_are_cut_once_they_are_compared():
    ((_, then, now),), _ = setting_changes({"a": "x" * 100}, {"a": "x" * 99 + "y"})
    assert then == now == "x" * 60 + " …"


def test_equal_settings_do_not_differ():
    assert setting_changes({"a": {"b": [1]}}, {"a": {"b": [1]}}) == ([], 0)


@pytest.mark.slow
def test_the_run_that_was_finished_before(quick, tmp_path):
    first = train(quick())
    assert previous_run(first) is None
    second = train(quick("seed=7"))
    found = previous_run(second)
    assert found.name == first.name
    assert found.oof_score == first.scores["oof_score"]
    assert found.changes == [("seed", str(first.config.seed), "7")]
    page = (second.folder / "report.html").read_text(encoding="utf-8")
    assert "Since the previous run" in page
    # A run that is broken is no reason to fail.
    (first.folder / "config.json").write_text(json.dumps([]), encoding="utf-8")
    assert previous_run(second) is None
