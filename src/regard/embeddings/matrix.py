"""From vectors to the embedding matrix: what is found, what is missing, sources side by side."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from regard.config import EmbeddingsConfig
from regard.embeddings.lookup import look_up
from regard.embeddings.sources import VectorRequest, read_source
from regard.errors import DataError
from regard.seeds import derive_seed
from regard.text import UNK, RaggedTokens

logger = logging.getLogger(__name__)

_N_MISSING_SHOWN = 50


@dataclass(frozen=True)
class Coverage:
    """How much of the vocabulary a source knows; `<pad>` and `<unk>` do not count.

    Attributes:
        source: as `embeddings.sources` names it.
        embedding_dim: numbers in a vector.
        types: share of the distinct tokens.
        tokens: share of all tokens in the texts.
        found_by: tokens found at each step of the look-up ladder.
        missing: the most frequent tokens not found, with how often they are seen.
    """

    source: str
    embedding_dim: int
    types: float
    tokens: float
    found_by: dict[str, int]
    missing: list[tuple[str, int]]


def build_embedding_matrix(
    vocabulary: Sequence[str],
    counts: np.ndarray,
    tokens: RaggedTokens,
    config: EmbeddingsConfig,
    *,
    seed: int,
) -> tuple[np.ndarray, list[Coverage]]:
    """Give every token of the vocabulary a vector from each source, side by side or averaged.

    A token is looked up by each step of `config.lookup`, the first that finds it counts. The others
    get random numbers of the found vectors' mean and standard deviation, drawn from the seed, the
    source and the token, so that they do not depend on the rest of the vocabulary. `<unk>` is one
    of these, unless own vectors are trained on it.

    The average of several sources is as wide as the widest: each vector is scaled to length one and
    ended by zeros, and a token's vector is the mean of those from the sources that know it, or of
    the random ones if none does.

    Args:
        vocabulary: tokens by id, `<pad>` and `<unk>` first.
        counts: `(vocabulary_size,)` how often each is seen.
        tokens: the texts that own vectors are trained on.
        config: sources, ladder, settings of own vectors.
        seed: of own vectors and of the random numbers.

    Returns:
        `(vocabulary_size, embedding_dim)` float32, row i the vector of token i and row 0 zeros, and
        the coverage of each source.

    Raises:
        ConfigError: there is no such source.
        DataError: a file is broken, or has none of the tokens.

    Reference:
        Coates, Bollegala: Frustratingly Easy Meta-Embedding - Computing Meta-Embeddings by
        Averaging Source Word Embeddings, 2018.
    """
    matrices, known, coverages = [], [], list[Coverage]()
    request = VectorRequest(vocabulary, tokens, config, seed)
    for source in config.sources:
        vectors = read_source(source, request)
        found, steps = look_up(vocabulary, counts, vectors, config.lookup)
        if not any(steps.values()):
            raise DataError(
                f"{source} has a vector for none of {len(vocabulary) - 2} tokens; is it of this language?"
            )
        coverage = _coverage(source, vocabulary, counts, found, steps)
        logger.info(
            "%s: %d-d, knows %.1f %% of %s distinct tokens, %.1f %% of all; missing most often: %s",
            source,
            coverage.embedding_dim,
            100 * coverage.types,
            f"{len(vocabulary) - 2:,}",
            100 * coverage.tokens,
            " ".join(token for token, _ in coverage.missing[:10]) or "none",
        )
        matrices.append(_fill(vocabulary, found, seed=derive_seed(seed, "missing", source)))
        known.append(np.isin(np.arange(len(vocabulary)), list(found)))
        coverages.append(coverage)
    if config.combination == "average" and len(matrices) > 1:
        return _average(matrices, np.stack(known)), coverages
    return np.concatenate(matrices, axis=1), coverages


def _average(matrices: Sequence[np.ndarray], known: np.ndarray) -> np.ndarray:
    """The mean of each token's vectors at length one, shorter ones ended by zeros, from the sources that know it."""
    known = known | ~known.any(axis=0)
    total = np.zeros((len(matrices[0]), max(matrix.shape[1] for matrix in matrices)), np.float32)
    for matrix, is_known in zip(matrices, known, strict=True):
        lengths = np.linalg.norm(matrix, axis=1)
        weights = is_known / np.where(lengths > 0, lengths, 1) / known.sum(axis=0)
        total[:, : matrix.shape[1]] += weights[:, None].astype(np.float32) * matrix
    return total


def _fill(vocabulary: Sequence[str], found: dict[int, np.ndarray], *, seed: int) -> np.ndarray:
    """`(vocabulary_size, embedding_dim)`: found vectors, random ones for the rest, zeros for `<pad>`."""
    known = np.stack(list(found.values()))
    mean, deviation = known.mean(axis=0), known.std(axis=0)
    matrix = np.zeros((len(vocabulary), known.shape[1]), np.float32)
    matrix[list(found)] = known
    missing = [token_id for token_id in range(UNK, len(vocabulary)) if token_id not in found]
    numbers = _normal_numbers(
        [vocabulary[token_id] for token_id in missing], known.shape[1], seed=seed
    )
    matrix[missing] = mean + deviation * numbers
    return matrix


def _normal_numbers(tokens: Sequence[str], n_numbers: int, *, seed: int) -> np.ndarray:
    """`(tokens, n_numbers)` float32, each row from a hash of its token: a generator for each takes far longer."""
    n_pairs = (n_numbers + 1) // 2
    hashes = (
        hashlib.shake_128(f"{seed}/{token}".encode(errors="surrogatepass")) for token in tokens
    )
    content = b"".join(digest.digest(8 * n_pairs) for digest in hashes)
    # From 0 to 1, both left out. Two even numbers make two normal ones (Box and Muller 1958).
    even = (
        np.frombuffer(content, "<u4").reshape(len(tokens), 2, n_pairs).astype(np.float32) + 0.5
    ) / 2**32
    radius, angle = np.sqrt(-2 * np.log(even[:, 0])), 2 * np.pi * even[:, 1]
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)], axis=1)[:, :n_numbers]


def _coverage(
    source: str,
    vocabulary: Sequence[str],
    counts: np.ndarray,
    found: dict[int, np.ndarray],
    steps: dict[str, int],
) -> Coverage:
    token_ids = np.arange(UNK + 1, len(vocabulary))
    is_found = np.isin(token_ids, list(found))
    seen = counts[token_ids]
    missing = token_ids[~is_found][np.argsort(-seen[~is_found], kind="stable")][:_N_MISSING_SHOWN]
    return Coverage(
        source=source,
        embedding_dim=len(next(iter(found.values()))),
        types=float(is_found.mean()) if len(token_ids) else 0.0,
        tokens=float(seen[is_found].sum() / max(seen.sum(), 1)),
        found_by=steps,
        missing=[(vocabulary[token_id], int(counts[token_id])) for token_id in missing],
    )
