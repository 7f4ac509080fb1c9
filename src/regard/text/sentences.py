"""Tokens that end sentences, in any script."""

from collections.abc import Sequence

# The characters that Unicode calls sentence terminals (Sentence_Terminal in PropList.txt) of the
# scripts in use, and the ellipses. Thai has none; the Greek question mark is a semicolon elsewhere.
SENTENCE_ENDS = frozenset(
    ".!?"
    "\u2026\u203c\u2047\u2048\u2049\u2e2e"  # the ellipsis, doubled and reversed marks
    "\u3002\uff0e\uff01\uff1f\uff61\ufe52\ufe56\ufe57"  # Chinese, Japanese: wide, small
    "\u0589"  # Armenian
    "\u061e\u061f\u06d4"  # Arabic, Urdu
    "\u0700\u0701\u0702"  # Syriac
    "\u07f9\u0837\u0839\u083d\u083e"  # N'Ko, Samaritan
    "\u0964\u0965"  # the dandas of India
    "\u104a\u104b"  # Burmese
    "\u1362\u1367\u1368"  # Ethiopic
    "\u166e"  # Canadian
    "\u17d4\u17d5"  # Khmer
    "\u1803\u1809"  # Mongolian
    "\u0f0d\u0f0e"  # Tibetan
    "\ua4ff\ua60e\ua60f"  # Lisu, Vai
)


def ends_sentence(token: str) -> bool:
    """Return whether a token ends a sentence: it has no other characters than such marks.

    Example:
        "." -> True, "?!" -> True, "3.5" -> False, "e.g." -> False
    """
    return bool(token) and SENTENCE_ENDS.issuperset(token)


def sentence_end_ids(vocabulary: Sequence[str]) -> tuple[int, ...]:
    """Return the ids of the tokens that end sentences.

    Example:
        ["<pad>", "<unk>", "a", ".", "!"] -> (3, 4)
    """
    return tuple(index for index, token in enumerate(vocabulary) if ends_sentence(token))
