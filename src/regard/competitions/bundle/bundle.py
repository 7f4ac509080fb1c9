"""Write the folder of a bundle.

bundle/
  manifest.json                  shows that the bundle is complete
  dataset/dataset-metadata.json
  dataset/bundle.json            the run, the competition, a hash of the other files
  dataset/*.whl                  Regard, and the packages that the image lacks
  dataset/run/                   the run's files, those of its members in members/
  kernel/kernel-metadata.json
  kernel/notebook.ipynb
"""

from __future__ import annotations

import hashlib
import logging
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from regard import __version__, artefacts
from regard.competitions.bundle.image import read_image
from regard.competitions.bundle.metadata import (
    DATASET,
    KERNEL,
    METADATA,
    NOTEBOOK,
    bundle_slug,
    write_metadata,
)
from regard.competitions.bundle.notebook import notebook_text
from regard.competitions.bundle.packing import pack_regard
from regard.competitions.bundle.requirements import missing_packages
from regard.competitions.bundle.run_files import OpenMember, copy_run
from regard.competitions.bundle.wheels import collect_wheels
from regard.competitions.slug import slug_of
from regard.errors import ArtefactError, ConfigError, shell_command
from regard.metrics.own import is_own

if TYPE_CHECKING:
    from regard.config import Config
    from regard.runs.run import Run

_log = logging.getLogger(__name__)

OWNER = "USERNAME"  # stands for the user's name on Kaggle until the upload

_MARKER = "bundle.json"


@dataclass(frozen=True)
class BundleOptions:
    """The options of a bundle.

    Attributes:
        image: a list of the image's packages; None: Kaggle's.
        wheels: a folder of wheels, which are taken first.
        owner: the user's name on Kaggle.
        gpu: whether the notebook runs with a GPU.
    """

    image: Path | None = None
    wheels: Path | None = None
    owner: str = OWNER
    gpu: bool = False


def read_options(
    image: str = "", wheels: str = "", username: str = "", gpu: str = ""
) -> BundleOptions:
    """Read the options from the words of the command line; an empty word is the default.

    Raises:
        ConfigError: `gpu` is neither true nor false.
    """
    if gpu not in ("", "true", "false"):
        raise ConfigError(f"gpu={gpu} is neither true nor false")
    return BundleOptions(
        image=Path(image) if image else None,
        wheels=Path(wheels) if wheels else None,
        owner=username or OWNER,
        gpu=gpu == "true",
    )


def make_bundle(
    config: Config,
    run: Run,
    folder: Path,
    options: BundleOptions | None = None,
    *,
    open_member: OpenMember,
) -> None:
    """Write a run as a bundle; an older bundle in its place is replaced if it differs.

    Args:
        config: names the competition.
        run: a finished run.
        folder: the folder of the bundle; it appears whole or not at all.
        options: the image, given wheels, and Kaggle's settings.
        open_member: opens a member of a blend by its name.

    Raises:
        ConfigError: the competition takes CSV files or has no slug, the folder holds something
            else, or the run cannot be opened elsewhere.
        DataError: a wheel is missing.
    """
    options = options or BundleOptions()
    _check(config, run, folder)
    competition = slug_of(config)
    with artefacts.new_folder(folder, rewritten=METADATA, run=run.name) as unfinished:
        _write_wheels(unfinished / DATASET, options)
        copy_run(run, unfinished / DATASET / "run", open_member)
        _write_notebook(config, run, unfinished / KERNEL)
        write_metadata(
            unfinished,
            owner=options.owner,
            slug=bundle_slug(config.competition.name),
            competition=competition,
            gpu=options.gpu,
        )
        digest = _digest(unfinished)
        content = {"run": run.name, "competition": competition, "regard": __version__}
        artefacts.write_json(unfinished / DATASET / _MARKER, {**content, "sha256": digest})
        # The same bundle keeps its folder, and with it the record of its upload.
        is_new = not artefacts.is_finished(folder) or read_bundle(folder)["sha256"] != digest
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
    _log.info("%s: %.1f MB, %s", folder, _megabytes(folder), "written" if is_new else "unchanged")


def bundle_folder(config: Config, run: str) -> Path:
    """Return the usual folder of a run's bundle."""
    return Path(config.output_dir) / config.competition.name / "bundles" / run


def read_bundle(folder: Path) -> dict[str, str]:
    """Return the run, the competition on Kaggle and the hash of a bundle.

    Raises:
        ArtefactError: the folder is no bundle.
    """
    if not artefacts.is_finished(folder) or not (folder / DATASET / _MARKER).is_file():
        raise ArtefactError(f"{folder} is no bundle; name a folder that the command bundle wrote")
    content: dict[str, str] = artefacts.read_json(folder / DATASET / _MARKER)
    return content


def _check(config: Config, run: Run, folder: Path) -> None:
    """Refuse a competition of CSV files, a run with plugins, and a folder of other files."""
    competition = config.competition
    if not competition.is_code:
        raise ConfigError(
            f"{competition.name} takes a CSV file (competition.kind=csv); run: "
            f"{shell_command('upload', competition.name, message='...')}, or set kind: code on its "
            "page in conf/competition"
        )
    if is_own(run.config.competition.metric):
        raise ConfigError(
            f"{run.name} needs the module of competition.metric={run.config.competition.metric}, "
            "which a bundle does not hold; bundle a run with a metric of Regard"
        )
    if run.config.plugins:
        raise ConfigError(
            f"{run.name} needs the plugins {', '.join(run.config.plugins)}, which a bundle does "
            "not hold; bundle a run without plugins"
        )
    is_bundle = artefacts.is_finished(folder) and (folder / DATASET / _MARKER).is_file()
    if folder.exists() and not is_bundle and not _is_empty(folder):
        raise ConfigError(f"{folder} exists and is no bundle; name another folder by output=")


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def _write_wheels(folder: Path, options: BundleOptions) -> None:
    """Write the wheels of Regard and of the packages that the image lacks."""
    image = read_image(options.image)
    folder.mkdir()
    pack_regard(folder)
    collect_wheels(missing_packages(image), folder, image=image, given=options.wheels)


def _write_notebook(config: Config, run: Run, folder: Path) -> None:
    competition = config.competition
    text = notebook_text(
        title=f"{competition.name}: {run.name}",
        run=run.name,
        competition=slug_of(config),
        test_file=competition.test_file or "test.csv",
        marker=_MARKER,
    )
    artefacts.write_text(folder / NOTEBOOK, text)


def _digest(folder: Path) -> str:
    """Return the hash of all files in a folder and of their names."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{path.relative_to(folder)} {artefacts.hash_file(path)}\n" for path in files]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
