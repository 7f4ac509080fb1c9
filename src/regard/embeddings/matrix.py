"""The embedding matrix: vectors from one or more sources, and their coverage of the vocabulary."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from regard.artefacts.seeds import derive_seed
from regard.embeddings.lookup import Found, look_up
from regard.embeddings.sources import VectorRequest, read_source
from regard.errors import DataError
from regard.text import UNK, RaggedTokens

if TYPE_CHECKING:
    from regard.config import EmbeddingsConfig

_log = logging.getLogger(__name__)

_N_MISSING_SHOWN = 50
# The source of own vectors, which also knows rare forms of a word, by their parts.
OWN = "fasttext"
_HARDLY_ANY = 0.1  # of the words; vectors that know fewer are left out


@dataclass(frozen=True)
class Coverage:
    """The coverage of the vocabulary by a source, without `<pad>` and `<unk>`.

    Attributes:
        source: the source's name in `embeddings.sources`.
        embedding_dim: numbers in a vector.
        types: share of distinct tokens that have a vector.
        tokens: share of all tokens in the texts that have a vector.
        found_by: number of tokens found by each look-up step.
        missing: the most frequent tokens without a vector, and their counts.
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
    progress: Callable[[float, float, str], None] = lambda done, total, text: None,
) -> tuple[np.ndarray, list[Coverage]]:
    """Build the embedding matrix of a vocabulary by concatenating or averaging its sources.

    Each token takes the vector of the first step of `config.lookup` that finds it. A missing token
    takes random numbers with the mean and standard deviation of the found vectors. They are drawn
    from the seed, the source and the token, so that they do not depend on the rest of the
    vocabulary. `<unk>` counts as missing, unless the source was trained on it.

    An average is as wide as the widest source: each vector is scaled to length one and padded with
    zeros, and a token's vector is the mean over the sources that have the token, or over the
    random vectors if none has it.

    Vectors of a package are English. If they know few of the words, fastText vectors of the texts
    come next to them, or instead of them, see `embeddings.min_coverage`.

    Args:
        vocabulary: tokens by id, starting with `<pad>` and `<unk>`.
        counts: `(vocabulary_size,)` number of occurrences of each token.
        tokens: the texts for vectors that are trained here.
        config: sources, look-up steps and settings of trained vectors.
        seed: seed of trained vectors and of random numbers.
        progress: called with the sources that are done, in fractions, the number of all, and a
            text.

    Returns:
        `(vocabulary_size, embedding_dim)` float32, in which row i is the vector of token i and
        row 0 is zeros; and the coverage of each source.

    Raises:
        ConfigError: a source is unknown.
        DataError: a file is missing or damaged, or has none of the tokens.

    Reference:
        Coates, Bollegala: Frustratingly Easy Meta-Embedding - Computing Meta-Embeddings by
        Averaging Source Word Embeddings, 2018.
    """
    matrices = []
    known = []
    coverages: list[Coverage] = []
    sources = list(config.sources)
    reporter = _Reporter(progress, sources)
    request = VectorRequest(vocabulary, tokens, config, seed, reporter)
    for reporter.number, source in enumerate(sources):
        vectors = read_source(source, request)
        found, found_by = look_up(vocabulary, counts, vectors, config.lookup)
        words = share_of_words(vocabulary, counts, found)
        if is_english(source) and words < config.min_coverage:
            # The loop goes on to the source that is added.
            sources += [] if OWN in sources else [OWN]
            _log_own(source, words, config.min_coverage)
            if words < _HARDLY_ANY:
                continue
        if not any(found_by.values()):
            raise DataError(
                f"{source} has a vector for none of {len(vocabulary) - 2} tokens; check that it "
                "covers the language of the texts"
            )
        coverage = _coverage(source, vocabulary, counts, found, found_by)
        _log_coverage(coverage, len(vocabulary) - 2)
        matrices.append(_fill(vocabulary, found, seed=derive_seed(seed, "missing", source)))
        known.append(np.isin(np.arange(len(vocabulary)), list(found)))
        coverages.append(coverage)
    if config.combination == "average" and len(matrices) > 1:
        return _average(matrices, np.stack(known)), coverages
    return np.concatenate(matrices, axis=1), coverages


def share_of_words(vocabulary: Sequence[str], counts: np.ndarray, found: Found) -> float:
    """Return the share of the words of the texts that have a vector.

    Numbers and punctuation do not count: every source has them, whatever its language.

    Example:
        vocabulary ["<pad>", "<unk>", "sea", "Meer", "."], counts [0, 0, 1, 3, 9], found {2, 4}
        -> 0.25
    """
    words = [
        token_id
        for token_id in range(UNK + 1, len(vocabulary))
        if any(map(str.isalpha, vocabulary[token_id]))
    ]
    n_found = sum(int(counts[token_id]) for token_id in words if token_id in found)
    return n_found / max(int(counts[words].sum()), 1) if words else 1.0


def is_english(source: str) -> bool:
    """Return whether the vectors of a source are of English words."""
    return source.startswith("package:")


def _log_own(source: str, words: float, least: float) -> None:
    place = "instead of" if words < _HARDLY_ANY else "next to"
    _log.warning(
        "%s is English and knows %.0f %% of the words, so fastText vectors of the texts come %s it "
        "(embeddings.min_coverage=%g)",
        source,
        100 * words,
        place,
        least,
    )


