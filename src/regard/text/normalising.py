"""One spelling of each text: forms that look the same, or print nothing, become the same."""

import functools
import unicodedata
from itertools import chain

# Typographic forms of ASCII characters.
_ASCII_FORMS = {
    "'": "\u2018\u2019\u201a\u201b\u02bc\u00b4\u1ffd",
    '"': "\u201c\u201d\u201e\u201f",
    "-": "\u2010\u2011\u2212",
}
# Characters of Unicode's category Cf that are printed: signs before Arabic and other numbers.
_VISIBLE_FORMATS = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
# Selectors of a glyph, the joiner of combining marks, and the stroke that lengthens Arabic words.
_SELECTORS = {
    0x34F,
    0x640,
    *range(0x180B, 0x180E),
    *range(0xFE00, 0xFE10),
    *range(0xE0100, 0xE01F0),
}
# Signs of vowels of Arabic and Hebrew, which most texts leave out. U+0653 to U+0655 are parts of
# letters.
_VOWEL_SIGNS = {
    *range(0x610, 0x61B),
    *range(0x64B, 0x653),
    0x670,
    *range(0x591, 0x5BE),
    0x5BF,
    0x5C1,
    0x5C2,
    0x5C4,
    0x5C5,
    0x5C7,
}
_POINTED_LETTERS = range(0xFB1D, 0xFB4F)  # Hebrew letters with such signs
_REMOVED = _SELECTORS | _VOWEL_SIGNS
# Decomposition tags of forms that only a font or a keyboard makes: full and half width, and the
# shapes of Arabic letters. Others, such as superscripts, mean something; see the step nfkc.
_TYPOGRAPHIC = ("<wide>", "<narrow>", "<initial>", "<medial>", "<final>", "<isolated>")
_LIGATURES = range(0xFB00, 0xFB18)  # Latin and Armenian


def normalise(text: str) -> str:
    """Return the one spelling of a text that is written in several ways.

    - Letters are composed (NFC), so that `e` with a combining accent is the letter `é`.
    - Characters that print nothing are removed: soft hyphens, zero-width spaces and joiners, marks
      of direction, and the stroke that lengthens Arabic words; also the signs of vowels of Arabic
      and Hebrew. Persian and Indic words are written
      with and without joiners, so both spellings become one.
    - Spaces of any kind become spaces; curly apostrophes and quotes become straight; hyphens that
      do not break, and minus signs, become hyphens.
    - Letters of full or half width, Latin ligatures and shapes of Arabic letters become the plain
      letters.

    An ASCII text stays as it is.

    Example:
        "cafe\u0301 don\u2019t co\u00adop \uff21\uff22" -> "café don't coop AB"

    Reference:
        Unicode Standard Annex 15, Unicode Normalization Forms.
    """
    if text.isascii():
        return text
    forms = _forms()
    # Most texts have no such character, and to find that out is faster than to replace.
    if not forms.keys().isdisjoint(text):
        text = "".join(forms.get(character, character) for character in text)
    return unicodedata.normalize("NFC", text)


def compatibility_forms(text: str) -> str:
    """Replace every compatibility character by the plain ones (NFKC).

    Example:
        "x\u00b2 \u2460 \u2122" -> "x2 1 TM"
    """
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


@functools.cache
def _forms() -> dict[str, str]:
    """Return the replacement of each character that `normalise` replaces."""
    forms = {form: plain for plain, variants in _ASCII_FORMS.items() for form in variants}
    for code in chain(range(0x80, 0x20000), range(0xE0000, 0xE0200)):
        character = chr(code)
        category = unicodedata.category(character)
        if code in _REMOVED or (category == "Cf" and code not in _VISIBLE_FORMATS):
            forms[character] = ""
        elif code in _POINTED_LETTERS and not unicodedata.decomposition(character).startswith("<"):
            forms[character] = unicodedata.normalize("NFD", character)
        elif category == "Zs":
            forms[character] = " "
        elif category != "Cn" and _is_typographic(character):
            forms[character] = unicodedata.normalize("NFKC", character)
    # Full-width quotes and hyphens have typographic forms themselves.
    return {form: "".join(forms.get(one, one) for one in plain) for form, plain in forms.items()}


def _is_typographic(character: str) -> bool:
    tag = unicodedata.decomposition(character).split(" ")[0]
    if ord(character) in _LIGATURES:
        return bool(tag)
    # A sign of vowels by itself is written with a space, which would part the word.
    return tag in _TYPOGRAPHIC and not unicodedata.normalize("NFKC", character).startswith(" ")
