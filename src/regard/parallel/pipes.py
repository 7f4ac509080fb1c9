"""Standard output: its reader may end before it does, as in `check | head`, or its disk be full."""

import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from typing import TextIO

from regard.errors import file_error

# Errors of the streams that the lines of this process are written to.
_LOST: list[BaseException] = []


def to_nowhere(stream: TextIO) -> None:
    """Let a stream write to nowhere, after its reader has gone.

    Python would otherwise print a traceback for each line, and one more when it closes the stream.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


class PipeHandler(logging.StreamHandler[TextIO]):
    """Writes to a stream; once the reader of a pipe has ended, the rest is dropped.

    So `regard check | head` ends without errors, and a training goes on. It goes on as well if the
    disk of a log file is full; `whole_output` reports that at the end.
    """

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Let the stream write to nowhere, where Python would print a traceback for each line."""
        error = sys.exception()
        if isinstance(error, BrokenPipeError) or (error and file_error(error)):
            if not isinstance(error, BrokenPipeError):
                _LOST.append(error)
            to_nowhere(self.stream)
        else:
            super().handleError(record)


@contextlib.contextmanager
def whole_output() -> Iterator[None]:
    """Raise an error of standard output, such as a full disk, once the work is done.

    Raises:
        OSError: not all lines could be written.
    """
    _LOST.clear()
    try:
        yield
    except OSError as error:
        found = file_error(error)
        if found and not found.filename:  # the errors of files have their names
            raise OSError(found.errno, found.strerror, "standard output") from error
        raise
    finally:
        # Python would write the last lines as it ends, and print a traceback if it cannot.
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            to_nowhere(sys.stdout)
        except OSError as error:
            _LOST.append(error)
            to_nowhere(sys.stdout)
    if _LOST and (found := file_error(_LOST[0])):
        raise OSError(found.errno, found.strerror, "standard output")


def log_to_stdout() -> None:
    """Show INFO and above on stdout, unless Hydra or a caller has set up logging."""
    level = min(logging.INFO, logging.getLogger().level)  # hydra.verbose=true sets DEBUG
    logging.basicConfig(level=level, format="%(message)s", handlers=[PipeHandler(sys.stdout)])
