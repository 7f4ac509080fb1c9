"""Find the files of a competition by their names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from regard.competitions.discovery.endings import files_ending_with
from regard.competitions.discovery.guess import Guess, list_some
from regard.data.byte_streams import suffix_of
from regard.data.packing import SUFFIXES as PACKED
from regard.errors import DataError

# The usual name of each file, in lower case and without punctuation.
_NAMES = {"train": "train", "test": "test", "sample": "samplesubmission"}
_SETTINGS = {"train": "train_file", "test": "test_file", "sample": "sample_file"}
# The formats, the preferred one first; a zip archive may be named without the suffix of its member.
_SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".pq", ".txt", ".tab")
_ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".tgz")
_NUMBER = re.compile(r"\d+")


def find_files(folder: Path) -> tuple[dict[str, list[Path]], list[Guess]]:
    """Return the train, test and sample file; train may be several numbered ones.

    A file with the usual name wins; otherwise exactly one name must start with the role.

    Returns:
        The files of each role, and guesses for the settings that name them.

    Raises:
        DataError: the folder or a file is missing, or several files may be meant.

    Example:
        train_1.csv, train_2.csv, Test.csv, test_labels.csv, sample.csv.gz
        -> [train_1.csv, train_2.csv], [Test.csv], [sample.csv.gz]
    """
    if not folder.is_dir():
        raise DataError(
            f"{folder} does not exist; create it with train.csv, test.csv and sample_submission.csv"
        )
    files = sorted(path for path in folder.iterdir() if path.is_file())
    candidates = {role: _candidates(files, role) for role in _NAMES}
    found: dict[str, list[Path]] = {}
    guesses = []
    for role in _NAMES:
        found[role], reason, doubt = _choose(folder, files, role, candidates)
        names = [path.name for path in found[role]]
        value = names if len(names) > 1 else names[0]
        guesses.append(Guess(_SETTINGS[role], value, reason, doubt))
    return found, guesses


def _candidates(files: Sequence[Path], role: str) -> list[Path]:
    """Return the files that may be meant: those of the usual name if there are any."""
    # "Sample_Submission.csv" and "sampleSubmission.csv.gz" have the same bare name.
    similar = [path for path in files if _is_table(path) and _bare_name(path).startswith(role)]
    usual = [path for path in similar if _bare_name(path) == _NAMES[role]]
    return usual or similar or files_ending_with(files, role)


def _choose(
    folder: Path, files: Sequence[Path], role: str, candidates: Mapping[str, list[Path]]
) -> tuple[list[Path], str, str]:
    """Return the files of a role, the reason, and a doubt."""
    named = candidates[role]
    if len(named) == 1:
        return named, "by name", ""
    if len({_bare_name(path) for path in named}) == 1:
        return _choose_format(role, candidates)
    parts = sorted(named, key=_numbers)
    templates = {_NUMBER.sub("0", path.name.lower()) for path in parts}
    if role == "train" and len(templates) == 1:
        reason = f"{len(parts)} files whose names differ by a number, read in this order"
        return parts, reason, ""
    raise DataError(_explain(folder, files, role, named))


def _explain(folder: Path, files: Sequence[Path], role: str, named: Sequence[Path]) -> str:
    """Return the error message for a role without a file, or with several."""
    usual = f"{_NAMES[role].replace('sub', '_sub')}.csv"
    names = list_some(path.name for path in named or files) or "no files"
    archives = [path.name for path in files if path.suffix.lower() in _ARCHIVES]
    if not named and archives:
        return f"{folder} has no {role} file, only: {names}; unpack {list_some(archives)} there"
    if role == "train" and named:
        return (
            f"{folder} has several train files: {names}; rename one of them to {usual}, or all of "
            "them to train_1.csv, train_2.csv, ... if their rows belong together"
        )
    problem = f"has several {role} files" if named else f"has no {role} file, only"
    return f"{folder} {problem}: {names}; rename one of them to {usual}"


def _choose_format(role: str, candidates: Mapping[str, list[Path]]) -> tuple[list[Path], str, str]:
    """Choose among files that differ only in their format: that of the other files if possible."""
    others = {
        suffix_of(paths[0])
        for other, paths in candidates.items()
        if other != role and len(paths) == 1
    }
    # Plain files before packed ones, those of the test file before those of the sample.
    chosen, *rest = sorted(
        candidates[role],
        key=lambda path: (suffix_of(path) not in others, _rank(path), path.suffix in PACKED),
    )
    names = list_some(path.name for path in rest)
    setting = _SETTINGS[role]
    reason = "by name; the other files have this format, too"
    if suffix_of(chosen) not in others:
        reason = "by name"
    return [chosen], reason, f"{setting}: {chosen.name} is read, and {names} is not"


def _rank(path: Path) -> int:
    suffix = suffix_of(path)
    return _SUFFIXES.index(suffix) if suffix in _SUFFIXES else len(_SUFFIXES)


def _is_table(path: Path) -> bool:
    suffix = suffix_of(path)
    return suffix in _SUFFIXES or (not suffix and path.suffix.lower() in PACKED)


def _bare_name(path: Path) -> str:
    """Return the file's name in lower case, without suffixes and punctuation.

    Example:
        "Sample-Submission.csv.gz" -> "samplesubmission"
    """
    stem = Path(path.stem).stem if path.suffix.lower() in PACKED else path.stem
    return re.sub(r"[\W_]+", "", stem.lower())


def _numbers(path: Path) -> list[int]:
    """Return the numbers in a name, so that part 10 comes after part 2."""
    return list(map(int, _NUMBER.findall(path.name)))
