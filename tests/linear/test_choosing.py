import dataclasses

import numpy as np
import pytest
from helpers.linear_cases import TASK_OF, TFIDF, linear_inputs
from hypothesis import given
from hypothesis import strategies as st

from regard.linear import fit_linear, predict_linear
from regard.linear.choosing import parts_of_groups


def test_parts_of_groups():
    found = parts_of_groups(np.array(["a", "a", "b", "b", "c"]))
    assert found.astype(int).tolist() == [[1, 1, 0, 0, 0], [0, 0, 1, 1, 0], [0, 0, 0, 0, 1]]
    assert parts_of_groups(np.array(["a", "a"])) is None


@given(st.lists(st.integers(0, 6), min_size=2, max_size=40))
def test_each_row_is_in_one_part_with_its_group(numbers):
    groups = np.array(numbers)
    parts = parts_of_groups(groups)
    if parts is None:
        assert len(set(numbers)) == 1
        return
    assert (parts.sum(axis=0) == 1).all()
    for group in set(numbers):
        assert len(np.unique(parts[:, groups == group].argmax(axis=0))) == 1


def misleading_rows(n_rows=180):
    """Return texts of three prompts with scores that depend on a number.

    The words of each prompt tell the sign of the number, in another way in each one.
    """
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(n_rows, 1))
    prompts = np.arange(n_rows) % 3
    good = (numbers[:, 0] > 0).astype(int)
    texts = [f"w{(score + prompt) % 3} the" for score, prompt in zip(good, prompts, strict=True)]
    return texts, numbers, prompts, (1 + 0.2 * np.sign(numbers) + 0.1 * numbers).astype(np.float32)


def test_words_that_mislead_on_other_groups_are_left_out():
    texts, numbers, prompts, labels = misleading_rows()
    inputs, task = linear_inputs(texts, numbers=numbers), TASK_OF["regression"]
    weighed = dataclasses.replace(TFIDF, ngram_weights=[0.0, 0.1, 0.3, 1.0])
    rows = np.flatnonzero(prompts < 2)
    others = np.flatnonzero(prompts == 2)
    parts = parts_of_groups(prompts[rows])
    errors = {}
    for name, config in {"all": TFIDF, "weighed": weighed}.items():
        model = fit_linear(inputs, rows, labels, task, config, inner_valid=parts)
        outputs = predict_linear(model, inputs, others, task)
        errors[name] = float(np.abs(outputs - labels[others]).mean())
    assert errors["weighed"] < 0.7 * errors["all"]


def test_weight_one_changes_nothing():
    texts, numbers, _, labels = misleading_rows(60)
    inputs, task, rows = linear_inputs(texts, numbers=numbers), TASK_OF["regression"], np.arange(60)
    one = fit_linear(inputs, rows, labels, task, TFIDF)
    other = fit_linear(inputs, rows, labels, task, dataclasses.replace(TFIDF, ngram_weights=[1.0]))
    np.testing.assert_array_equal(one.coefficients, other.coefficients)


@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_a_weight_is_a_stronger_penalty(weight):
    texts, numbers, _, labels = misleading_rows(60)
    inputs, task, rows = linear_inputs(texts, numbers=numbers), TASK_OF["regression"], np.arange(60)
    config = dataclasses.replace(TFIDF, ngram_weights=[weight])
    model = fit_linear(inputs, rows, labels, task, config)
    plain = fit_linear(inputs, rows, labels, task, TFIDF)
    n_terms = len(model.terms[0])
    assert np.abs(model.coefficients[:n_terms]).sum() <= np.abs(plain.coefficients[:n_terms]).sum()
    assert (weight > 0) == bool(np.abs(model.coefficients[:n_terms]).any())
