import dataclasses
import math

from helpers.cases import compose_config
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.network.step_count import with_enough_steps


def adjusted(n_rows: int, *overrides: str) -> tuple[int, int, int]:
    """Return the batch size, the epochs and the patience for some rows."""
    config = compose_config(*overrides)
    batches, training = with_enough_steps(config.batches, config.training, n_rows)
    return batches.size, training.epochs, training.patience


def test_few_rows_take_smaller_batches_and_more_epochs():
    overrides = ("batches.size=64", "training.epochs=12", "training.min_steps=600")
    assert adjusted(400, *overrides, "training.patience=3") == (33, 47, 12)


def test_many_rows_take_the_given_settings():
    overrides = ("batches.size=64", "training.epochs=12", "training.min_steps=600")
    assert adjusted(3137, *overrides, "training.patience=3") == (64, 12, 3)  # 50 batches
    assert adjusted(3136, *overrides, "training.patience=3") == (64, 13, 3)  # 49 batches


def test_min_steps_of_0_changes_nothing():
    overrides = ("batches.size=64", "training.epochs=1", "training.patience=1")
    assert adjusted(5, *overrides, "training.min_steps=0") == (64, 1, 1)
    assert adjusted(5, *overrides, "training.min_steps=2") == (5, 2, 2)


@given(
    n_rows=st.integers(1, 20000),
    size=st.integers(1, 256),
    epochs=st.integers(1, 30),
    min_steps=st.integers(0, 2000),
)
@settings(deadline=None)
def test_there_are_enough_steps_and_few_more(n_rows, size, epochs, min_steps):
    config = compose_config()
    batches = dataclasses.replace(config.batches, size=size)
    training = dataclasses.replace(config.training, epochs=epochs, min_steps=min_steps)
    new_batches, new_training = with_enough_steps(batches, training, n_rows)
    n_batches = math.ceil(n_rows / new_batches.size)
    if epochs * math.ceil(n_rows / size) >= min_steps:
        assert (new_batches, new_training) == (batches, training)
        return
    assert min(size, n_rows, 8) <= new_batches.size <= size
    assert new_training.patience >= training.patience
    assert new_training.epochs * n_batches >= min_steps
    assert new_training.epochs == epochs or (new_training.epochs - 1) * n_batches < min_steps
