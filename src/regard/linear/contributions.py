"""The part of each token in the logits of a linear model.

A logit is an intercept and a sum over features. The part of an n-gram is shared evenly by its
occurrences in the text, and then by their tokens; that of an n-gram of characters by its
characters, which belong to tokens. Nothing is lost: the parts of all tokens sum to the logit less
the intercept, and less the parts of numbers and categories.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from regard.linear.model import LinearInputs, LinearModel, ngram_features
from regard.linear.ngrams import CHARACTERS, Matrix
from regard.text import Tokenizer
from regard.text.cleaning import STEPS

# An n-gram, and the share of each token that it covers.
Occurrence = tuple[str, list[tuple[int, float]]]

_CHUNKS = re.compile(r"\S+")


def without_token_steps(tokenizer: Tokenizer) -> Tokenizer:
    """Return a tokenizer that keeps stop words, which n-grams of characters read."""
    return tokenizer.with_steps(
        [step for step in tokenizer.steps if not STEPS[step].works_on_tokens]
    )


def token_contributions(
    model: LinearModel,
    inputs: LinearInputs,
    columns: Sequence[Sequence[str]],
    tokenizer: Tokenizer,
    slopes: np.ndarray,
) -> list[list[np.ndarray]]:
    """Return the part of each token in `sum(slopes * logits)`.

    Args:
        model: the model.
        inputs: of the rows.
        columns: the texts of the rows, column by column.
        tokenizer: that of the n-grams.
        slopes: `(rows, n_outputs)`.

    Returns:
        For each column, for each row, `(tokens,)` float64: the tokens of `without_token_steps`.

    Example:
        text "a sea", coefficients {"sea": 2, "a sea": 1} -> [0.5, 2.5]
    """
    plain = without_token_steps(tokenizer)
    found = [[np.zeros(len(plain.tokenize(text))) for text in texts] for texts in columns]
    n_texts = len(inputs.ngrams[0].counts)
    n_kinds = len(inputs.ngrams) * n_texts // len(columns)
    first = 0  # of the coefficients
    for index, counts in enumerate(ngram_features(model, inputs, np.arange(len(inputs)))):
        terms = model.indices[index]
        n_blocks = 1 if n_texts == 1 else 3
        coefficients = model.coefficients[first : first + n_blocks * len(terms)].astype(np.float64)
        first += n_blocks * len(terms)
        analyse = occurrences_of_characters if index % n_kinds else occurrences_of_words
        columns_read = range(2) if n_texts == 2 else [index // n_kinds]
        for row, of_row in enumerate(slopes):
            weights = coefficients @ of_row
            parts = _parts(counts, row, weights.reshape(n_blocks, -1), inputs.symmetric)
            for column, part in zip(columns_read, parts, strict=True):
                occurrences = list(analyse(columns[column][row], tokenizer))
                _spread(part, occurrences, terms, found[column][row])
    return found


def _parts(
    counts: Sequence[Matrix], row: int, weights: np.ndarray, symmetric: bool
) -> list[dict[int, float]]:
    """Return the part of each n-gram of a row, text by text.

    Args:
        counts: the weighted n-grams of one text, or of the two texts of a pair.
        row: the row.
        weights: `(blocks, n-grams)`, of the blocks of features that `features_of` makes.
        symmetric: whether the blocks are those of a pair whose order means nothing.
    """
    rows = [_cells(matrix, row) for matrix in counts]
    if len(rows) == 1:
        return [{term: value * weights[0, term] for term, value in rows[0].items()}]
    parts: list[dict[int, float]] = []
    for text, (own, other) in enumerate([(rows[0], rows[1]), (rows[1], rows[0])]):
        part = {}
        for term, value in own.items():
            beside = other.get(term, 0.0)
            # A difference belongs to both texts, in the proportion of their values.
            difference = abs(value - beside) * value / (value + beside)
            if symmetric:
                features = [value, difference, value * beside / 2]
            else:
                features = [value * (text == 0), value * (text == 1), difference]
            part[term] = float(np.dot(features, weights[:, term]))
        parts.append(part)
    return parts


def _cells(matrix: Matrix, row: int) -> dict[int, float]:
    """Return the values of a row that are not zero, by column."""
    start, end = matrix.indptr[row], matrix.indptr[row + 1]
    cells = zip(matrix.indices[start:end], matrix.data[start:end], strict=True)
    return {int(column): float(value) for column, value in cells if value}


def _spread(
    part: dict[int, float],
    occurrences: Sequence[Occurrence],
    terms: dict[str, int],
    weights: np.ndarray,
) -> None:
    """Add the parts of n-grams to the weights of the tokens that they cover."""
    counts = Counter(term for term, _ in occurrences)
    for term, shares in occurrences:
        value = part.get(terms.get(term, -1), 0.0) / counts[term]
        for token, share in shares:
            weights[token] += value * share


def occurrences_of_words(text: str, tokenizer: Tokenizer) -> Iterator[Occurrence]:
    """Yield the n-grams of `ngrams.count_ngrams` over words, with the tokens that they cover.

    Example:
        "a sea" -> ("a", [(0, 1.0)]), ("sea", [(1, 1.0)]), (" a", [(0, 1.0)]),
        ("a sea", [(0, 0.5), (1, 0.5)]), ("sea ", [(1, 1.0)])
    """
    cleaned = map(tokenizer.clean_token, without_token_steps(tokenizer).tokenize(text))
    tokens = [(index, token) for index, token in enumerate(cleaned) if token]
    for index, token in tokens:
        yield token, [(index, 1.0)]
    for before, after in zip([None, *tokens], [*tokens, None], strict=True):
        pair = [word for word in (before, after) if word is not None]
        name = " ".join(word[1] if word is not None else "" for word in (before, after))
        yield name, [(index, 1.0 / len(pair)) for index, _ in pair]


def occurrences_of_characters(text: str, tokenizer: Tokenizer) -> Iterator[Occurrence]:
    """Yield the n-grams of `ngrams.count_ngrams` over characters, with the tokens they cover.

    They are those of scikit-learn's analyzer `char_wb`: within words, which have a space around.
    """
    cleaned = tokenizer.clean(text)
    owners = _owners(cleaned, without_token_steps(tokenizer).split(cleaned))
    least, most = CHARACTERS
    for chunk in _CHUNKS.finditer(cleaned):
        padded = f" {chunk.group()} "
        for length in range(least, most + 1):
            starts = range(max(1, len(padded) - length + 1))
            for start in starts:
                # The first character of the padded word is the space before the chunk.
                low = chunk.start() + max(0, start - 1)
                high = min(chunk.start() + start + length - 1, chunk.end())
                yield padded[start : start + length], _shares(owners[low:high])
            if len(starts) == 1:  # a short word is counted once
                break


def _owners(cleaned: str, tokens: Sequence[str]) -> list[int]:
    """Return the token of each character; one between tokens belongs to the token before it.

    Example:
        "ab, c" of the tokens "ab", ",", "c" -> [0, 0, 1, 1, 2]
    """
    starts = []
    end = 0
    for token in tokens:
        start = max(cleaned.find(token, end), end)
        starts.append(start)
        end = start + len(token)
    owners = np.searchsorted(starts, np.arange(len(cleaned)), side="right") - 1
    # Characters before the first token belong to it.
    return np.maximum(owners, 0).tolist() if tokens else []


def _shares(owners: list[int]) -> list[tuple[int, float]]:
    """Return the share of each token in some characters, which belong to these tokens."""
    if not owners or owners[0] == owners[-1]:  # most n-grams are within a token
        return [(token, 1.0) for token in owners[:1]]
    return [(token, count / len(owners)) for token, count in Counter(owners).items()]
