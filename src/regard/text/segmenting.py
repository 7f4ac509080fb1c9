"""Words of scripts that are written without spaces: Chinese, Japanese, Thai, Khmer and others."""

from __future__ import annotations

import base64
import functools
import importlib
import io
import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from regard.errors import ArtefactError, ConfigError

Split: TypeAlias = Callable[[str], list[str]]  # the words of a run of letters, in order

AUTO = "auto"
WORDS = "words"
UNIGRAM = "unigram"

# Letters and vowel signs of the scripts, digits and punctuation left out.
_UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u0edc-\u0edf"  # Thai, Lao
    "\u1000-\u103f\u1050-\u108f\ua9e0-\ua9ef\ua9fa-\ua9fe\uaa60-\uaa7f"  # Myanmar
    "\u1780-\u17d3\u17dc-\u17dd"  # Khmer
    "\u1950-\u19c9\u1a20-\u1a7c"  # Tai Le, New Tai Lue, Tai Tham
    "\u2e80-\u2fd5\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U000323af"  # Han
    "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\U0001b000-\U0001b16f"  # kana
    "\ua000-\ua48c"  # Yi
)
UNSPACED = re.compile(f"[{_UNSPACED}]")
_RUNS = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_MIN_SHARE = 0.02  # of texts with such letters; fewer are read as words

_LONGEST_RUN = 500  # letters; SentencePiece skips long sentences
_MAX_LETTERS = 4_000_000  # that a model is trained on; more letters hardly change it
_LONGEST_PIECE = 8  # letters of a word
# A model has a piece for each letter, and more of several letters, the more text there is.
_LETTERS_PER_PIECE = 150
_MAX_PIECES = 16_000


@dataclass(frozen=True)
class Segmenter:
    """A way to part a run of letters into words.

    Attributes:
        load: returns the function that parts a run, from the state that `fit` returned.
        fit: returns the state, a JSON string, from the runs of all texts; None: it learns nothing.
    """

    load: Callable[[str], Split]
    fit: Callable[[Iterable[str]], str] | None = None


def has_unspaced(texts: Iterable[str]) -> bool:
    """Return whether enough texts have letters of a script without spaces.

    Example:
        ["yes", "no"] -> False; ["yes", "我们今天"] -> True
    """
    found = [UNSPACED.search(text) is not None for text in texts]
    return sum(found) > _MIN_SHARE * len(found)


def runs_of(texts: Iterable[str]) -> Iterator[str]:
    """Yield the runs of letters of scripts without spaces.

    Example:
        ["我用iPhone手机。"] -> "我用", "手机"
    """
    for text in texts:
        if not text.isascii():
            yield from (run for run in _RUNS.findall(text) if UNSPACED.match(run))


def split_token(token: str, split: Split, words: re.Pattern[str]) -> list[str]:
    """Part the runs of a token into words, and keep words of other scripts whole.

    Args:
        token: a word as it is found between spaces.
        split: parts a run.
        words: finds the words of other scripts.

    Example:
        "我们用iPhone" -> "我们", "用", "iPhone"
    """
    parts: list[str] = []
    for run in _RUNS.findall(token):
        parts += split(run) if UNSPACED.match(run) else words.findall(run)
    return parts


def characters_of(run: str) -> list[str]:
    """Part a run into letters, each with its vowel signs and tones.

    Example:
        "ที่นี่" -> "ที่", "นี่"
    """
    parts: list[str] = []
    for character in run:
        # A sign of Khmer and Myanmar puts the letter after it below the letter before it.
        is_below = bool(parts) and parts[-1][-1] in "\u17d2\u1039"
        if parts and (is_below or unicodedata.category(character)[0] == "M"):
            parts[-1] += character
        else:
            parts.append(character)
    return parts


def fit_unigram(runs: Iterable[str]) -> str:
    """Train a unigram model of the words on the texts themselves.

    Returns:
        The model of SentencePiece in base64; "" if there is too little text for a model.

    Reference:
        Kudo: Subword Regularization: Improving Neural Network Translation Models with Multiple
        Subword Candidates, 2018.
    """
    import sentencepiece

    sentences = list(_sentences(runs))
    n_letters = sum(map(len, sentences))
    letters = set(itertools.chain.from_iterable(sentences))
    n_pieces = min(n_letters // _LETTERS_PER_PIECE, _MAX_PIECES)
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(sentences),
            model_writer=model,
            model_type="unigram",
            vocab_size=len(letters) + n_pieces + 3,  # with three pieces that mark sentences
            hard_vocab_limit=False,
            character_coverage=1.0,
            max_sentencepiece_length=_LONGEST_PIECE,
            normalization_rule_name="identity",
            add_dummy_prefix=False,
            num_threads=1,  # so that the same texts give the same model
            minloglevel=3,
        )
    except RuntimeError:  # of a few letters
        return ""
    return base64.b64encode(model.getvalue()).decode()


def _sentences(runs: Iterable[str]) -> Iterator[str]:
    """Yield runs of a moderate length, until there are enough letters."""
    n_letters = 0
    for run in runs:
        for start in range(0, len(run), _LONGEST_RUN):
            yield run[start : start + _LONGEST_RUN]
        n_letters += len(run)
        if n_letters > _MAX_LETTERS:
            return


def _load_unigram(state: str) -> Split:
    if not state:
        return characters_of
    import sentencepiece

    try:
        model = sentencepiece.SentencePieceProcessor(model_proto=base64.b64decode(state))
    except (RuntimeError, ValueError) as error:
        raise ArtefactError(
            f"the tokenizer of the run is damaged ({error}); copy the run again"
        ) from error
    # A letter that the model does not know is returned as it is.
    return functools.partial(model.encode, out_type=str)


def _imported(tokenizer: str, package: str) -> Any:
    """Import a package that one tokenizer needs.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise ConfigError(
            f"text.tokenizer={tokenizer} needs the package {package}, which is not installed; run "
            f"pip install {package}, or set text.tokenizer=unigram"
        ) from error


def _load_jieba(state: str) -> Split:
    split: Split = _imported("jieba", "rjieba").cut
    return split


def _load_pythainlp(state: str) -> Split:
    module = _imported("pythainlp", "pythainlp")
    split: Split = functools.partial(module.word_tokenize, engine="newmm", keep_whitespace=False)
    return split


def _load_budoux(state: str) -> Split:
    split: Split = _imported("budoux", "budoux").load_default_japanese_parser().parse
    return split


# The choices of the setting text.tokenizer, next to auto.
SEGMENTERS = {
    WORDS: Segmenter(lambda state: lambda run: [run]),
    "characters": Segmenter(lambda state: characters_of),
    UNIGRAM: Segmenter(_load_unigram, fit_unigram),
    "jieba": Segmenter(_load_jieba),
    "pythainlp": Segmenter(_load_pythainlp),
    "budoux": Segmenter(_load_budoux),
}
