"""Networks to export, random texts, and their predictions in both forms. Imports Keras."""

import keras
import numpy as np
import onnxruntime

from helpers.classifiers import build, network
from regard.network.attention_weights import AttentionModel, attention_weights
from regard.network.export.graph import GraphOptions
from regard.network.export.onnx_file import write_onnx

MAX_TOKENS = 12  # of the networks of `build`


def networks(*overrides, n=2, **options):
    """Build networks with random weights, biases too."""
    models = [build(network(*overrides), seed=seed, **options) for seed in range(n)]
    rng = np.random.default_rng(1)
    for model in models:
        weights = model.get_weights()
        model.set_weights([weight + 0.1 * rng.normal(size=weight.shape) for weight in weights])
    return models


def export(models, path, **options):
    """Export networks, and return a function from inputs to the outputs of the file by name."""
    write_onnx(models, GraphOptions(MAX_TOKENS, **options), path, notes={})
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return lambda inputs: dict(zip(names, session.run(names, inputs), strict=True))


def texts(*texts):
    """Return texts as padded token ids."""
    length = max(map(len, texts))
    return np.array([[*text, *[0] * (length - len(text))] for text in texts], np.int32)


def random_texts(rng, n_rows, length):
    """Return token ids of random lengths; the first text fills the batch."""
    lengths = rng.integers(1, length + 1, (n_rows, 1))
    lengths[0] = length
    token_ids = rng.integers(1, 20, (n_rows, length))
    return np.where(np.arange(length) < lengths, token_ids, 0).astype(np.int32)


def mean_prediction(models, inputs):
    """Return the mean prediction of Keras models, whose texts are cut as they were in training."""
    cut = {
        name: value[:, :MAX_TOKENS] if name.startswith("token_ids") else value
        for name, value in inputs.items()
    }
    # Not by predict_on_batch, which traces a network for each new shape.
    return np.mean([keras.ops.convert_to_numpy(model(cut)) for model in models], axis=0)


def mean_attention(models, inputs):
    """Return the mean attention weights of Keras models and their heads, for each text."""
    found = [attention_weights(AttentionModel(model), inputs) for model in models]
    return np.mean(found, axis=(0, 3))


def operators(path):
    """Return the set of operators in an ONNX file."""
    import onnx

    return {node.op_type for node in onnx.load(path).graph.node}


def in_precision(policy, function):
    """Call a function under a dtype policy of Keras."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        return function()
    finally:
        keras.config.set_dtype_policy(before)
