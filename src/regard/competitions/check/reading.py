"""How the texts will be read: language, tokens, unknown words, and what is cut off."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from regard.data.cutting import choose_cut, count_lost, cut_advice, cut_line, resolved
from regard.data.preprocessor import fit_to_frames
from regard.data.tables import each_text, sample_texts
from regard.embeddings.lookup import look_up
from regard.embeddings.matrix import is_english, share_of_words
from regard.embeddings.sources import VectorRequest, read_source
from regard.text import build_vocabulary, index_texts, known_tokens, to_vocabulary, token_counts
from regard.text.languages import LANGUAGES, language_name
from regard.text.segmenting import WORDS, has_unspaced

if TYPE_CHECKING:
    import pandas as pd

    from regard.config import Config
    from regard.data.tables import Tables
    from regard.text import IndexedTexts, Tokenizer

_MANY_UNKNOWN = 0.1  # of the words of test


@dataclass(frozen=True)
class Reading:
    """How the texts will be read.

    Attributes:
        tokenizer: of all texts.
        unknown: the share of the tokens of test that train lacks; None without test rows.
        in_vectors: the share of the words that each source of English vectors knows.
        cut: a sentence on the tokens that networks do not read, or "".
        advice: sentences on settings that may read more.
    """

    tokenizer: Tokenizer
    unknown: float | None
    in_vectors: dict[str, float]
    cut: str
    advice: tuple[str, ...]


def inspect_reading(tables: Tables, config: Config) -> Reading:
    """Find out how the texts of a competition will be read.

    Raises:
        ConfigError: a step does not know the language, or a package of the tokenizer is missing.
        DataError: the package of a source of vectors is not installed.
    """
    competition = config.competition
    frames = [tables.train, tables.test]
    tokenizer = fit_to_frames(frames, competition, config.text)
    texts = itertools.chain.from_iterable(each_text(frame, competition) for frame in frames)
    indexed = index_texts(texts, tokenizer)
    n_train = competition.n_texts * len(tables.train)
    unknown = _unknown_share(indexed, n_train)
    reads_vectors = any(model.reads_word_vectors for model in config.models().values())
    in_vectors = _shares_in_vectors(indexed, config) if reads_vectors else {}
    lengths = indexed.ragged.lengths[:n_train]
    batches = resolved(config.batches, choose_cut(lengths))
    lost = count_lost(lengths, batches.max_tokens)
    cut = cut_line(lost, batches) if reads_vectors else ""
    advice = [
        cut_advice(lost, lengths, batches) if cut else "",
        *_advice_on_words(tokenizer, unknown, in_vectors, config),
        _advice_on_tokenizer(tokenizer, frames, config),
    ]
    return Reading(tokenizer, unknown, in_vectors, cut, tuple(filter(None, advice)))


def reading_lines(reading: Reading) -> list[str]:
    """Return the findings as lines, followed by the advice."""
    tokenizer = reading.tokenizer
    lines = [f"language: {language_name(tokenizer.language)}; tokens: {tokenizer.segmenter}"]
    if reading.unknown is not None:
        lines.append(f"unknown: {reading.unknown:.1%} of the tokens of test are not in train")
    lines += [
        f"vectors: {source} knows {share:.1%} of the words"
        for source, share in reading.in_vectors.items()
    ]
    if reading.cut:
        lines.append(f"cut: {reading.cut}")
    return [*lines, *(f"advice: {sentence}" for sentence in reading.advice)]


def _unknown_share(indexed: IndexedTexts, n_train: int) -> float | None:
    """Return the share of the tokens of test that train lacks."""
    first = indexed.ragged.offsets[n_train]
    in_train = np.zeros(len(indexed.tokens), bool)
    in_train[indexed.ragged.token_ids[:first]] = True
    of_test = indexed.ragged.token_ids[first:]
    return float(1 - in_train[of_test].mean()) if len(of_test) else None


def _shares_in_vectors(indexed: IndexedTexts, config: Config) -> dict[str, float]:
    """Return the share of the words that each source of English vectors knows."""
    settings = config.text
    vocabulary = build_vocabulary(
        indexed.tokens,
        token_counts(indexed),
        max_size=settings.vocabulary_size,
        min_count=settings.min_count,
    )
    tokens = to_vocabulary(indexed, known_tokens(vocabulary))
    counts = np.bincount(tokens.token_ids, minlength=len(vocabulary))
    request = VectorRequest(vocabulary, tokens, config.embeddings, config.seed)
    shares = {}
    for source in filter(is_english, config.embeddings.sources):
        vectors = read_source(source, request)
        found, _ = look_up(vocabulary, counts, vectors, config.embeddings.lookup)
        shares[source] = share_of_words(vocabulary, counts, found)
    return shares


def _advice_on_words(
    tokenizer: Tokenizer, unknown: float | None, in_vectors: dict[str, float], config: Config
) -> list[str]:
    """Return sentences on words that train or the vectors lack."""
    advice = []
    least = config.embeddings.min_coverage
    if any(share < least for share in in_vectors.values()):
        advice.append(
            "fastText vectors of the texts are trained, as the vectors know few of the words "
            f"(embeddings.min_coverage={least:g}); a file of vectors of "
            f"{language_name(tokenizer.language)} is read by embeddings.sources=[file:<path>]"
        )
    known = LANGUAGES.get(tokenizer.language)
    has_stemmer = known is not None and bool(known.stemmer) and tokenizer.segmenter == WORDS
    if unknown is not None and unknown > _MANY_UNKNOWN:
        if has_stemmer and "stemming" not in tokenizer.steps:
            steps = ",".join([*tokenizer.steps, "stemming"])
            advice.append(f"words in many forms share a stem with text.cleaning=[{steps}]")
        if not in_vectors or all(share >= least for share in in_vectors.values()):
            advice.append("embeddings=glove_and_fasttext has vectors also for words that are rare")
    return advice


def _advice_on_tokenizer(
    tokenizer: Tokenizer, frames: Sequence[pd.DataFrame], config: Config
) -> str:
    """Return a sentence if a script without spaces is read as words."""
    texts = sample_texts(frames, config.competition)
    if tokenizer.segmenter != WORDS or not has_unspaced(texts):
        return ""
    return (
        "the texts have a script without spaces, of which a whole sentence is one token by "
        "text.tokenizer=words; set text.tokenizer=auto"
    )
