import dataclasses
import re

import numpy as np
import pytest
from helpers.linear_cases import (
    LABELS,
    NB,
    TASK_OF,
    TEXTS,
    TFIDF,
    fit_and_predict,
    linear_config,
    linear_inputs,
)

from regard.errors import ArtefactError, ConfigError
from regard.linear import fit_linear, load_linear, predict_linear, save_linear
from regard.linear.model import misfit


def test_terms_of_few_texts_are_not_read():
    config = linear_config(min_df=8, C=[1.0])
    model, _ = fit_and_predict("tfidf", "multi_class", linear_inputs(TEXTS), config)
    pairs = {"ship sea", " ship", "tree moss", " tree", "tram lamp", " tram"}
    assert set(model.terms[0]) == {"ship", "sea", "tree", "moss", "tram", "lamp", *pairs}


@pytest.mark.parametrize("config", [TFIDF, NB])
def test_a_text_column_without_n_grams_changes_nothing(config):
    other, rows, task = ["ship", "tree"] * 6, np.arange(12), TASK_OF["binary"]
    labels = (rows % 2)[:, None].astype(np.float32)
    both, alone = linear_inputs(other, [""] * 12), linear_inputs(other)
    first, second = both.ngrams
    nothing = dataclasses.replace(second, counts=(second.counts[0][:, :0],), terms=[])
    with_nothing = dataclasses.replace(both, ngrams=(first, nothing))
    found = [
        predict_linear(fit_linear(inputs, rows, labels, task, config), inputs, rows, task)
        for inputs in (with_nothing, alone)
    ]
    np.testing.assert_allclose(*found, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(("features", "kind"), [("tfidf", "multi_class"), ("nb_svm", "ordinal")])
def test_swapping_a_symmetric_pair_changes_nothing(features, kind):
    others = TEXTS[5:] + TEXTS[:5]
    rows, task = np.arange(24), TASK_OF[kind]
    one = linear_inputs(TEXTS, others, paired=True, symmetric=True)
    model, outputs = fit_and_predict(features, kind, one)
    swapped = linear_inputs(others, TEXTS, paired=True, symmetric=True)
    np.testing.assert_allclose(predict_linear(model, swapped, rows, task), outputs, atol=1e-6)
    ordered = linear_inputs(TEXTS, others, paired=True)
    model, outputs = fit_and_predict(features, kind, ordered)
    swapped = predict_linear(model, linear_inputs(others, TEXTS, paired=True), rows, task)
    assert np.abs(swapped - outputs).max() > 0.1


def test_numbers_and_categories_count_and_a_missing_number_is_the_mean():
    texts, rows, task = ["same"] * 24, np.arange(24), TASK_OF["binary"]
    labels, positive = LABELS["binary"], LABELS["binary"][:, 0]
    by_number = linear_inputs(texts, numbers=(1000 + 500 * positive)[:, None])
    model = fit_linear(by_number, rows, labels, task, TFIDF)
    found = predict_linear(model, by_number, rows, task)[:, 0]
    assert found[positive == 1].min() > 0.9 > 0.2 > found[positive == 0].max()
    unknown = linear_inputs(["same", "same"], numbers=[[np.nan], [by_number.numbers.mean()]])
    outputs = predict_linear(model, unknown, np.arange(2), task)
    assert outputs[0] == pytest.approx(outputs[1], abs=1e-6)
    by_category = linear_inputs(texts, categories=(1 + positive)[:, None], n_values=(3,))
    for config in (TFIDF, NB):
        found = predict_linear(
            fit_linear(by_category, rows, labels, task, config), by_category, rows, task
        )[:, 0]
        assert found[positive == 1].min() > 0.8 > 0.2 > found[positive == 0].max()


@pytest.mark.parametrize(("features", "kind"), [("tfidf", "regression"), ("nb_svm", "multi_label")])
def test_a_stored_model_predicts_the_same(features, kind, tmp_path):
    inputs = linear_inputs(
        TEXTS, numbers=np.ones((24, 1)), categories=np.ones((24, 1)), n_values=(2,), characters=True
    )
    model, outputs = fit_and_predict(features, kind, inputs)
    save_linear(model, tmp_path)
    rows = np.arange(24)
    np.testing.assert_array_equal(
        predict_linear(load_linear(tmp_path), inputs, rows, TASK_OF[kind]), outputs
    )


def test_texts_without_known_terms_get_a_prediction():
    model, _ = fit_and_predict("tfidf", "multi_class", linear_inputs(TEXTS))
    outputs = predict_linear(
        model, linear_inputs(["", "nothing known"]), np.arange(2), TASK_OF["multi_class"]
    )
    np.testing.assert_allclose(outputs[0], outputs[1])
    np.testing.assert_allclose(outputs.sum(axis=1), 1.0, atol=1e-6)


def test_too_few_texts_for_any_term_are_refused():
    config = linear_config(characters=True, min_df=99, C=[1.0])
    with pytest.raises(ConfigError, match=r"no n-gram occurs in model\.min_df=99 texts"):
        fit_and_predict("tfidf", "multi_class", linear_inputs(TEXTS), config)


@pytest.fixture
def saved(tmp_path):
    """Write a model, and return it with its inputs and its folder."""
    inputs = linear_inputs(
        TEXTS, numbers=np.ones((24, 1)), categories=np.ones((24, 1)), n_values=(2,), characters=True
    )
    model, _ = fit_and_predict("tfidf", "multi_class", inputs)
    save_linear(model, tmp_path)
    return model, inputs, tmp_path


@pytest.mark.parametrize("shift", [None, (0.25, 4.0)])
def test_shift_is_kept(shift, saved):
    model, _, folder = saved
    save_linear(dataclasses.replace(model, shift=shift), folder)
    assert load_linear(folder).shift == shift


def test_stored_model_is_the_same(saved):
    model, inputs, folder = saved
    again = load_linear(folder)
    assert again.terms == model.terms
    assert again.n_values == model.n_values
    assert again.is_tfidf is True
    for name in ("numbers", "coefficients", "intercepts"):
        np.testing.assert_array_equal(getattr(again, name), getattr(model, name))
    assert misfit(again, inputs, 3) == ""


def change_arrays(folder, **changes):
    """Write the arrays of a model with some of them changed; None leaves one out."""
    with np.load(folder / "model.npz") as stored:
        arrays = {**stored, **changes}
    kept = {name: array for name, array in arrays.items() if array is not None}
    np.savez(folder / "model.npz", **kept)


@pytest.mark.parametrize(
    "changes",
    [
        {"coefficients": None},
        {"weights_1": None},
        {"shift": None},
        {"coefficients": np.array([[print]], object)},
        {"intercepts": np.array(["a", "b", "c"])},
        {"is_tfidf": np.array([1, 0])},
        {"n_values": np.array(2)},
        {"shift": np.array(3.0)},
        {"shift": np.array([3.0])},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_hostile_arrays_are_one_line(changes, saved):
    _, _, folder = saved
    change_arrays(folder, **changes)
    with pytest.raises(ArtefactError, match=r"model\.npz: not a linear model \(") as error:
        load_linear(folder)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [None, b"", b"PK", b"text", b"\x93NUMPY"])
def test_broken_arrays_are_one_line(content, saved):
    _, _, folder = saved
    (folder / "model.npz").unlink()
    if content is not None:
        (folder / "model.npz").write_bytes(content)
    with pytest.raises(ArtefactError, match=r"model\.npz: not a linear model \(") as error:
        load_linear(folder)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", ["", "3", "[3]", "null", "[[1]]", "{"])
def test_broken_terms_are_one_line(content, saved):
    _, inputs, folder = saved
    (folder / "terms.json").write_text(content)
    with pytest.raises(ArtefactError) as error:
        if reason := misfit(load_linear(folder), inputs, 3):
            raise ArtefactError(reason)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"terms": ()}, "0 kinds of n-grams, not 2"),
        ({"terms": (["a"], ["b"])}, "n-grams and their weights are not as many"),
        ({"numbers": np.ones((2, 2))}, "other numbers or categories"),
        ({"numbers": np.ones(2)}, "other numbers or categories"),
        ({"n_values": (3,)}, "other numbers or categories"),
        ({"coefficients": np.ones((1, 3))}, r"of the shape \(1, 3\), not"),
        ({"coefficients": np.ones(3)}, r"of the shape \(3,\), not"),
        ({"intercepts": np.ones(2)}, "of the shape"),
    ],
)
def test_model_of_another_run_is_described(changes, words, saved):
    model, inputs, _ = saved
    reason = misfit(dataclasses.replace(model, **changes), inputs, 3)
    assert re.search(words, reason)
    assert "\n" not in reason


def test_model_of_another_task_is_described(saved):
    model, inputs, _ = saved
    assert "of the shape" in misfit(model, inputs, 4)


@pytest.mark.parametrize("symmetric", [True, False])
def test_model_of_a_pair_reads_three_features_of_each_term(symmetric):
    pair = linear_inputs(TEXTS, TEXTS[::-1], paired=True, symmetric=symmetric)
    model, _ = fit_and_predict("tfidf", "multi_class", pair)
    assert misfit(model, pair, 3) == ""
    assert misfit(model, linear_inputs(TEXTS), 3) != ""
