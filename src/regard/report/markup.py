"""Pieces of HTML. Everything that came out of a CSV file or from the settings passes through `escape`."""

import html
import re
from collections.abc import Iterable

import numpy as np

_MAX_WORDS = 60
_MAX_CHARACTERS = 600
# Controls, halves of surrogate pairs and what turns the direction of the text that follows.
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


def section(title: str, note: str, body: str) -> str:
    """Return a part of the page under a heading."""
    return f'<section>\n<h2>{title}</h2>\n<p class="note">{note}</p>\n{body}</section>\n'


def table(head: Iterable[str], rows: Iterable[str], kind: str) -> str:
    """Return a table that scrolls by itself where the page is narrow."""
    cells = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    return (
        f'<div class="scroll"><table class="{kind}">\n<thead><tr>{cells}</tr></thead>\n'
        f"<tbody>\n{''.join(rows)}</tbody></table></div>\n"
    )


def row(cells: Iterable[str]) -> str:
    """Return a row of cells that are HTML already; the first names the row."""
    first, *others = cells
    return (
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in others)}</tr>\n'
    )


def escape(text: object) -> str:
    """Return text as it may stand in an element or an attribute."""
    return html.escape(_HARMFUL.sub("\ufffd", str(text)))


def excerpt(text: str) -> str:
    """Return the first words on one line."""
    words = text.split(maxsplit=_MAX_WORDS)
    cut = " ".join(words[:_MAX_WORDS])
    return (
        cut
        if len(words) <= _MAX_WORDS and len(cut) <= _MAX_CHARACTERS
        else f"{cut[:_MAX_CHARACTERS]} …"
    )


def number(value: float) -> str:
    """Return four digits, or a dash for what is not defined."""
    return "-" if np.isnan(value) else f"{value:.4f}"


def duration(seconds: float) -> str:
    """Return a time for people: at most two units.

    Example:
        75.2 -> "1 min 15 s"
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
