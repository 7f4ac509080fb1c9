import dataclasses

import pytest
from helpers.cases import compose_config
from hypothesis import given
from hypothesis import strategies as st

from regard.pipeline.budget.planning import (
    Room,
    cuts_of,
    fold_counts,
    plan_network,
    planned_config,
)
from regard.runs.speed import Speed

SPEED = Speed(
    n_epochs=12, batch_size=32, patience=3, set_up=0.0, epoch=10.0, valid=1.0, load=0.0, row=0.0
)
ROOM = Room(seconds=500.0, n_folds=5, n_slots=2, n_rows=0, rows_per_block=1024)


def planned(seconds, speed=SPEED, **room):
    plan = plan_network(speed, dataclasses.replace(ROOM, seconds=seconds, **room))
    return plan and (plan.n_epochs, plan.n_folds)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (500, (12, 5)),  # everything
        (240, (6, 5)),  # fewer epochs
        (100, (4, 4)),  # fewer folds, as two epochs of all folds would be too few
        (40, (3, 2)),  # the fewest folds that keep both workers busy, and fewer epochs
        (13, (1, 2)),
        (11, None),  # not even one epoch
        (-5, None),
    ],
)
def test_epochs_are_cut_then_folds_then_all(seconds, expected):
    assert planned(seconds) == expected


def test_setting_up_counts_for_each_fold():
    # 240 / 1.2 seconds: three folds in a row have 66 each, so 3 epochs; two have 100 each, so 7.
    assert planned(240, dataclasses.replace(SPEED, set_up=30.0)) == (7, 4)
    assert planned(400, dataclasses.replace(SPEED, set_up=30.0)) == (8, 5)


def test_prediction_is_kept_free():
    slow = dataclasses.replace(SPEED, load=10.0)
    assert planned(240, n_rows=0) == (6, 5)
    n_epochs, _ = planned(240, slow, n_rows=1000)
    assert n_epochs < 6


def test_a_run_of_one_epoch_is_not_asked_for_two():
    assert planned(40, dataclasses.replace(SPEED, n_epochs=1)) == (1, 5)


def test_a_single_fold_is_planned_where_one_is_trained_at_a_time():
    assert planned(50, n_slots=1) == (4, 1)


def test_numbers_of_folds_keep_all_workers_busy():
    assert fold_counts(5, 2) == [5, 4, 2]
    assert fold_counts(4, 2) == [4, 2]
    assert fold_counts(5, 8) == [5]
    assert fold_counts(3, 1) == [3, 2, 1]


seconds = st.floats(0.0, 100.0)


@given(
    st.floats(-10.0, 5000.0),
    st.builds(
        Speed,
        n_epochs=st.integers(1, 50),
        batch_size=st.just(32),
        patience=st.just(3),
        set_up=seconds,
        epoch=seconds,
        valid=seconds,
        load=seconds,
        row=st.floats(0.0, 0.1),
    ),
    st.integers(1, 10),
    st.integers(1, 10),
    st.integers(0, 100_000),
)
def test_no_plan_takes_more_than_there_is(left, speed, n_folds, n_slots, n_rows):
    n_slots = min(n_slots, n_folds)
    room = Room(left, n_folds, n_slots, n_rows, rows_per_block=1024)
    plan = plan_network(speed, room)
    if plan is None:
        return
    assert plan.seconds <= left + 1e-4 * max(speed.epoch, 1.0)
    assert 1 <= plan.n_epochs <= speed.n_epochs
    assert 1 <= plan.n_folds <= n_folds
    forecast = speed.training(plan.n_epochs, plan.n_folds, n_slots)
    assert plan.training >= forecast


@given(st.floats(10.0, 1000.0), st.floats(0.0, 500.0))
def test_more_time_never_trains_less(left, more):
    first = plan_network(SPEED, dataclasses.replace(ROOM, seconds=left))
    second = plan_network(SPEED, dataclasses.replace(ROOM, seconds=left + more))
    if first is not None:
        assert second is not None
        assert second.n_folds >= first.n_folds


@pytest.mark.slow
def test_the_settings_of_a_plan_are_not_raised_again():
    config = compose_config("experiment=network", "training.refit=true")
    plan = plan_network(SPEED, dataclasses.replace(ROOM, seconds=100.0))
    cut = planned_config(config, SPEED, plan, [0, 1, 2, 3, 4])
    assert cut.training.epochs == 4
    assert cut.training.min_steps == 0
    assert not cut.training.refit
    assert cut.batches.size == 32
    assert cut.folds.only == [0, 1, 2, 3]


def test_all_folds_need_no_choice_and_a_choice_is_kept():
    config = compose_config("folds.only=[1,3]")
    plan = plan_network(SPEED, dataclasses.replace(ROOM, n_folds=2))
    assert planned_config(config, SPEED, plan, [1, 3]).folds.only == [1, 3]


def test_cuts_are_told_in_words():
    plan = plan_network(SPEED, dataclasses.replace(ROOM, seconds=100.0))
    assert cuts_of("net", SPEED, plan, 5) == ["net: 4 of 12 epochs", "net: 4 of 5 folds"]
    assert cuts_of("net", SPEED, plan_network(SPEED, ROOM), 5) == []
