"""The stage "embed": a vector for every token of the vocabulary."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from regard.artefacts import write_json
from regard.artefacts.seeds import derive_seed
from regard.data.inputs import joined_texts
from regard.embeddings import build_embedding_matrix, source_paths
from regard.parallel.display import update
from regard.text import concatenate

if TYPE_CHECKING:
    from regard.config import Config
    from regard.data.inputs import Inputs
    from regard.runs.run import Run
    from regard.text import RaggedTokens


def vector_files(config: Config) -> list[Path]:
    """Return the files that word vectors are read from.

    Raises:
        ConfigError: a package of vectors is not installed.
        DataError: a file does not exist.
    """
    return source_paths(config.embeddings)


def make_embeddings(run: Run, folder: Path) -> None:
    """Write `embedding_matrix.npy` and the coverage of each source of vectors."""
    tokens = _training_texts(run)
    # How often a token occurs decides which missing vectors the log shows.
    counts = np.bincount(tokens.token_ids, minlength=len(run.vocabulary))
    seed = derive_seed(run.config.seed, "embeddings")
    matrix, coverage = build_embedding_matrix(
        run.vocabulary, counts, tokens, run.config.embeddings, seed=seed, progress=update
    )
    np.save(folder / "embedding_matrix.npy", matrix)
    write_json(folder / "coverage.json", [dataclasses.asdict(source) for source in coverage])


def _training_texts(run: Run) -> RaggedTokens:
    """Return the texts that own vectors are trained on: all of them, or those of train.

    The two texts of a symmetric pair come in an order that depends on nothing but themselves.
    """
    parts = [run.train_inputs]
    if run.config.text.use_test and run.config.competition.has_test:
        parts.append(run.test_inputs)
    if run.config.competition.in_any_order:
        return functools.reduce(concatenate, map(_in_own_order, parts))
    return functools.reduce(concatenate, map(joined_texts, parts))


def _in_own_order(pairs: Inputs) -> RaggedTokens:
    """Return all first texts, then all second ones, each pair in the order of its token ids."""
    first, second = pairs.texts
    rows = np.arange(len(first))
    swapped = np.array([second[row].tobytes() < first[row].tobytes() for row in range(len(rows))])
    order = np.concatenate([rows + swapped * len(first), rows + ~swapped * len(first)])
    return joined_texts(pairs).take(order)
