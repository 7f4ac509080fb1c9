import dataclasses
import math

from helpers.cases import compose_config
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.network.trainer import with_enough_steps


def planned(n_rows: int, *overrides: str) -> tuple[int, int, int]:
    """The size of a batch, epochs and patience."""
    config = compose_config(*overrides)
    batches, training = with_enough_steps(config.batches, config.training, n_rows)
    return batches.size, training.epochs, training.patience


def test_few_rows_are_learnt_in_smaller_batches_and_more_epochs():
    assert planned(400, "batches.size=64", "training.epochs=12", "training.min_steps=600") == (
        33,
        47,
        12,
    )


def test_many_rows_are_learnt_as_the_settings_say():
    recipe = (
        "batches.size=64",
        "training.epochs=12",
        "training.patience=3",
        "training.min_steps=600",
    )
    assert planned(3137, *recipe) == (64, 12, 3)  # 50 batches
    assert planned(3136, *recipe) == (64, 13, 3)  # 49


def test_no_least_number_of_steps_leaves_the_settings_as_they_are():
    recipe = ("batches.size=64", "training.epochs=1", "training.patience=1")
    assert planned(5, *recipe, "training.min_steps=0") == (64, 1, 1)
    assert planned(5, *recipe, "training.min_steps=2") == (5, 2, 2)


@given(
    n_rows=st.integers(1, 20000),
    size=st.integers(1, 256),
    epochs=st.integers(1, 30),
    min_steps=st.integers(0, 2000),
)
@settings(deadline=None)
def test_there_are_enough_steps_and_hardly_more(n_rows, size, epochs, min_steps):
    config = compose_config()
    batches = dataclasses.replace(config.batches, size=size)
    training = dataclasses.replace(config.training, epochs=epochs, min_steps=min_steps)
    some, more = with_enough_steps(batches, training, n_rows)
    n_batches = math.ceil(n_rows / some.size)
    if epochs * math.ceil(n_rows / size) >= min_steps:
        assert (some, more) == (batches, training)
        return
    assert min(size, n_rows, 8) <= some.size <= size
    assert more.patience >= training.patience
    assert more.epochs * n_batches >= min_steps
    assert more.epochs == epochs or (more.epochs - 1) * n_batches < min_steps
