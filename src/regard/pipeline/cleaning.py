"""List what no run needs any more in the folder of a competition's artefacts, and remove it."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from regard.artefacts import MANIFEST, is_finished, read_json
from regard.artefacts.leftovers import in_work, own_folders, remove_abandoned, unfinished
from regard.errors import ArtefactError, ConfigError
from regard.pipeline.stages import SHARED
from regard.runs.finding import finished_runs

if TYPE_CHECKING:
    from regard.config import Config

_log = logging.getLogger(__name__)


def clean_outputs(config: Config, remove: str = "") -> None:
    """List interrupted runs, and folders that no finished run uses; remove them if told so.

    Temporary files of processes that were killed are removed in any case, as by every command.

    Args:
        config: the competition and where its artefacts are.
        remove: "yes" to remove; else they are listed only.

    Raises:
        ConfigError: `remove` is another word, or a run is being made.
        ArtefactError: the manifest of a run is damaged, so the folders it uses are not known.
    """
    if remove not in ("", "no", "yes"):
        raise ConfigError(f"remove={remove}: give yes to remove what this command lists, or no")
    home = Path(config.output_dir) / config.competition.name
    remove_abandoned(home)
    if working := in_work(home):
        raise ConfigError(f"{working[0]} is being made; wait for it, then clean again")
    found = dict.fromkeys(unfinished(home), "interrupted; its command would continue it")
    found |= dict.fromkeys(unused(home), "no finished run uses it")
    interrupted = own_folders(home, "reproductions/*")
    found |= dict.fromkeys(interrupted, "an interrupted reproduction")
    for path, reason in found.items():
        _log.info("%s: %s, %.1f MB", path, reason, _megabytes(path))
        if remove == "yes":
            shutil.rmtree(path)
    done = "removed" if remove == "yes" else "listed; remove=yes removes them"
    _log.info("clean-outputs: %d folders %s", len(found), done)


def unused(home: Path) -> list[Path]:
    """Return the folders of stages that no finished run was made of.

    Raises:
        ArtefactError: the manifest of a run is damaged.
    """
    used = {path for run in finished_runs(home / "runs") for path in _used_by(run)}
    folders = [path for stage in SHARED for path in sorted(home.glob(f"{stage}/[!.]*"))]
    inside = [path for path in folders if path.resolve() == home.resolve() / path.relative_to(home)]
    return [path for path in inside if is_finished(path) and path.resolve() not in used]


def _used_by(run: Path) -> list[Path]:
    try:
        return [(run / path).resolve() for path in read_json(run / MANIFEST)["folders"].values()]
    except (AttributeError, KeyError, TypeError):
        raise ArtefactError(f"{run / MANIFEST} is not the manifest of a run") from None


def _megabytes(folder: Path) -> float:
    return sum(path.lstat().st_size for path in folder.rglob("*")) / 1e6