class _Reporter:
    """Report the share of one source that is done as a share of all sources.

    Args:
        progress: see `build_embedding_matrix`.
        sources: the names of all sources.
    """

    def __init__(
        self, progress: Callable[[float, float, str], None], sources: Sequence[str]
    ) -> None:
        self._progress = progress
        self._sources = sources
        self.number = 0

    def __call__(self, share: float, text: str) -> None:
        shown = f"{self._sources[self.number]}  {text}".strip()
        self._progress(self.number + share, len(self._sources), shown)


def _average(matrices: Sequence[np.ndarray], known: np.ndarray) -> np.ndarray:
    """Average each token's vectors, scaled to length one, over the sources that have the token.

    Args:
        matrices: one for each source, `(vocabulary_size, embedding_dim of the source)`.
        known: `(n_sources, vocabulary_size)` bool.
    """
    # A token that no source has is averaged over the random vectors of all sources.
    known = known | ~known.any(axis=0)
    embedding_dim = max(matrix.shape[1] for matrix in matrices)
    total = np.zeros((len(matrices[0]), embedding_dim), np.float32)
    # A source that has the token contributes vector / length / number of sources that have it:
    # [3, 4] and [0, 0, 9] -> [0.6, 0.8, 0] / 2 + [0, 0, 1] / 2 = [0.3, 0.4, 0.5].
    for matrix, is_known in zip(matrices, known, strict=True):
        lengths = np.linalg.norm(matrix, axis=1)
        weights = is_known / np.where(lengths > 0, lengths, 1) / known.sum(axis=0)
        total[:, : matrix.shape[1]] += weights[:, None].astype(np.float32) * matrix
    return total


def _fill(vocabulary: Sequence[str], found: dict[int, np.ndarray], *, seed: int) -> np.ndarray:
    """Return a matrix of found vectors, random vectors for missing tokens and zeros for `<pad>`.

    Its shape is `(vocabulary_size, embedding_dim)`.
    """
    known = np.stack(list(found.values()))
    mean = known.mean(axis=0)
    std = known.std(axis=0)
    # Random vectors on the scale of the source are a better start for training than zeros.
    matrix = np.zeros((len(vocabulary), known.shape[1]), np.float32)
    matrix[list(found)] = known
    missing = [token_id for token_id in range(UNK, len(vocabulary)) if token_id not in found]
    numbers = _normal_numbers(
        [vocabulary[token_id] for token_id in missing], known.shape[1], seed=seed
    )
    matrix[missing] = mean + std * numbers
    return matrix


def _normal_numbers(tokens: Sequence[str], n_numbers: int, *, seed: int) -> np.ndarray:
    """Draw standard normal numbers, each row from a hash of its token.

    A hash is much faster than a random generator for each token.

    Returns:
        `(n_tokens, n_numbers)` float32.
    """
    n_pairs = (n_numbers + 1) // 2
    hashes = (
        hashlib.shake_128(f"{seed}/{token}".encode(errors="surrogatepass")) for token in tokens
    )
    content = b"".join(digest.digest(8 * n_pairs) for digest in hashes)
    # Each token has n_pairs integers u, followed by n_pairs integers v.
    # Adding 0.5 keeps the uniform numbers above 0, where the logarithm is finite. The transform of
    # Box and Muller (1958) turns two uniform numbers into two normal ones.
    integers = np.frombuffer(content, "<u4").reshape(len(tokens), 2, n_pairs)
    uniform = (integers.astype(np.float32) + 0.5) / 2**32
    radius = np.sqrt(-2 * np.log(uniform[:, 0]))
    angle = 2 * np.pi * uniform[:, 1]
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)], axis=1)[:, :n_numbers]


def _coverage(
    source: str,
    vocabulary: Sequence[str],
    counts: np.ndarray,
    found: dict[int, np.ndarray],
    found_by: dict[str, int],
) -> Coverage:
    """Compute the coverage of a source from the vectors that were found."""
    token_ids = np.arange(UNK + 1, len(vocabulary))
    is_found = np.isin(token_ids, list(found))
    token_counts = counts[token_ids]
    by_count = np.argsort(-token_counts[~is_found], kind="stable")
    missing = token_ids[~is_found][by_count][:_N_MISSING_SHOWN]
    return Coverage(
        source=source,
        embedding_dim=len(next(iter(found.values()))),
        types=float(is_found.mean()) if len(token_ids) else 0.0,
        tokens=float(token_counts[is_found].sum() / max(token_counts.sum(), 1)),
        found_by=found_by,
        missing=[(vocabulary[token_id], int(counts[token_id])) for token_id in missing],
    )


def _log_coverage(coverage: Coverage, n_types: int) -> None:
    _log.info(
        "%s: %d-d, covers %.1f %% of %s distinct tokens and %.1f %% of all tokens; "
        "most frequent missing tokens: %s",
        coverage.source,
        coverage.embedding_dim,
        100 * coverage.types,
        f"{n_types:,}",
        100 * coverage.tokens,
        " ".join(token for token, _ in coverage.missing[:10]) or "none",
    )
