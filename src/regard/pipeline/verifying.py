"""Check that every file of a competition's artefacts, or of one run, is as it was written."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from regard.artefacts import MANIFEST, Damage, damages_of, is_finished, read_json
from regard.errors import ArtefactError, ConfigError
from regard.pipeline.stages import SHARED
from regard.runs.finding import choose_run

if TYPE_CHECKING:
    from regard.config import Config

_log = logging.getLogger(__name__)


def verify(config: Config, run: str = "") -> None:
    """Compare the hash of every file with the one that its folder lists, and log each difference.

    Args:
        config: the competition and where its artefacts are.
        run: a word that names a run, see `runs.finding`: that run and the folders it was made of;
            none: all of the competition.

    Raises:
        ConfigError: there is nothing to verify.
        ArtefactError: a file is not as it was written.
    """
    home = Path(config.output_dir) / config.competition.name
    if not home.is_dir():
        raise ConfigError(f"{home} does not exist, so there is nothing to verify; train first")
    folders = sorted(set(_of_run(choose_run(home / "runs", run)) if run else _of_all(home)))
    damages = [damage for folder in folders for damage in _damages(folder)]
    for damage in damages:
        _log.error("%s", damage)
    n_unlisted = sum(1 for folder in folders if is_finished(folder) and not _is_listed(folder))
    if n_unlisted:
        _log.info(
            "verify: %d folders of an earlier version list no hashes, and were not checked",
            n_unlisted,
        )
    if damages:
        raise ArtefactError(
            f"{len(damages)} files of {home} are damaged, in {len(folders)} folders; do as the "
            "lines above tell"
        )
    n_whole = len(folders) - n_unlisted
    _log.info("verify: %d folders of %s are as they were written", n_whole, home)


def _of_all(home: Path) -> Iterator[Path]:
    """Yield all folders of artefacts of a competition."""
    for stage in SHARED:
        yield from home.glob(f"{stage}/[!.]*")
    for folder in home.glob("runs/[!.]*"):
        # The first report of a run that is being trained is there before the run.
        if is_finished(folder) or not folder.with_name(f".{folder.name}.unfinished").exists():
            yield folder
            yield from _inside(folder)


def _of_run(folder: Path) -> Iterator[Path]:
    """Yield the folder of a run, and those that it was made of, as far as they are there."""
    yield folder
    yield from _inside(folder)
    try:
        named = read_json(folder / MANIFEST)["folders"].values()
        found = [(folder / path).resolve() for path in named]
    except (ArtefactError, AttributeError, KeyError, TypeError):
        return  # told as a damage of the manifest
    for path in found:
        if path.is_dir() and path.is_relative_to(folder.parent.parent):
            yield path


def _inside(folder: Path) -> Iterator[Path]:
    yield from folder.glob("predict/[!.]*")
    yield from folder.glob("explain/[!.]*")
    if (folder / "refit").is_dir():
        yield folder / "refit"


def _damages(folder: Path) -> list[Damage]:
    if not is_finished(folder):
        return [Damage(folder / MANIFEST, folder, "is missing", is_missing=True)]
    return damages_of(folder, full=True)


def _is_listed(folder: Path) -> bool:
    try:
        return "files" in read_json(folder / MANIFEST)
    except ArtefactError:
        return True
