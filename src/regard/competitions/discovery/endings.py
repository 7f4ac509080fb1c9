"""Find files whose names end with their role, such as summaries_train.csv."""

import re
from collections.abc import Sequence
from pathlib import Path

_HEAD_SIZE = 65536  # bytes of a file that are searched for its header
_SUFFIXES = (".csv", ".tsv")


def files_ending_with(files: Sequence[Path], role: str) -> list[Path]:
    """Return the files whose names end with a role; of several, those with a column of the sample.

    Args:
        files: the files of a competition.
        role: "train" or "test".

    Example:
        prompts_train.csv, summaries_train.csv; sample_submission.csv has the ids of the latter
        -> summaries_train.csv
    """
    tables = [path for path in files if path.suffix.lower() in _SUFFIXES]
    named = [path for path in tables if re.search(rf"(?i)[\W_]{role}$", path.stem)]
    samples = [path for path in tables if path.stem.lower().startswith("sample")]
    if len(named) < 2 or len(samples) != 1:
        return named
    columns = _columns(samples[0])
    return [path for path in named if _columns(path) & columns] or named


def _columns(path: Path) -> set[str]:
    with path.open("rb") as file:
        header = file.read(_HEAD_SIZE).decode("utf-8-sig", errors="ignore").splitlines()
    return {cell.strip(" \"'") for cell in re.split(r"[,;\t|]", header[0])} if header else set()
