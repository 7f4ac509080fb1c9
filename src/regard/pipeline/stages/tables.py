"""The stage "tables": read the CSV files once, for all later stages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from regard.data.csv_files import changed
from regard.data.tables import file_names, read_tables, write_tables

if TYPE_CHECKING:
    from regard.runs.run import Run


def make_tables(run: Run, folder: Path) -> None:
    """Read and check the three files of the competition, and keep them as Parquet.

    Raises:
        DataError: a file is broken, or it changed between the moment it was hashed, which names all
            artefacts, and the moment it was read.
    """
    competition = run.config.competition
    source = Path(run.config.data_dir) / competition.name
    tables = read_tables(competition, source)
    for part, name in file_names(competition).items():
        # Everything after this is named by the hash, so it must be that of these very rows.
        if tables.digests[part] != run.input_hashes[part]:
            raise changed(source / name)
    write_tables(folder, tables)
