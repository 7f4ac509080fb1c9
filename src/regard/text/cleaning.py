"""Cleaning steps, and the rules that split a text into tokens."""

import html
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from regard.text.languages import ENGLISH, TURKIC, stemmer_of, stop_words_of
from regard.text.normalising import compatibility_forms, normalise

# The patterns are applied in this order, so the irregular forms come first. The optional space
# matches texts that were split in advance, as in "ca n't". The apostrophe may be straight or curly.
_CONTRACTIONS = [
    (mark, re.compile(pattern.replace("'", "['\u2019]"), re.IGNORECASE), replacement)
    for mark, pattern, replacement in (
        ("n't", r"\b(ca) ?n't\b", r"\1n not"),
        ("n't", r"\b(w)o ?n't\b", r"\1ill not"),
        ("n't", r"\b(sha) ?n't\b", r"\1ll not"),
        ("let's", r"\b(let)'s\b", r"\1 us"),
        ("n't", r"n't\b", " not"),
        ("'re", r"'re\b", " are"),
        ("'ve", r"'ve\b", " have"),
        ("'ll", r"'ll\b", " will"),
        ("'d", r"'d\b", " would"),
        ("'m", r"'m\b", " am"),
    )
]


def _character_class(categories: tuple[str, ...]) -> str:
    """Return the characters of Unicode categories as the inside of a regular expression's [...]."""
    # Code points 3, 4, 5, 9 at indices 0, 1, 2, 3 differ from their index by 3, 3, 3, 6: equal
    # differences form a run, so the class is "3-5" and "9-9".
    members = (code for code in range(0x20000) if unicodedata.category(chr(code)) in categories)
    runs = (list(run) for _, run in groupby(enumerate(members), key=lambda pair: pair[1] - pair[0]))
    return "".join(f"\\U{run[0][1]:08x}-\\U{run[-1][1]:08x}" for run in runs)


# Python's \w excludes combining accents and vowel signs (Hindi, Thai). It also excludes the two
# zero-width joiners that Persian and Indic words contain, until `normalise` removes them.
_COMBINING = _character_class(("Mn", "Mc", "Me"))
_WORD = rf"\w+(?:(?:['\u2019\u200c\u200d](?=\w)|(?<=\d)[.,](?=\d)|[{_COMBINING}])\w*)*"
_INVISIBLE = "\xad\u200b-\u200f\u2060\ufe0e\ufe0f\ufeff"
_WORDS = re.compile(rf"<(?:url|number)>|{_WORD}")
TOKENS = re.compile(rf"{_WORD}|<[a-z]+>|[^\s{_INVISIBLE}]")
_URLS = re.compile(
    r"""(?:https?://|\bwww\.)[^\s<>"]*[^\s<>".,;:!?)\]'\u2019\u201d]""", re.IGNORECASE
)
# The digit comes before the look-behind because the regex engine finds a literal class faster.
_NUMBERS = re.compile(r"\d(?<!\w\d)(?>\d*(?:[.,]\d+)*)(?!\w)")
_REPEATED = re.compile(r"([^\W\d_]|[!?.])\1{2,}")


def expand_contractions(text: str) -> str:
    """Write English contractions in full and keep the possessive 's.

    Example:
        "I can't, they've" -> "I can not, they have"
    """
    if "'" in text or "\u2019" in text:
        folded = text.casefold().replace("\u2019", "'")
        for mark, pattern, replacement in _CONTRACTIONS:
            # Most texts lack most contractions, and a substring test is faster than a pattern.
            if mark in folded:
                text = pattern.sub(replacement, text)
    return text


def replace_urls(text: str) -> str:
    """Replace every web address with `<url>`.

    Example:
        "see http://a.org/b?c=1." -> "see <url>."
    """
    return _URLS.sub("<url>", text)


def replace_numbers(text: str) -> str:
    """Replace every number that is not part of a word with `<number>`.

    Example:
        "1,000.5 mp3" -> "<number> mp3"
    """
    return _NUMBERS.sub("<number>", text)


