import time

import numpy as np
import pytest
from helpers.cases import competition
from helpers.report_cases import CASES, render_section

from regard.metrics import own
from regard.metrics.registry import score
from regard.report.bootstrap import N_DRAWS, Groups, interval_around, score_draws
from regard.tasks import TASKS, Targets

BINARY = TASKS["binary"](("target",), ("No", "Yes"))


def rows(n, share=0.8):
    """Labels and outputs of which a share is right."""
    labels = np.arange(n)[:, None] % 2
    is_right = np.arange(n)[:, None] < share * n
    outputs = np.where(is_right, labels, 1 - labels).astype(np.float32)
    return Targets(labels.astype(np.float32)), outputs


def test_interval_by_hand():
    interval = interval_around(0.8, np.linspace(-0.02, 0.02, 101))
    assert interval.low == pytest.approx(0.781)
    assert interval.high == pytest.approx(0.819)
    assert interval.n_draws == 101


def test_draws_spread_as_the_binomial_does():
    targets, outputs = rows(400)
    draws = score_draws("accuracy", BINARY, targets, outputs)
    assert len(draws) == N_DRAWS
    assert draws.std() == pytest.approx(np.sqrt(0.8 * 0.2 / 400), rel=0.1)
    assert abs(draws.mean()) < 0.003


def test_smaller_draws_of_many_rows_have_the_same_spread():
    targets, outputs = rows(40_000)
    draws = score_draws("accuracy", BINARY, targets, outputs)
    assert draws.std() == pytest.approx(np.sqrt(0.8 * 0.2 / 40_000), rel=0.1)


def test_rows_of_a_group_by_hand():
    groups = Groups.of(np.array([7, 3, 7]), 3)
    assert groups.rows(np.array([0, 1, 1])).tolist() == [1, 0, 2, 0, 2]
    assert Groups.of(None, 3).rows(np.array([2, 0, 0])).tolist() == [2, 0, 0]


@pytest.mark.parametrize("n", [100, 20_000])
def test_copies_of_rows_make_no_score_surer(n):
    targets, outputs = rows(n)
    once = score_draws("accuracy", BINARY, targets, outputs)
    copies = np.repeat(np.arange(n), 4)
    repeated = (targets.take(copies), outputs[copies])
    grouped = score_draws("accuracy", BINARY, *repeated, groups=copies)
    assert grouped.std() == pytest.approx(once.std(), rel=0.15)
    alone = score_draws("accuracy", BINARY, *repeated)
    assert alone.std() == pytest.approx(once.std() / 2, rel=0.15)


def test_groups_of_one_row_change_nothing():
    targets, outputs = rows(50)
    found = score_draws("log_loss", BINARY, targets, outputs, groups=np.arange(50))
    assert found.tolist() == score_draws("log_loss", BINARY, targets, outputs).tolist()


def test_the_same_rows_have_the_same_draws():
    targets, outputs = rows(50)
    first = score_draws("log_loss", BINARY, targets, outputs)
    assert first.tolist() == score_draws("log_loss", BINARY, targets, outputs).tolist()


def test_a_perfect_score_has_an_interval_of_one_point():
    targets, outputs = rows(50, share=1.0)
    interval = interval_around(1.0, score_draws("accuracy", BINARY, targets, outputs))
    assert (interval.low, interval.high) == (1.0, 1.0)


def test_a_score_that_is_not_defined_has_no_interval():
    labels = np.zeros((20, 1), np.float32)
    draws = score_draws("roc_auc", BINARY, Targets(labels), labels + 0.5)
    assert interval_around(0.5, draws) is None
    assert interval_around(float("nan"), np.zeros(10)) is None


def test_rows_that_a_metric_of_the_user_refuses_are_no_draws(monkeypatch):
    def refuse(labels, outputs):
        if len(set(labels.ravel())) == 1:
            raise ValueError("only one class is present")
        return 0.5

    monkeypatch.setattr("helpers.report_cases.refuse", refuse, raising=False)
    name = "helpers.report_cases:refuse"
    chosen = {"metric": name, "greater_is_better": True, "metric_compares": "probabilities"}
    own.register(competition(task="binary", **chosen))
    labels = np.array([[0], [0], [0], [1]], np.float32)
    draws = score_draws(name, BINARY, Targets(labels), labels)
    assert 0.1 < np.isnan(draws).mean() < 0.5  # a third has none of the one positive row
    assert interval_around(0.5, draws) is not None
    page = render_section("groups", "binary", metric=name)
    assert "<td>-</td>" in page


@pytest.mark.parametrize("kind", CASES)
def test_every_task_has_draws(kind):
    task, labels, outputs = CASES[kind]
    draws = score_draws(task.default_metric, task, Targets(labels), outputs)
    interval = interval_around(score(task.default_metric, task, Targets(labels), outputs), draws)
    assert interval is None or interval.low <= interval.high


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["accuracy", "log_loss", "roc_auc"])
def test_ten_thousand_rows_take_seconds(metric):
    targets, outputs = rows(10_000)
    started = time.process_time()
    score_draws(metric, BINARY, targets, outputs * 0.8 + 0.1)
    assert time.process_time() - started < 4.0  # half of it on a machine that is not busy
