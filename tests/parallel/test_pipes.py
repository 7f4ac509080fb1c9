import io
import logging
import os

import pytest

from regard.parallel.pipes import PipeHandler, to_nowhere


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


def test_output_that_nobody_reads_any_more_is_dropped(capfd):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        handler = PipeHandler(stream)
        for message in ("one", "two"):
            handler.handle(logging.makeLogRecord({"msg": message, "levelno": logging.INFO}))
    assert capfd.readouterr() == ("", "")


def test_mistake_in_a_log_line_is_shown(capfd):
    PipeHandler(io.StringIO()).handle(logging.makeLogRecord({"msg": "%d", "args": ("one",)}))
    assert "TypeError" in capfd.readouterr().err
