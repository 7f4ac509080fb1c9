import math

import pytest

from regard.network.fold_state import FoldState, is_better, is_over


def record(score: float, valid_loss: float) -> dict[str, float]:
    return {"score": score, "valid_loss": valid_loss}


def test_better_score_wins():
    assert is_better(record(0.9, 2.0), record(0.8, 1.0), "accuracy")
    assert not is_better(record(0.9, 2.0), record(0.8, 1.0), "log_loss")


def test_loss_decides_between_equal_scores():
    assert is_better(record(0.8, 0.5), record(0.8, 1.0), "accuracy")
    assert not is_better(record(0.8, 1.0), record(0.8, 1.0), "accuracy")


def test_undefined_score_is_the_worst():
    assert is_better(record(0.1, 2.0), record(math.nan, 1.0), "accuracy")
    assert not is_better(record(math.nan, 1.0), record(0.1, 2.0), "accuracy")
    assert is_better(record(math.nan, 0.5), record(math.nan, 1.0), "log_loss")


@pytest.mark.parametrize(
    ("n_epochs", "best_epoch", "expected"), [(0, 0, False), (2, 1, False), (3, 1, True)]
)
def test_training_is_over_after_patience_epochs_without_improvement(n_epochs, best_epoch, expected):
    state = FoldState([record(0.5, 1.0)] * n_epochs, best_epoch)
    assert is_over(state, patience=2) == expected
