"""Export a run of networks for other programs: its models, its settings, and its model card."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regard import __version__
from regard.artefacts import (
    MANIFEST,
    new_folder,
    read_json,
    temporary_path,
    write_json,
    write_text,
)
from regard.config.checks import choice
from regard.errors import ConfigError
from regard.network.export import jobs
from regard.network.export.settings import export_settings
from regard.parallel import workers
from regard.parallel.process import environment
from regard.pipeline.finished import open_run
from regard.pipeline.opening import open_member
from regard.report import render_card

if TYPE_CHECKING:
    from regard.config import Config
    from regard.runs.run import Run

_log = logging.getLogger(__name__)

# The function of `network.export.jobs` that writes each format, and the packages that it needs.
FORMATS = {
    "onnx": ("export_onnx", ("tensorflow", "onnx", "onnxruntime", "tf2onnx")),
    "keras": ("export_keras", ()),
}


def export_run(config: Config, *, run: str = "", output: str = "", format: str = "onnx") -> Path:
    """Write a folder with the networks of a run in a format that other programs read.

    The folder also gets `vocabulary.txt`, `settings.json` and the model card `README.md`. It
    appears whole or not at all, and replaces an earlier export of the same name.

    Args:
        config: the settings of the command.
        run: see `open_run`.
        output: the folder; empty: `<output_dir>/<competition>/exports/<run>-<format>`.
        format: "onnx", one file for the mean of the networks; or "keras", a file for each network.

    Returns:
        The folder.

    Raises:
        ConfigError: there is no such run or format, the run is none of networks, a package is
            missing, or the folder holds something else.
        ArtefactError: the run is damaged, or a network does not convert.
    """
    choice("format", format, tuple(FORMATS))
    opened = open_run(config, run)
    _check_is_network(opened)
    _check_packages(format)
    default = Path(config.output_dir) / config.competition.name / "exports"
    folder = Path(output) if output else default / f"{opened.name}-{format}"
    _check_replaceable(folder)
    with _replacing(folder, {"format": format, "run": opened.name, "regard": __version__}) as new:
        result = _export_models(opened, new, format)
        write_text(new / "vocabulary.txt", "".join(f"{token}\n" for token in opened.vocabulary))
        write_json(new / "settings.json", export_settings(opened))
        write_text(new / "README.md", render_card(opened, files=format))
    note = f"; at most {result['difference']:.0e} from Keras" if "difference" in result else ""
    _log.info("export: %s, %.1f MB%s", folder, result["bytes"] / 1e6, note)
    return folder


def network_members(run: Run) -> list[str]:
    """Return the members of a blend that are networks, by name; for other runs none."""
    members = {name: open_member(run, name) for name in run.members}
    return [name for name, member in members.items() if _is_network(member)]


def _is_network(run: Run) -> bool:
    return not run.members and run.config.model.reads_word_vectors


def _check_is_network(run: Run) -> None:
    if _is_network(run):
        return
    if not run.members:
        raise ConfigError(
            f"run {run.name} is a {run.config.model.learner} model, and exports are of networks; "
            "choose another run, or copy the folder of this one and use regard.load"
        )
    names = network_members(run)
    found = f"its networks are {', '.join(names)}" if names else "it has no network"
    raise ConfigError(
        f"run {run.name} is a blend, and an export holds the networks of one run; name a member "
        f"by run= (RUN= with make): {found}"
    )


def _check_packages(format: str) -> None:
    _, packages = FORMATS[format]
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise ConfigError(
                f"format={format} needs the package {package}; run make export, or: pip install "
                "'regard[cpu,export]'"
            )


def _check_replaceable(folder: Path) -> None:
    """Refuse to replace anything but an earlier export or an empty folder.

    Raises:
        ConfigError: the folder holds something else.
    """
    if not folder.exists():
        return
    manifest: Any = {}
    if (folder / MANIFEST).is_file():
        manifest = read_json(folder / MANIFEST)
    is_export = isinstance(manifest, dict) and "export" in manifest
    if not is_export and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(
            f"output={folder} exists and is no earlier export; name a new folder, or delete it"
        )


@contextlib.contextmanager
def _replacing(folder: Path, entry: dict[str, str]) -> Iterator[Path]:
    """Give a new folder to write into, which then takes the place of an earlier export."""
    new = temporary_path(folder)
    with new_folder(new, export=entry) as writing:
        yield writing
    if folder.exists():
        earlier = temporary_path(folder)
        folder.rename(earlier)
        new.rename(folder)
        shutil.rmtree(earlier, ignore_errors=True)
    else:
        new.rename(folder)


def _export_models(run: Run, folder: Path, format: str) -> dict[str, float]:
    """Write the models in a worker, and return the facts about them."""
    function, _ = FORMATS[format]
    models = run.model_folders(run.config.predict.models)
    job = workers.Job(f"export {run.name}", getattr(jobs, function), (run, models, folder))
    compute = dataclasses.replace(run.config.compute, n_workers=1)
    # Keras writes operators of cuDNN into the graph if it sees a GPU. Its backend need not be the
    # one that the run was trained with: weights are only arrays.
    with environment({"CUDA_VISIBLE_DEVICES": "", "KERAS_BACKEND": "tensorflow"}):
        (result,) = workers.run_jobs([job], compute, imports=run.learner.preload)
    return result
