"""Check a submission file against the sample before it is uploaded."""

from pathlib import Path

from regard.config import Dialect
from regard.data.table_checks import number_rows
from regard.data.whole_files import read_whole
from regard.errors import DataError, did_you_mean

_REMEDY = "write it again by the command submit"


def check_submission(
    submission: Path,
    sample: Path,
    id_column: str,
    dialect: Dialect | None = None,
    *,
    may_be_empty: bool = False,
) -> None:
    """Check that a submission has the sample's columns, ids and id order, and no empty cell.

    The sample may have changed since the submission was made.

    Args:
        submission: a CSV file, as `artefacts.write_csv` writes it.
        sample: the sample submission.
        id_column: the id column of both files.
        dialect: how the sample is written; None: the defaults of `Dialect`.
        may_be_empty: whether a row may have no label; even then, not all rows.

    Raises:
        DataError: a file is missing or broken, or the submission does not fit the sample.
    """
    if not submission.is_file():
        raise DataError(f"{submission} does not exist; {_REMEDY}")
    # All cells are read as text, so ids such as 007 are compared as they are written.
    found = number_rows(read_whole(submission), id_column).frame
    expected = number_rows(read_whole(sample, dialect), id_column).frame
    columns = list(map(str, found))
    sample_columns = list(map(str, expected))
    if columns != sample_columns:
        raise DataError(
            f"{submission} has the columns {', '.join(columns)}, but the sample has "
            f"{', '.join(sample_columns)}; {_REMEDY}"
        )
    if id_column not in columns:
        raise DataError(f"{sample} has no column {id_column!r}; {did_you_mean(id_column, columns)}")
    if found[id_column].tolist() != expected[id_column].tolist():
        raise DataError(
            f"the ids of {submission} differ from those of {sample}, or are in another order; "
            f"{_REMEDY}"
        )
    is_empty = found.apply(lambda column: column.str.strip() == "").any(axis=1)
    if is_empty.any() and not (may_be_empty and not is_empty.all()):
        ids = ", ".join(found.loc[is_empty, id_column].head(5))
        raise DataError(
            f"{submission} has empty cells in {is_empty.sum()} rows (ids {ids}); {_REMEDY}"
        )
