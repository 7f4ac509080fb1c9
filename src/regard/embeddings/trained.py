"""Word vectors that gensim trains on the texts of the competition."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from regard.embeddings.vectors import Progress, Vectors
from regard.errors import DataError
from regard.text import RaggedTokens

if TYPE_CHECKING:
    from regard.config import TrainedVectorsConfig

_LONGEST_SENTENCE = 10_000  # gensim silently cuts off longer sentences
# Buckets for fastText's character n-grams. gensim's default of 2,000,000 takes gigabytes of memory
# for any vocabulary.
_N_BUCKETS = 100_000


def train_vectors(
    kind: str,
    vocabulary: Sequence[str],
    tokens: RaggedTokens,
    config: TrainedVectorsConfig,
    *,
    seed: int,
    progress: Progress = lambda share, text: None,
) -> Vectors:
    """Train word2vec or fastText vectors.

    Training runs in one thread, so that the same texts and seed give the same vectors, bit by bit.

    Args:
        kind: "word2vec" or "fasttext".
        vocabulary: tokens by id.
        tokens: the texts.
        config: gensim's settings.
        seed: seed of the initial vectors and of the sampling.
        progress: called with the share of the epochs that are done.

    Returns:
        Vectors of the tokens that occur at least `config.min_count` times. fastText gives a vector
        to every token of the vocabulary, from its character n-grams.

    Raises:
        DataError: no token occurs often enough.
    """
    from gensim.models import FastText, Word2Vec

    # At INFO, gensim logs its progress every second.
    logging.getLogger("gensim").setLevel(logging.WARNING)
    model_type = {"word2vec": Word2Vec, "fasttext": FastText}[kind]
    sentences = _Sentences(vocabulary, tokens)
    try:
        model = model_type(
            sentences,
            vector_size=config.embedding_dim,
            window=config.window,
            min_count=config.min_count,
            epochs=config.epochs,
            negative=config.negative,
            sg=int(config.skip_gram),
            workers=1,
            seed=seed,
            callbacks=[_reporter(config.epochs, progress)],
            **({"bucket": _N_BUCKETS} if kind == "fasttext" else {}),
        )
    except RuntimeError as error:
        raise DataError(
            f"{kind}: no token occurs {config.min_count} times in the texts; lower "
            f"embeddings.{kind}.min_count"
        ) from error
    known = (
        vocabulary if kind == "fasttext" else [token for token in vocabulary if token in model.wv]
    )
    return {token: np.asarray(model.wv[token], np.float32) for token in known}


def _reporter(n_epochs: int, progress: Progress) -> Any:
    """Return a callback of gensim that reports the end of each epoch."""
    from gensim.models.callbacks import CallbackAny2Vec

    class Reporter(CallbackAny2Vec):  # type: ignore[misc]  # gensim has no types
        n_done = 0

        def on_epoch_end(self, model: Any) -> None:
            self.n_done += 1
            progress(self.n_done / n_epochs, f"epoch {self.n_done} of {n_epochs}")

    return Reporter()


class _Sentences:
    """Texts as lists of tokens; a class, because gensim iterates over them several times."""

    def __init__(self, vocabulary: Sequence[str], tokens: RaggedTokens) -> None:
        self._vocabulary = np.array(vocabulary, dtype=object)
        self._tokens = tokens

    def __iter__(self) -> Iterator[list[str]]:
        for row in range(len(self._tokens)):
            text = self._vocabulary[self._tokens[row]].tolist()
            for start in range(0, len(text), _LONGEST_SENTENCE):
                yield text[start : start + _LONGEST_SENTENCE]
