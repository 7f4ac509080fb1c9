"""Strategies for texts that are hard to tokenize."""

from hypothesis import strategies as st

from regard.text import STEPS

_ASCII = ["word", "B", "n't", "'", "1", "22", ".", ",", "_", "-", "!!!!", "www.a.de"]
_MARKUP = ["<url>", "<", "b>", "<br />", "&lt;", "&nbsp;"]
_SPACES = [" ", "\n", "\r\n", "\x1c", "\x00", "\x85", "\xa0", "\u200b", "\u200d", "\ufeff"]
_BEYOND_ASCII = [
    "let\u2019s",
    "\u2019",
    "\xe9",
    "e\u0301",
    "\u0301",
    "\u0663",
    "\u0663.\u0665",
    "\xb2",
    "\u0928\u092e\u0938\u094d\u0924\u0947",
    "\u4f60\u597d",
    "\U0001f600",
]
_PIECES = [*_ASCII, *_MARKUP, *_SPACES, *_BEYOND_ASCII]

awkward_texts = st.lists(st.lists(st.sampled_from(_PIECES), max_size=10).map("".join), max_size=8)
cleaning_steps = st.lists(st.sampled_from(sorted(STEPS)), unique=True)
