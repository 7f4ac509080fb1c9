"""The interface of trackers, and the run that they follow."""

from __future__ import annotations

import importlib.util
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from regard.errors import ConfigError


@dataclass(frozen=True)
class Subject:
    """A run as a tracker shows it.

    Attributes:
        name: the name of the run.
        competition: the name of the competition.
        home: the folder of the competition's artefacts, absolute.
        folds: the numbers of the folds that are trained.
        settings: the values of all settings by their dotted names, without those of tracking.
        project: see `tracking.project`; the name of the competition if it is not set.
        uri: see `tracking.uri`.
    """

    name: str
    competition: str
    home: Path
    folds: Sequence[int]
    settings: Mapping[str, Any]
    project: str
    uri: str | None = None

    @property
    def key(self) -> str:
        """The name in the characters that every tracker takes."""
        return re.sub(r"[^\w.-]", "_", self.name)


class Tracker(ABC):
    """Writes one run for another program.

    Its methods are called one after another, in one thread; any exception ends the tracking, not
    the training.

    Args:
        subject: the run.

    Attributes:
        modules: the modules that it imports.
        extra: the extra of this package that installs them.
        takes: the settings of tracking that it reads.
    """

    modules: ClassVar[tuple[str, ...]] = ()
    extra: ClassVar[str]
    takes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, subject: Subject) -> None:
        self.subject = subject

    @classmethod
    def check_installed(cls) -> None:
        """Make sure that its packages are installed.

        Raises:
            ConfigError: one is missing; the message tells how to install it.
        """
        missing = [name for name in cls.modules if importlib.util.find_spec(name) is None]
        if missing:
            raise ConfigError(
                f"tracking={cls.extra} needs the package {missing[0]}, which is not installed; "
                f'run pip install "regard[{cls.extra}]", or pip install ".[{cls.extra}]" in a '
                "clone, or set tracking=none"
            )

    @classmethod
    def check_ready(cls) -> None:
        """Make sure that it can start without asking anything.

        Raises:
            ConfigError: it cannot.
        """
        return

    @abstractmethod
    def start(self) -> Mapping[int, int]:
        """Begin, and write the settings.

        Returns:
            The last epoch of each fold that an earlier command has written, and that stays.
        """

    @abstractmethod
    def log_epoch(self, fold: int, epoch: int, values: Mapping[str, float]) -> None:
        """Write the values of an epoch, such as `loss`, `valid_loss` and `score`, at once."""

    @abstractmethod
    def log_result(self, scores: Mapping[str, float], folder: Path) -> None:
        """Write the final scores and the folder of the finished run."""

    @abstractmethod
    def close(self, *, is_finished: bool) -> None:
        """End, for a run that is finished or was stopped."""
