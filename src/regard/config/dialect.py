"""How the cells of a CSV file are written, and settings that may differ from file to file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from regard.config.checks import choice
from regard.errors import ConfigError

PARTS = ("train", "test", "sample")
QUOTINGS = ("minimal", "none")
ENCODING_ERRORS = ("strict", "replace")
ESCAPE = "\\"
# The column that holds row numbers where a file has no ids; no program gives such a name.
ROW_NUMBERS = "(row)"
# One value for all files, or a mapping with those of train, test and sample.
BY_FILE = ("encoding", "separator", "quoting", "escape")


@dataclass(frozen=True)
class Dialect:
    r"""How one file is written.

    Attributes:
        encoding: any of Python's codecs.
        separator: one character; None: that of the header.
        quoting: "minimal": cells may be in quotes; "none": quotes are characters like others.
        escape: a backslash, if quotes in texts are written \"; None: backslashes are characters.
        skip_blank: whether blanks after a separator and around the names of columns are left out.
        encoding_errors: "strict", or "replace" to read wrong bytes as U+FFFD.
    """

    encoding: str = "utf-8"
    separator: str | None = None
    quoting: str = "minimal"
    escape: str | None = None
    skip_blank: bool = False
    encoding_errors: str = "strict"


def of_part(value: Any, part: str) -> Any:
    """Return the value of a setting for one file; a file that a mapping leaves out has None.

    Example:
        of_part({"train": "cp1252", "test": "utf-8"}, "train") -> "cp1252"
        of_part("utf-8", "train") -> "utf-8"
    """
    return value.get(part) if isinstance(value, Mapping) else value


def check_by_part(key: str, value: Any) -> None:
    """Refuse a mapping that names something else than the three files.

    Raises:
        ConfigError: there is no such file, or a value is no text.
    """
    if not isinstance(value, Mapping):
        if not isinstance(value, str | None):
            raise ConfigError(f"{key}={value} is no text; give one for all files, {_by_file(key)}")
        return
    for part, one in value.items():
        if part not in PARTS or not isinstance(one, str | None):
            raise ConfigError(
                f"{key} has {part}: {one}; give one text for all files, {_by_file(key)}"
            )


def check_dialect(dialect: Dialect) -> None:
    """Refuse a separator, an encoding or another setting that no file can have.

    Raises:
        ConfigError: the message names the setting.
    """
    separator = dialect.separator
    # YAML without double quotes, and a shell, leave \t as a backslash and a t.
    if separator is not None and len(separator) != 1 and separator != "\\t":
        raise ConfigError(
            f"competition.separator={separator!r} is not one character; \\t is the tab"
        )
    try:
        # Unlike codecs.lookup, this also refuses codecs that are not of text, such as base64.
        "".encode(dialect.encoding)
    except LookupError:
        raise ConfigError(
            f"competition.encoding={dialect.encoding} is not known to Python; give for example "
            "utf-8, cp1252 or latin-1"
        ) from None
    choice("competition.quoting", dialect.quoting, QUOTINGS)
    choice("competition.encoding_errors", dialect.encoding_errors, ENCODING_ERRORS)
    if dialect.escape not in (None, ESCAPE):
        raise ConfigError(
            f"competition.escape={dialect.escape!r} is neither null nor a backslash; write it as "
            "'\\' in YAML"
        )


def _by_file(key: str) -> str:
    name = key.rpartition(".")[2]
    return f"or one by file, as in {name}: {{train: ..., test: ..., sample: ...}}"
