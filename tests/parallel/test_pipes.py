import os

import pytest

from regard.parallel.pipes import to_nowhere


def test_stream_without_a_reader_is_written_and_closed_quietly():
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        stream.write("lost")
        with pytest.raises(BrokenPipeError):
            stream.flush()
        to_nowhere(stream)
        stream.write("dropped")
        stream.flush()