def shorten_repeated_characters(text: str) -> str:
    """Shorten three or more of the same letter, `!`, `?` or `.` to two.

    Two are kept because many words have a double letter.

    Example:
        "loooool, feed me!!!!" -> "lool, feed me!!"
    """
    return _REPEATED.sub(r"\1\1", text)


def strip_special_characters(text: str) -> str:
    """Keep words, numbers and placeholders such as `<url>`, separated by single spaces.

    Example:
        "well-known: don't <3 <url>!" -> "well known don't 3 <url>"
    """
    return " ".join(_WORDS.findall(text.replace("_", " ")))


def lower_case(text: str, language: str = ENGLISH) -> str:
    """Return a text in lower case, by the rules of its language.

    The capital i with a dot becomes an i without a combining dot.

    Example:
        "İstanbul ISPARTA" -> "istanbul isparta", in Turkish with two dotless letters
    """
    if language in TURKIC:
        text = text.replace("I", "\u0131").replace("\u0130", "i")
    return text.lower() if text.isascii() else text.lower().replace("i\u0307", "i")


def drop_stop_word(token: str, language: str = ENGLISH) -> str:
    """Return "" for one of scikit-learn's English stop words in any case, else the token.

    Example:
        "The" -> "", "cat" -> "cat"

    Raises:
        ConfigError: the language is not English.
    """
    return "" if token.lower() in stop_words_of(language) else token


def stem(token: str, language: str = ENGLISH) -> str:
    """Return the stem of a token by Snowball's rules.

    Example:
        "running" -> "run"; in German "laufenden" -> "laufend"

    Raises:
        ConfigError: Snowball does not know the language.
    """
    return str(stemmer_of(language)(token))


@dataclass(frozen=True)
class CleaningStep:
    """A cleaning step.

    Attributes:
        apply: function from a text to a text; or from a token to a token, or to "" to drop it.
        works_on_tokens: whether the step runs on tokens, after the text is split.
        reads_language: whether `apply` takes the code of the language as a second argument.
    """

    apply: Callable[..., str]
    works_on_tokens: bool = False
    reads_language: bool = False

    def __call__(self, text: str, language: str = ENGLISH) -> str:
        """Return a text or a token after the step."""
        return self.apply(text, language) if self.reads_language else self.apply(text)


# The choices of the setting text.cleaning.
STEPS = {
    "html_unescape": CleaningStep(html.unescape),
    "lower_case": CleaningStep(lower_case, reads_language=True),
    "nfkc": CleaningStep(compatibility_forms),
    "contractions": CleaningStep(expand_contractions),
    "urls": CleaningStep(replace_urls),
    "numbers": CleaningStep(replace_numbers),
    "repeated_characters": CleaningStep(shorten_repeated_characters),
    "strip_special_characters": CleaningStep(strip_special_characters),
    "stop_words": CleaningStep(drop_stop_word, works_on_tokens=True, reads_language=True),
    "stemming": CleaningStep(stem, works_on_tokens=True, reads_language=True),
}


def clean(text: str, steps: Sequence[str], language: str = ENGLISH) -> str:
    """Bring a text into one spelling, and apply the steps that work on whole texts, in order.

    Steps that work on tokens, such as `stemming`, are skipped: a tokenizer applies them after
    splitting.

    Example:
        clean("Sooo &lt;3 it", ["html_unescape", "lower_case", "repeated_characters"])
        -> "soo <3 it"
    """
    text = normalise(text)
    for step in steps:
        if not STEPS[step].works_on_tokens:
            text = STEPS[step](text, language)
    # Steps make new characters, such as that of &rsquo;, so the text is brought into one spelling
    # again.
    return normalise(text)


def clean_token(token: str, steps: Sequence[str], language: str = ENGLISH) -> str:
    """Apply the steps that work on tokens, in the given order; return "" for a dropped token.

    Example:
        clean_token("having", ["stop_words", "stemming"]) -> "have"
    """
    for step in steps:
        if STEPS[step].works_on_tokens:
            token = STEPS[step](token, language)
    return token
