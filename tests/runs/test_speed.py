import pytest

from regard.runs.speed import Speed

SPEED = Speed(
    n_epochs=7, batch_size=64, patience=3, set_up=5.0, epoch=10.0, valid=1.0, load=2.0, row=0.01
)


def test_folds_are_trained_some_at_a_time():
    assert SPEED.fold(2) == 25.0
    assert SPEED.training(2, n_folds=5, n_slots=2) == 75.0
    assert SPEED.training(2, n_folds=5, n_slots=5) == 25.0


def test_few_rows_are_predicted_by_sharing_the_models():
    # three models for one of two workers, each 2 + 1,000 * 0.01 seconds
    assert SPEED.prediction(5, 1000, 2, rows_per_block=1024) == pytest.approx(36.0)


def test_many_rows_are_shared_and_each_worker_loads_all_models():
    # five models: 2 + 10,000 * 0.01 / 2 seconds each
    assert SPEED.prediction(5, 10_000, 2, rows_per_block=1024) == pytest.approx(260.0)
