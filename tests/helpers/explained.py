"""A run whose models are sums over words, so that every explanation of them is known."""

import types

import numpy as np

from regard.runs.fitted_model import FittedModel, TokenWeights
from regard.runs.learner import Predictor
from regard.tasks import Binary
from regard.text import as_tokenizer, tokenize

STEPS = ["lower_case", "contractions"]
SPAM = Binary(("spam",), ("no", "yes"))


class WordCounts(Predictor, FittedModel):
    """A model whose log-odds are a sum over words; its attention, if any, follows their lengths.

    Args:
        words: the log-odds of each word.
        attends: whether it has attention.
        kind: "network": it has gradients; "linear": it has contributions; else neither.
        max_tokens: the longest text that it reads.
        columns: the text columns.
    """

    def __init__(self, words=(), *, attends=False, kind="", max_tokens=100, columns=("text",)):
        self.words = dict(words)
        self.attends = attends
        self.kind = kind
        self.max_tokens = max_tokens
        self.columns = columns
        self.frames = []

    def models(self):
        return iter([self] if self.kind else [])

    def inputs(self, rows):
        return []

    def tokens(self, frame, column, row=0):
        return tokenize(frame[column].iloc[row], STEPS)[: self.max_tokens]

    def by_token(self, rows):
        """The log-odds of each token, text by text and row by row."""
        return [
            [
                np.array(
                    [self.words.get(token, 0.0) for token in self.tokens(rows.frame, name, row)]
                )
                for row in range(len(rows))
            ]
            for name in self.columns
        ]

    def log_odds(self, rows):
        by_text = self.by_token(rows)
        return np.array([sum(text[row].sum() for text in by_text) for row in range(len(rows))])

    def outputs(self, rows):
        self.frames.append(rows.frame)
        return chance(self.log_odds(rows)).astype(np.float32)[:, None]

    predict = outputs

    def attention(self, rows):
        if not self.attends:
            return None
        found = []
        for column in self.columns:
            texts = [
                [len(token) for token in self.tokens(rows.frame, column, row)] or [1]
                for row in range(len(rows))
            ]
            longest = max(map(len, texts)) + 2
            padded = [[*text, *[0] * (longest - len(text))] for text in texts]
            found.append((np.array(padded) / np.sum(padded, 1, keepdims=True)).astype(np.float32))
        return found

    def outputs_along(self, rows, scales):
        if self.kind != "network":
            return None
        return chance(scales[:, None] * self.log_odds(rows)).astype(np.float32)[:, :, None]

    def word_gradients(self, rows, scales, slopes):
        along = chance(scales[:, None] * self.log_odds(rows))
        factors = (slopes[:, :, 0] * along * (1 - along)).sum(axis=0)
        texts = [
            [factor * of_row for factor, of_row in zip(factors, text, strict=True)]
            for text in self.by_token(rows)
        ]
        return TokenWeights(as_tokenizer(STEPS), texts)

    def contributions(self, rows, slopes):
        if self.kind != "linear":
            return None
        texts = [
            [slope * of_row for slope, of_row in zip(slopes[:, 0], text, strict=True)]
            for text in self.by_token(rows)
        ]
        return TokenWeights(as_tokenizer(STEPS), texts)


class BlendOf(Predictor):
    """The mean of models, by their shares."""

    def __init__(self, shares, models):
        self.shares = shares
        self.parts = models

    def outputs(self, rows):
        pairs = zip(self.shares, self.parts, strict=True)
        return sum(share * model.outputs(rows) for share, model in pairs)

    def attention(self, rows):
        return None

    def inputs(self, rows):
        return []

    def members(self):
        return [
            (share, run_of(model), model)
            for share, model in zip(self.shares, self.parts, strict=True)
        ]


def run_of(model, *, columns=("text",), others=(), texts="separate", task=SPAM, thresholds=None):
    """Return a run with one model, or with a blend."""
    return types.SimpleNamespace(
        joined=None,
        name="tiny-0123",
        config=types.SimpleNamespace(
            competition=types.SimpleNamespace(text_columns=list(columns), texts=texts),
        ),
        tokenizer=as_tokenizer(STEPS),
        input_columns=[*columns, *others],
        task=task,
        thresholds=thresholds,
        predictor=lambda models=None: model,
    )


def chance(log_odds):
    """Return the probability of log-odds."""
    return 1 / (1 + np.exp(-np.asarray(log_odds, np.float64)))
