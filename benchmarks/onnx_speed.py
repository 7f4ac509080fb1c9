"""Compare the speed of one text: Keras and the ONNX file of the same networks.

    python benchmarks/onnx_speed.py
    python benchmarks/onnx_speed.py lstm_attention --folds 5

The networks have their usual size and random weights. A text is predicted by the mean of all folds,
by `predict_on_batch` of each network in this process and by onnxruntime. Both take turns, and the
table shows medians in milliseconds. Needs the extra `export`.
"""

import argparse
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["CUDA_VISIBLE_DEVICES"] = ""  # before TensorFlow is imported: see network.export
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
from settings import compose_settings

MODELS = ("lstm_attention", "bilstm_attention", "bigru_pool", "text_cnn", "dpcnn", "bag_of_vectors")
LENGTHS = (20, 200)
N_REPEATS = 31
VOCABULARY_SIZE = 20_000
EMBEDDING_DIM = 300


def measure(model: str, *, folds: int, lengths: tuple[int, ...] = LENGTHS) -> dict[str, Any]:
    """Return the size of a file, and milliseconds for a text of each length.

    Returns:
        `bytes`, `difference` (to Keras) and `texts`: by length, `keras` and `onnx`.
    """
    import onnxruntime

    from regard.network.export.graph import GraphOptions, joined_model
    from regard.network.export.onnx_file import largest_difference, write_onnx

    networks = build_networks(model, folds)
    options = GraphOptions(max_tokens=max(lengths))
    rng = np.random.default_rng(0)
    texts = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        write_onnx(networks, options, path, notes={})
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        for length in lengths:
            batch = {"token_ids": rng.integers(2, VOCABULARY_SIZE, (1, length)).astype(np.int32)}
            texts[length] = medians(
                keras=lambda batch=batch: [net.predict_on_batch(batch) for net in networks],
                onnx=lambda batch=batch: session.run(["probabilities"], batch),
            )
        difference = largest_difference(joined_model(networks, options), path)
        return {"bytes": path.stat().st_size, "difference": difference, "texts": texts}


def build_networks(model: str, folds: int) -> list[Any]:
    """Build the networks of some folds, whose word vectors differ if they are trained."""
    from regard.network.classifier import FoldInputs, build_model
    from regard.tasks import MultiClass

    config = compose_settings(f"model={model}")
    is_trained = config.model.trainable_embeddings
    size = (VOCABULARY_SIZE, EMBEDDING_DIM)
    task = MultiClass(tuple("abcde"))
    networks = []
    for seed in range(folds):
        matrix = np.random.default_rng(seed * is_trained).normal(size=size).astype(np.float32)
        networks.append(
            build_model(config.model, matrix, task, FoldInputs(), max_tokens=256, seed=seed)
        )
    return networks


def medians(**functions: Callable[[], Any]) -> dict[str, float]:
    """Return the median milliseconds of functions that take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for repeat in range(N_REPEATS + 2):
        for name, function in functions.items():
            started = time.perf_counter()
            function()
            if repeat > 1:  # the first calls trace and allocate
                seconds[name].append(time.perf_counter() - started)
    return {name: 1000 * statistics.median(values) for name, values in seconds.items()}


def main() -> None:
    """Measure networks, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", default=MODELS)
    parser.add_argument("--folds", type=int, default=5)
    options = parser.parse_args()
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    print("| network | tokens | Keras | ONNX | factor | file | largest difference |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for model in options.models:
        found = measure(model, folds=options.folds)
        for length, row in found["texts"].items():
            print(
                f"| `{model}` | {length} | {row['keras']:.1f} ms | {row['onnx']:.2f} ms "
                f"| {row['keras'] / row['onnx']:.1f} | {found['bytes'] / 1e6:.0f} MB "
                f"| {found['difference']:.0e} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
