import dataclasses

import numpy as np
import pytest
from helpers.report_cases import report_data

from regard.report.slices import find_slices
from regard.tasks import Targets
from regard.text import RaggedTokens

N_ROWS = 1200


def binary_data(is_weak, *, lengths=None, columns=None, n_rows=N_ROWS):
    """Return a report of rows whose positive label is found, unless a row is weak."""
    dice = np.random.default_rng(0)
    labels = dice.integers(0, 2, (n_rows, 1)).astype(np.float32)
    sure = np.where(labels > 0.5, 0.9, 0.1)
    lengths = dice.integers(1, 30, n_rows) if lengths is None else lengths
    tokens = RaggedTokens(np.full(lengths.sum(), 2), np.cumsum([0, *lengths]))
    return report_data(
        "binary",
        ids=[f"r{row}" for row in range(n_rows)],
        texts=["word"] * n_rows,
        targets=Targets(labels),
        outputs=np.where(is_weak[:, None], 1 - sure, sure).astype(np.float32),
        tokens=[tokens],
        columns=columns or {},
        folds=np.arange(n_rows) % 5,
    )


def test_a_planted_group_is_found():
    lengths = np.random.default_rng(1).integers(1, 30, N_ROWS)
    found = find_slices(binary_data(lengths > 25, lengths=lengths))
    (weakest,) = found.slices
    assert weakest.conditions == ["more than 25 tokens"]
    # found on one half, scored on the other one
    assert (lengths[weakest.rows] > 25).all()
    assert len(weakest.rows) < (lengths > 25).sum()
    assert found.losses[weakest.rows].mean() == pytest.approx(-np.log(0.1), rel=1e-3)
    assert weakest.loss_found == pytest.approx(-np.log(0.1), rel=1e-3)


def test_conditions_of_several_facts():
    countries = np.array(["de", "fr", "it"], dtype=object)[np.arange(N_ROWS) % 3]
    lengths = np.random.default_rng(1).integers(1, 30, N_ROWS)
    is_weak = (countries == "it") & (lengths <= 10)
    data = binary_data(is_weak, lengths=lengths, columns={"country {}": countries})
    weakest = find_slices(data).slices[0]
    assert weakest.conditions == ["at most 10 tokens", "country {} is it"]
    assert is_weak[weakest.rows].all()


def test_chance_is_no_group():
    dice = np.random.default_rng(3)
    found = find_slices(binary_data(dice.random(N_ROWS) < 0.2))
    assert found.slices == []
    assert found.n_found + found.n_scored == N_ROWS


def test_words_and_labels_are_facts():
    tokens = np.tile([2, 3, 2, 2], N_ROWS // 4)
    data = binary_data(tokens == 3, lengths=np.ones(N_ROWS, int))
    held_out = dataclasses.replace(
        data.held_out, tokens=[RaggedTokens(tokens, np.arange(N_ROWS + 1))]
    )
    named = dataclasses.replace(data, held_out=held_out)
    assert find_slices(named).slices[0].conditions in (
        [["with the word ship"], ["without the word a"]]
    )
    weak = binary_data(data.held_out.targets.labels[:, 0] > 0.5)
    assert find_slices(weak).slices[0].conditions in ([["labelled Yes"], ["not labelled No"]])


def test_the_same_rows_give_the_same_groups():
    data = binary_data(np.arange(N_ROWS) % 7 == 0)
    one, other = find_slices(data), find_slices(data)
    assert [part.conditions for part in one.slices] == [part.conditions for part in other.slices]


@pytest.mark.parametrize("n_rows", [0, 1, 99])
def test_few_rows_have_no_groups(n_rows):
    assert find_slices(binary_data(np.arange(n_rows) < 5, n_rows=n_rows)).slices == []
