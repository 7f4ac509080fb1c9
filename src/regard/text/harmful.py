"""Characters that must not reach a page as they are."""

import re

# Control characters, halves of surrogate pairs, overrides of the text direction, noncharacters.
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


def without_harmful(text: str) -> str:
    r"""Replace characters that are not allowed in HTML or that reorder the text after them.

    Example:
        "a\x00b" -> "a\ufffdb"
    """
    return _HARMFUL.sub("\ufffd", text)
