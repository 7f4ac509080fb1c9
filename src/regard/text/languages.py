"""The language of texts: its name, its stemmer, and how it is found."""

import functools
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from regard.errors import ConfigError

AUTO = "auto"
ENGLISH = "en"
TURKIC = ("tr", "az")  # languages whose i has a capital letter with a dot
_TURKIC_LETTERS = frozenset("ıİğĞşŞəƏ")

_CHUNK = 300  # characters; a detector errs on texts of a few words
_MAX_CHUNKS = 150


class Language(NamedTuple):
    """A language.

    Attributes:
        name: in English.
        stemmer: the name of Snowball's stemmer; "" if it has none.
    """

    name: str
    stemmer: str = ""


def _language(name: str, *, has_stemmer: bool = False) -> Language:
    return Language(name, name.lower() if has_stemmer else "")


# The choices of the setting text.language, by their codes of ISO 639-1.
LANGUAGES = {
    "ar": _language("Arabic", has_stemmer=True),
    "az": _language("Azerbaijani"),
    "be": _language("Belarusian"),
    "bg": _language("Bulgarian"),
    "bn": _language("Bengali"),
    "bo": _language("Tibetan"),
    "ca": _language("Catalan", has_stemmer=True),
    "cs": _language("Czech", has_stemmer=True),
    "da": _language("Danish", has_stemmer=True),
    "de": _language("German", has_stemmer=True),
    "el": _language("Greek", has_stemmer=True),
    "en": _language("English", has_stemmer=True),
    "eo": _language("Esperanto", has_stemmer=True),
    "es": _language("Spanish", has_stemmer=True),
    "et": _language("Estonian", has_stemmer=True),
    "eu": _language("Basque", has_stemmer=True),
    "fa": _language("Persian", has_stemmer=True),
    "fi": _language("Finnish", has_stemmer=True),
    "fr": _language("French", has_stemmer=True),
    "ga": _language("Irish", has_stemmer=True),
    "gu": _language("Gujarati"),
    "he": _language("Hebrew"),
    "hi": _language("Hindi", has_stemmer=True),
    "hr": _language("Croatian"),
    "hu": _language("Hungarian", has_stemmer=True),
    "hy": _language("Armenian", has_stemmer=True),
    "id": _language("Indonesian", has_stemmer=True),
    "it": _language("Italian", has_stemmer=True),
    "ja": _language("Japanese"),
    "ka": _language("Georgian"),
    "kk": _language("Kazakh"),
    "km": _language("Khmer"),
    "ko": _language("Korean"),
    "lo": _language("Lao"),
    "lt": _language("Lithuanian", has_stemmer=True),
    "lv": _language("Latvian"),
    "ml": _language("Malayalam"),
    "mr": _language("Marathi"),
    "ms": _language("Malay"),
    "my": _language("Burmese"),
    "nb": _language("Norwegian", has_stemmer=True),
    "ne": _language("Nepali", has_stemmer=True),
    "nl": _language("Dutch", has_stemmer=True),
    "pl": _language("Polish", has_stemmer=True),
    "pt": _language("Portuguese", has_stemmer=True),
    "ro": _language("Romanian", has_stemmer=True),
    "ru": _language("Russian", has_stemmer=True),
    "sk": _language("Slovak"),
    "sl": _language("Slovenian"),
    "sr": _language("Serbian", has_stemmer=True),
    "sv": _language("Swedish", has_stemmer=True),
    "sw": _language("Swahili"),
    "ta": _language("Tamil", has_stemmer=True),
    "te": _language("Telugu"),
    "th": _language("Thai"),
    "tr": _language("Turkish", has_stemmer=True),
    "uk": _language("Ukrainian"),
    "ur": _language("Urdu"),
    "uz": _language("Uzbek"),
    "vi": _language("Vietnamese"),
    "yi": _language("Yiddish", has_stemmer=True),
    "zh": _language("Chinese"),
}
# Other codes of the detector, which has no other language of Tibetan letters. YAML reads the code
# no as false.
_SAME = {"no": "nb", "nn": "nb", "yue": "zh", "wuu": "zh", "dz": "bo"}
_NO_LANGUAGE = "zxx"


def language_name(code: str) -> str:
    """Return the English name of a language; of an unknown one, its code."""
    return LANGUAGES[code].name if code in LANGUAGES else code


def detect_language(texts: Sequence[str]) -> str:
    """Return the code of the language that most of the text is in; English if there is no letter.

    Short texts are read together, and each part of the text has one vote.

    Example:
        ["Das ist gut.", "Ich mag es nicht."] -> "de"

    Reference:
        Lui, Baldwin: langid.py: An Off-the-shelf Language Identification Tool, 2012.
    """
    votes = Counter(map(_classify, _chunks(texts)))
    votes.pop(_NO_LANGUAGE, None)
    if any("\u3041" <= letter <= "\u30fa" for text in texts for letter in text):
        votes["ja"] += votes.pop("zh", 0)  # only Japanese mixes Chinese letters with these
    if not _has_turkic_letters(texts):
        for code in TURKIC:
            votes.pop(code, None)
    return votes.most_common(1)[0][0] if votes else ENGLISH


def stemmer_of(language: str) -> Callable[[str], str]:
    """Return the function that stems a token of a language.

    Raises:
        ConfigError: Snowball has no stemmer for it.
    """
    return _stemmer(language).stemWord


def stop_words_of(language: str) -> frozenset[str]:
    """Return the stop words of a language, in lower case.

    Raises:
        ConfigError: scikit-learn has a list for English only.
    """
    if language != ENGLISH:
        raise ConfigError(
            f"text.cleaning has stop_words, which knows English only, but text.language is "
            f"{language_name(language)}; leave stop_words out of text.cleaning"
        )
    return _english_stop_words()


def _has_turkic_letters(texts: Sequence[str]) -> bool:
    # Capital letters decide nothing else, so a few words in another language must not decide them.
    n_found = sum(not _TURKIC_LETTERS.isdisjoint(text) for text in texts)
    return 5 * n_found > len(texts)


def _chunks(texts: Sequence[str]) -> list[str]:
    """Return parts of the text of some hundred characters each, in lower case."""
    chunks: list[str] = []
    parts: list[str] = []
    size = 0
    for text in texts:
        if any(map(str.isalpha, text[:_CHUNK])):
            parts.append(text[:_CHUNK])
            size += len(parts[-1])
        if size >= _CHUNK:
            chunks.append(_lowered(parts))
            parts = []
            size = 0
        if len(chunks) == _MAX_CHUNKS:
            return chunks
    # A last part of a few words has no vote, unless it is the only one.
    return chunks or ([_lowered(parts)] if parts else [])


def _lowered(parts: Sequence[str]) -> str:
    return " ".join(parts).lower().replace("i\u0307", "i")


def _classify(text: str) -> str:
    import py3langid

    code = str(py3langid.classify(unicodedata.normalize("NFKC", text))[0])
    return _SAME.get(code, code)


@functools.cache
def _english_stop_words() -> frozenset[str]:
    """Load the stop words on first use, because scikit-learn takes long to import."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS)


@functools.cache
def _stemmer(language: str) -> Any:
    """Build a stemmer on first use."""
    import snowballstemmer

    known = LANGUAGES.get(language)
    if known is None or known.stemmer not in snowballstemmer.algorithms():
        raise ConfigError(
            f"text.cleaning has stemming, but Snowball has no stemmer for {language_name(language)}"
            " (text.language); leave stemming out of text.cleaning"
        )
    return snowballstemmer.stemmer(known.stemmer)
