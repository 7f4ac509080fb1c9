"""Errors of files that cannot be written name the file."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from regard.errors import file_error


@contextlib.contextmanager
def writing(path: Path, temporary: Path | None = None) -> Iterator[None]:
    """Name the file or the folder in an error that a block raises while it writes.

    The system names only files that cannot be opened. A disk that becomes full while a file is
    written gives an error without a name.

    Args:
        path: the file or the folder that is written.
        temporary: its name until it is complete, which no message should have.

    Raises:
        OSError: a user can correct the error; all others pass as they are.
    """
    try:
        yield
    except (OSError, RuntimeError) as error:
        found = file_error(error)
        if found is None:
            raise
        name = str(found.filename or path)
        is_unnamed = found.filename is None or str(temporary or path) in name
        raise OSError(found.errno, found.strerror, str(path) if is_unnamed else name) from error
