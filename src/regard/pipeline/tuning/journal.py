"""The lock of a study's journal."""

import fcntl
import os
from pathlib import Path
from typing import IO

from optuna.storages.journal import JournalFileOpenLock


class JournalLock(JournalFileOpenLock):
    """A lock of the system: unlike Optuna's own ones, it ends with the process that holds it.

    Args:
        journal: the file, which is made.
    """

    def __init__(self, journal: Path) -> None:
        super().__init__(str(journal))
        self._journal = journal
        self._file: IO[bytes] | None = None

    def acquire(self) -> bool:
        """Wait for the lock, and remove the rest of a line that a full disk has cut."""
        self._journal.touch()
        self._file = self._journal.open("rb+")
        fcntl.flock(self._file, fcntl.LOCK_EX)
        if self._file.seek(0, os.SEEK_END):
            self._file.seek(-1, os.SEEK_END)
            if self._file.read(1) != b"\n":
                self._file.seek(0)
                self._file.truncate(self._file.read().rfind(b"\n") + 1)
        return True

    def release(self) -> None:
        """Let go of the lock."""
        if self._file is not None:
            self._file.close()
            self._file = None
