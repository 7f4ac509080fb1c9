"""Streams whose reader may end before they do, as in `regard check | head`."""

import os
from typing import TextIO


def to_nowhere(stream: TextIO) -> None:
    """Let a stream write to nowhere, after its reader has gone.

    Python would otherwise print a traceback for each line, and one more when it closes the stream.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
