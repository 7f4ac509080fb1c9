"""Weights & Biases: a run for each run, on its server or in files that are uploaded later."""

from __future__ import annotations

import contextlib
import netrc
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from regard.artefacts import read_json, write_json
from regard.errors import ArtefactError, ConfigError
from regard.runs.tracking.tracker import Subject, Tracker

if TYPE_CHECKING:
    import wandb

_SERVER = "https://api.wandb.ai"
_LOCAL_MODES = ("offline", "dryrun", "disabled")
# Of the id of a run.
_MAX_CHARACTERS = 120
_KEYS = ("WANDB_API_KEY", "WANDB_IDENTITY_TOKEN_FILE")


class WandbTracker(Tracker):
    """Writes a run of Weights & Biases: settings as its config, curves as `fold_<k>/loss`.

    The run has the name of this one as its id, so another command continues it. Files cannot be
    asked how far an earlier command came, so a note next to them keeps it.
    """

    modules = ("wandb",)
    extra = "wandb"
    takes = ("project",)

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        self._folder = subject.home / "wandb"
        self._note = self._folder / f"{subject.name}.json"
        self._epochs: dict[str, int] = {}
        self._run: wandb.Run | None = None

    @classmethod
    def check_ready(cls) -> None:
        """Make sure that there is a key: else the package would ask for it in the terminal."""
        if _is_local() or any(os.environ.get(name) for name in _KEYS):
            return
        host = urlsplit(os.environ.get("WANDB_BASE_URL", _SERVER)).hostname or ""
        if not _knows(host):
            raise ConfigError(
                f"tracking=wandb needs a key for {host}: run wandb login, or set WANDB_API_KEY; "
                "with WANDB_MODE=offline it writes files only"
            )

    def start(self) -> Mapping[int, int]:
        """Begin the run, with the settings."""
        import wandb

        self._folder.mkdir(parents=True, exist_ok=True)
        self._run = wandb.init(
            project=self.subject.project,
            name=self.subject.name,
            id=self.subject.key[-_MAX_CHARACTERS:],
            dir=str(self.subject.home),
            config=dict(self.subject.settings),
            resume=None if _is_local() else "allow",
            # No copy of the terminal, of code, or of the machine's names.
            settings=wandb.Settings(
                console="off",
                silent=True,
                disable_git=True,
                disable_code=True,
                disable_job_creation=True,
                save_code=False,
                x_disable_meta=True,
                x_disable_stats=True,
            ),
        )
        for fold in self.subject.folds:
            # Folds are trained side by side: each has its own steps.
            self._run.define_metric(f"fold_{fold}/*", step_metric=f"fold_{fold}/epoch")
        with contextlib.suppress(ArtefactError):
            self._epochs = read_json(self._note) if self._note.exists() else {}
        return {int(fold): epoch for fold, epoch in self._epochs.items()}

    def log_epoch(self, fold: int, epoch: int, values: Mapping[str, float]) -> None:
        """Write the values of an epoch, and note it."""
        named = {"epoch": epoch, **values}
        self._open.log({f"fold_{fold}/{name}": value for name, value in named.items()})
        self._epochs[str(fold)] = epoch
        write_json(self._note, self._epochs)

    def log_result(self, scores: Mapping[str, float], folder: Path) -> None:
        """Write the scores and the folder into the summary of the run."""
        self._open.summary.update({**scores, "folder": str(folder)})

    def close(self, *, is_finished: bool) -> None:
        """End the run; exit code 1 marks a stopped one."""
        if self._run is not None:
            self._run.finish(exit_code=0 if is_finished else 1)

    @property
    def _open(self) -> Any:
        return self._run


def _is_local() -> bool:
    return os.environ.get("WANDB_MODE", "") in _LOCAL_MODES


def _knows(host: str) -> bool:
    """Return whether the user has logged in to a server before."""
    with contextlib.suppress(OSError, netrc.NetrcParseError):
        return netrc.netrc(os.environ.get("NETRC")).authenticators(host) is not None
    return False
