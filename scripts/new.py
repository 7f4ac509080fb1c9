"""Write the page of a competition from its files, everything guessed, each guess with its reason.

    python scripts/new.py foo data_dir=data

Reads data/foo/ and writes conf/competition/foo.yaml, which must not be there yet.
"""

import logging
import sys
from pathlib import Path

from regard.competitions.discovery import new_page
from regard.config import one_line_errors
from regard.errors import ConfigError


def main(words: list[str]) -> None:
    """Write the page of the competition that the command line names."""
    options = dict(word.split("=", 1) for word in words if "=" in word)
    names = [word for word in words if "=" not in word]
    if len(names) != 1 or names[0].startswith("-") or set(options) - {"data_dir"}:
        raise ConfigError(
            f"{' '.join(words) or 'nothing'} was given; name one competition: new.py foo [data_dir=data]"
        )
    new_page(
        names[0],
        Path(options.get("data_dir", "data")),
        Path(__file__).resolve().parent.parent / "conf",
    )


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout, force=True)
    mistakes: list[Exception] = []
    with one_line_errors(mistakes):
        main(sys.argv[1:])
    sys.exit(bool(mistakes))
