"""The tokenizer of a run: cleaning steps, the language, and the way to part runs of letters."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from regard.text.cleaning import TOKENS, clean, clean_token
from regard.text.languages import AUTO, ENGLISH, detect_language
from regard.text.segmenting import (
    SEGMENTERS,
    UNIGRAM,
    UNSPACED,
    WORDS,
    Split,
    has_unspaced,
    runs_of,
    split_token,
)


@dataclass(frozen=True)
class Tokenizer:
    """How texts become tokens, with every choice made.

    Attributes:
        steps: the cleaning steps, `text.cleaning`.
        language: the code of the language, which some steps read.
        segmenter: a name in `SEGMENTERS`.
        state: what the segmenter has learnt from the texts.
    """

    steps: tuple[str, ...]
    language: str = ENGLISH
    segmenter: str = WORDS
    state: str = ""

    def clean(self, text: str) -> str:
        """Apply the steps that work on whole texts."""
        return clean(text, self.steps, self.language)

    def clean_token(self, token: str) -> str:
        """Apply the steps that work on tokens; return "" for a dropped token."""
        return clean_token(token, self.steps, self.language)

    def tokenize(self, text: str) -> list[str]:
        """Clean a text and split it into tokens."""
        tokens = map(self.clean_token, self.split(self.clean(text)))
        return [token for token in tokens if token]

    def split(self, text: str) -> list[str]:
        """Split a text that is clean into tokens.

        Example:
            the segmenter characters: "我用iPhone。" -> "我", "用", "iPhone", "。"
        """
        tokens = TOKENS.findall(text)
        if self.segmenter == WORDS or text.isascii() or not UNSPACED.search(text):
            return tokens
        parts: list[str] = []
        for token in tokens:
            parts += split_token(token, self._split, TOKENS)
        return parts

    def with_steps(self, steps: Sequence[str]) -> Tokenizer:
        """Return a tokenizer with other cleaning steps."""
        return Tokenizer(tuple(steps), self.language, self.segmenter, self.state)

    def to_dict(self) -> dict[str, str]:
        """Return JSON values, from which `from_dict` makes the tokenizer again."""
        return {"language": self.language, "segmenter": self.segmenter, "state": self.state}

    @classmethod
    def from_dict(cls, values: dict[str, Any], steps: Sequence[str]) -> Tokenizer:
        """Make a tokenizer from JSON values.

        Raises:
            KeyError: a value is missing.
            TypeError: a value is not a string.
        """
        found = [values[name] for name in ("language", "segmenter", "state")]
        if not all(isinstance(value, str) for value in found) or found[1] not in SEGMENTERS:
            raise TypeError(f"no tokenizer is described by {values}")
        return cls(tuple(steps), *found)

    @functools.cached_property
    def _split(self) -> Split:
        return SEGMENTERS[self.segmenter].load(self.state)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the values; a segmenter is loaded again."""
        return Tokenizer, (self.steps, self.language, self.segmenter, self.state)


Steps: TypeAlias = "Sequence[str] | Tokenizer"


def as_tokenizer(steps: Steps) -> Tokenizer:
    """Return a tokenizer; of cleaning steps, the one of English words."""
    return steps if isinstance(steps, Tokenizer) else Tokenizer(tuple(steps))


def tokenize(text: str, steps: Steps) -> list[str]:
    """Clean a text and split it into tokens.

    A token is a word of any script including its inner apostrophes, a number including its
    separators, a placeholder such as `<url>`, or any other visible character. Hyphenated words are
    split, because pretrained vectors cover the parts better than the whole words.

    Args:
        text: the text as it came.
        steps: a tokenizer, or its cleaning steps.

    Example:
        tokenize("Don't pay $1,000.50 :)", []) -> ["Don't", "pay", "$", "1,000.50", ":", ")"]
    """
    return as_tokenizer(steps).tokenize(text)


def fit_tokenizer(
    steps: Sequence[str],
    sample: Sequence[str],
    texts: Callable[[], Iterable[str]],
    *,
    segmenter: str = AUTO,
    language: str = AUTO,
) -> Tokenizer:
    """Choose the language and the segmenter by the texts, and train the segmenter on them.

    Args:
        steps: the cleaning steps, `text.cleaning`.
        sample: some of the texts, which decide what is `auto`.
        texts: returns all texts, for a segmenter that is trained.
        segmenter: `text.tokenizer`. auto: `unigram` where texts have letters of a script without
            spaces, else `words`.
        language: `text.language`. auto: the language of most of the sample.

    Raises:
        ConfigError: a step does not know the language, or a package of the segmenter is missing.
    """
    if segmenter == AUTO:
        segmenter = UNIGRAM if has_unspaced(sample) else WORDS
    if language == AUTO:
        language = detect_language(sample) if _reads_language(steps, sample) else ENGLISH
    plain = Tokenizer(tuple(steps), language)
    plain.clean_token("word")  # so that an unknown language is refused before any work
    fit = SEGMENTERS[segmenter].fit
    if fit is None:
        SEGMENTERS[segmenter].load("")
        return Tokenizer(plain.steps, language, segmenter)
    state = fit(runs_of(map(plain.clean, texts())))
    return Tokenizer(plain.steps, language, segmenter, state)


def _reads_language(steps: Sequence[str], sample: Sequence[str]) -> bool:
    """Return whether the language can make a difference.

    To load the detector takes a second, which English texts are spared.
    """
    return not {"stemming", "stop_words"}.isdisjoint(steps) or not all(map(str.isascii, sample))
