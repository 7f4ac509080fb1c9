"""The stages "tables" and "test_tables": read the files once, for all later stages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from regard.data.joining import read_joined
from regard.data.row_errors import changed
from regard.data.tables import read_test, read_train, write_tables
from regard.data.whole_files import WholeFile

if TYPE_CHECKING:
    from regard.runs.run import Run


def make_tables(run: Run, folder: Path) -> None:
    """Read and check the train file, and keep it as Parquet, with the files that are joined to it.

    Raises:
        DataError: the file is broken, or it changed between the moment it was hashed, which names
            all artefacts, and the moment it was read.
    """
    competition = run.config.competition
    source = run.config.competition_dir
    table = read_joined(competition, source)
    _write(folder, read_train(competition, source, table), run)
    if table is not None:
        table.write(folder)


def make_test_tables(run: Run, folder: Path) -> None:
    """Read and check the test file and the sample, and keep them as Parquet, see `make_tables`."""
    _write(folder, read_test(run.config.competition, run.config.competition_dir), run)


def _write(folder: Path, files: Mapping[str, WholeFile], run: Run) -> None:
    for part, file in files.items():
        # Everything after this is named by the hash, so it must be that of these very rows.
        if file.digest != run.input_hashes[part]:
            raise changed(file.path)
    write_tables(folder, {part: file.frame for part, file in files.items()})
