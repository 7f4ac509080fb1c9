"""TensorBoard: an event file for each fold, and one for the settings and scores of the run."""

from __future__ import annotations

import itertools
import shutil
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from regard.runs.tracking.tracker import Subject, Tracker

if TYPE_CHECKING:
    from tensorboard.compat.proto.summary_pb2 import Summary

_NUMBERS = itertools.count()


class TensorBoardTracker(Tracker):
    """Writes `tensorboard/<run>/` and `tensorboard/<run>/fold_<k>/`.

    The files of an earlier command are replaced, since a file of events cannot be continued.
    """

    modules = ("tensorboard",)
    extra = "tensorboard"

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        self._folder = subject.home / "tensorboard" / subject.name
        self._files: dict[Path, EventFile] = {}

    def start(self) -> Mapping[int, int]:
        """Remove the events of an earlier command, and write the settings as text."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._file(self._folder).write(0, _table("settings", self.subject.settings))
        return {}

    def log_epoch(self, fold: int, epoch: int, values: Mapping[str, float]) -> None:
        """Write one event with a scalar for each value."""
        self._file(self._folder / f"fold_{fold}").write(epoch, _scalars(values))

    def log_result(self, scores: Mapping[str, float], folder: Path) -> None:
        """Write the scores as scalars, and the folder as text."""
        file = self._file(self._folder)
        file.write(0, _scalars(scores))
        file.write(0, _table("result", {"folder": folder}))

    def close(self, *, is_finished: bool) -> None:
        """Close all files."""
        for file in self._files.values():
            file.close()

    def _file(self, folder: Path) -> EventFile:
        if folder not in self._files:
            self._files[folder] = EventFile(folder)
        return self._files[folder]


class EventFile:
    """A file of events that is complete after every event.

    The package's own `EventFileWriter` would import TensorFlow to make the folder.

    Args:
        folder: the folder, made if it is missing.
    """

    def __init__(self, folder: Path) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.summary.writer.record_writer import RecordWriter

        folder.mkdir(parents=True, exist_ok=True)
        # The form of names by which TensorBoard finds the files and their order.
        host = socket.gethostname()
        name = f"events.out.tfevents.{time.time_ns() // 10**9:010d}.{host}.{next(_NUMBERS)}"
        self._stream: IO[bytes] = (folder / name).open("wb")
        self._records = RecordWriter(self._stream)
        self._make: Any = Event
        self._write(file_version="brain.Event:2")

    def write(self, step: int, summary: Summary) -> None:
        """Write a summary."""
        self._write(step=step, summary=summary)

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def _write(self, **fields: Any) -> None:
        event = self._make(wall_time=time.time(), **fields)
        self._records.write(event.SerializeToString())
        self._stream.flush()


def _scalars(values: Mapping[str, float]) -> Summary:
    from tensorboard.compat.proto.summary_pb2 import Summary

    return Summary(
        value=[Summary.Value(tag=name, simple_value=value) for name, value in values.items()]
    )


def _table(tag: str, values: Mapping[str, Any]) -> Summary:
    """Return a table in Markdown, which TensorBoard shows under Text."""
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
    from tensorboard.compat.proto.types_pb2 import DT_STRING
    from tensorboard.plugins.text.metadata import create_summary_metadata

    rows = [f"| {_cell(name)} | {_cell(value)} |" for name, value in values.items()]
    text = "\n".join(["| name | value |", "|---|---|", *rows])
    tensor = TensorProto(
        dtype=DT_STRING,
        tensor_shape=TensorShapeProto(dim=[TensorShapeProto.Dim(size=1)]),
        string_val=[text.encode("utf-8", "replace")],
    )
    metadata = create_summary_metadata(display_name=tag, description="")
    return Summary(value=[Summary.Value(tag=tag, tensor=tensor, metadata=metadata)])


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")
