"""Write the same rows in every dialect, packing and encoding."""

import bz2
import csv
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

Rows = Sequence[Sequence[str]]


def zipped(content: bytes, name: str = "train.csv") -> bytes:
    """Return a zip archive with one file."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return written.getvalue()


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zip": zipped,
}


@dataclass(frozen=True)
class Written:
    """A way to write rows, and the settings that read them.

    Attributes:
        options: those of csv.writer.
        settings: the fields of `Dialect` that differ from the defaults.
        forbidden: characters that cannot be written in this way.
        start: lines before the header.
        padding: blanks after each separator.
    """

    options: dict[str, Any]
    settings: dict[str, Any] = field(default_factory=dict)
    forbidden: str = ""
    start: str = ""
    padding: str = ""

    def text(self, columns: Sequence[str], rows: Rows) -> str:
        """Return the rows as text."""
        if self.padding:
            lines = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row] for row in rows]
            return "".join(f",{self.padding}".join(line) + "\n" for line in [columns, *lines])
        written = io.StringIO(newline="")
        csv.writer(written, **self.options).writerows([columns, *rows])
        return self.start + written.getvalue()


ALL = csv.QUOTE_ALL
DIALECTS = {
    "csv": Written({}),
    "all quoted": Written({"quoting": ALL}),
    "tsv": Written({"delimiter": "\t"}, {"separator": "\t"}),
    "semicolon": Written({"delimiter": ";"}, {"separator": ";"}),
    "sep line": Written({"delimiter": ";"}, start="sep=;\r\n"),
    # With this line end, csv.writer leaves a carriage return without quotes.
    "bar": Written({"delimiter": "|", "lineterminator": "\n"}, {"separator": "|"}, forbidden="\r"),
    "plain": Written(
        {"delimiter": "\t", "quoting": csv.QUOTE_NONE, "quotechar": None, "lineterminator": "\n"},
        {"separator": "\t", "quoting": "none"},
        forbidden="\t\r\n",
    ),
    "escaped": Written(
        {"quoting": ALL, "doublequote": False, "escapechar": "\\"}, {"escape": "\\"}
    ),
    "padded": Written({"quoting": ALL}, {"skip_blank": True}, padding=" "),
}


def frame_of(columns: Sequence[str], rows: Rows) -> pd.DataFrame:
    """Return rows as a frame."""
    return pd.DataFrame(list(rows), columns=list(columns), dtype="str")
