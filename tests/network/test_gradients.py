"""Gradients of word vectors, against differences of outputs, on every backend."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers.cases import compose_config
from helpers.classifiers import CLASSES, NUMBERS, ONE_TEXT, PAIR, TWO_TEXTS, build, network
from helpers.tokens import ragged

from regard.config import BatchesConfig
from regard.data.inputs import Inputs
from regard.network.attention_weights import AttentionModel, attention_weights
from regard.network.fold_inputs import FoldInputs
from regard.network.gradients import WordGradients, outputs_along, products_along

pytestmark = pytest.mark.slow

TEXTS = [[3, 4, 5], [6], [7, 8, 9, 10, 11, 12]]
OTHERS = [[13, 14], [15, 16, 17], [18]]
SCALES = np.array([0.3, 1.0])


def batches(truncate="head"):
    """Return settings that read five tokens of each text."""
    return compose_config("batches.max_tokens=5", f"batches.truncate={truncate}").batches


def inputs_of(*columns, symmetric=False, others=False) -> Inputs:
    n_rows = len(columns[0])
    numbers = np.array([[1.0], [np.nan], [3.0]], np.float32)
    return Inputs(
        tuple(map(ragged, columns)),
        numbers if others else np.empty((n_rows, 0), np.float32),
        np.array([[0], [1], [2]], np.int32) if others else np.empty((n_rows, 0), np.int32),
        paired=symmetric,
        symmetric=symmetric,
    )


def total(model, inputs, config, slopes, scales=SCALES):
    return (outputs_along(model, inputs, config, scales) * slopes).sum(axis=2)


def check_gradients(found: WordGradients, inputs: Inputs, config: BatchesConfig) -> None:
    """Compare the summed products with the change of the outputs along all vectors."""
    slopes = np.random.default_rng(0).normal(size=(2, len(inputs), 3))
    by_row = np.zeros(len(inputs))
    for rows, products in products_along(found, inputs, config, SCALES, slopes):
        for of_text in products:
            by_row[rows] += of_text.sum(axis=1)
    step = 1e-2
    ahead = total(found, inputs, config, slopes, SCALES + step)
    back = total(found, inputs, config, slopes, SCALES - step)
    expected = ((ahead - back) / (2 * step)).sum(axis=0)
    np.testing.assert_allclose(by_row, expected, atol=2e-3)


@pytest.mark.parametrize("truncate", ["head", "both"])
def test_the_products_are_the_change_along_the_vectors(truncate):
    found = WordGradients(build(network()))
    check_gradients(found, inputs_of(TEXTS), batches(truncate=truncate))


@pytest.mark.parametrize(
    ("reads", "page", "symmetric", "others"),
    [
        (TWO_TEXTS, "lstm_attention", False, False),
        (PAIR, "lstm_attention", True, False),
        (PAIR, "esim", True, False),
        (NUMBERS, "lstm_attention", False, True),
    ],
    ids=["two_texts", "symmetric_pair", "aligned_pair", "numbers_and_categories"],
)
def test_other_inputs(reads, page, symmetric, others):
    columns = [TEXTS, OTHERS] if reads.n_texts == 2 else [TEXTS]
    if others:
        reads = FoldInputs(number_means=[1.0], number_stds=[2.0], n_values=(3,))
    inputs = inputs_of(*columns, symmetric=symmetric, others=others)
    found = WordGradients(build(network(f"model={page}"), reads=reads))
    check_gradients(found, inputs, batches())


@pytest.mark.parametrize("page", ["text_cnn", "hierarchical_attention"])
def test_other_networks(page):
    config = network(f"model={page}")
    check_gradients(WordGradients(build(config)), inputs_of(TEXTS), batches())


def test_at_scale_one_the_outputs_are_those_of_the_network():
    model = build(network("model.frozen_embedding_epochs=3"))
    found = WordGradients(model)
    inputs = inputs_of(TEXTS[:2])
    outputs = outputs_along(found, inputs, batches(), np.array([0.0, 1.0]))
    token_ids = np.array([[3, 4, 5], [6, 0, 0]], np.int32)
    expected = np.asarray(model.predict_on_batch({"token_ids": token_ids}))
    np.testing.assert_allclose(outputs[1], expected, atol=1e-6)
    # Vectors that are not released yet have gradients all the same.
    slopes = np.tile([1.0, 0.0, 0.0], (1, 2, 1))
    ((rows, (products,)),) = products_along(found, inputs, batches(), np.ones(1), slopes)
    by_row = dict(zip(rows.tolist(), products, strict=True))
    assert by_row[0][:3].all()
    assert not by_row[1][1:].any()


def test_the_network_keeps_its_attention():
    model = build(network())
    token_ids = {"token_ids": np.array([[3, 4, 0]], np.int32)}
    before = attention_weights(AttentionModel(model), token_ids)
    WordGradients(model)
    after = attention_weights(AttentionModel(model), token_ids)
    np.testing.assert_array_equal(before, after)
    assert model.get_layer("embedding").get_weights()[0].shape == (20, 6)


def products_of_fixed_weights():
    """Check and return the products of a network whose weights are the same on every backend."""
    model = build(network("model.rnn.cell=gru"), CLASSES, ONE_TEXT)
    random = np.random.default_rng(5)
    model.set_weights([random.normal(0, 0.3, part.shape) for part in model.get_weights()])
    found = WordGradients(model)
    inputs = inputs_of(TEXTS)
    check_gradients(found, inputs, batches())
    slopes = np.ones((2, 3, 3)) * [0.0, 1.0, -1.0]
    ((_, (products,)),) = products_along(found, inputs, batches(), SCALES, slopes)
    return products.tolist()


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends_give_the_same_gradients(backend):
    pytest.importorskip(backend, reason=f"{backend} is not installed")
    here = Path(__file__).parent
    path = [str(here), str(here.parent), *sys.path]
    code = (
        "import json, test_gradients as tests; print(json.dumps(tests.products_of_fixed_weights()))"
    )
    environment = {
        **os.environ,
        "KERAS_BACKEND": backend,
        "PYTHONPATH": os.pathsep.join(filter(None, path)),
    }
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    np.testing.assert_allclose(found, products_of_fixed_weights(), atol=1e-5)
