import dataclasses

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

from regard.errors import ConfigError
from regard.linear import fit_linear, load_linear, predict_linear, save_linear


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
