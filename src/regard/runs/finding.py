"""Find finished runs, one of them by its name, and the newest predictions of a run."""

from pathlib import Path

from regard.artefacts import MANIFEST, is_finished, read_json
from regard.errors import ConfigError, did_you_mean, shell_command


def finished_runs(runs: Path) -> list[Path]:
    """Return the folders of the finished runs among those of a competition, by name."""
    return sorted(folder for folder in runs.glob("[!.]*") if is_finished(folder))


def find_run(runs: Path, name: str) -> Path:
    """Return the folder of a finished run.

    Args:
        runs: the folder of a competition's runs.
        name: the name of the run's folder.

    Raises:
        ConfigError: there is no finished run of this name.
    """
    names = [folder.name for folder in finished_runs(runs)]
    if not names:
        command = shell_command("train", runs.parent.name)
        raise ConfigError(f"{runs.parent} has no finished run; first run: {command}")
    if name not in names:
        raise ConfigError(f"there is no run {name!r} in {runs}; {did_you_mean(name, names)}")
    return runs / name


def last_predictions(run: Path) -> Path | None:
    """Return the newest folder of a run's test predictions; None if there is none."""
    folders = [folder for folder in (run / "predict").glob("[!.]*") if is_finished(folder)]
    return max(folders, key=_finished_at, default=None)


def _finished_at(folder: Path) -> tuple[str, int]:
    """Return when a folder was finished.

    The manifest notes the second. Within one second the time of the file decides, which a copy may
    have lost.
    """
    manifest = folder / MANIFEST
    return str(read_json(manifest)["finished"]), manifest.stat().st_mtime_ns
