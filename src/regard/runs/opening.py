"""Open a finished run from its folder."""

from pathlib import Path

from regard.artefacts import MANIFEST, is_finished, read_json
from regard.config import from_values
from regard.errors import ArtefactError
from regard.runs.run import Run


def load(folder: Path | str) -> Run:
    """Open a finished run from its folder alone.

    Args:
        folder: `<output_dir>/<competition>/runs/<name>`, or a link to it such as
            `<output_dir>/<competition>/latest`.

    Raises:
        ArtefactError: the folder holds no finished run.
        ConfigError: its settings are not those of this version.

    Example:
        load("outputs/bbc_news/latest").scores["oof_score"] -> 0.9753
    """
    folder = Path(folder).resolve()
    if not is_finished(folder):
        raise ArtefactError(f"{folder} is not a finished run: it has no {MANIFEST}")
    manifest = read_json(folder / MANIFEST)
    try:
        folders = {stage: (folder / path).resolve() for stage, path in manifest["folders"].items()}
        input_hashes = dict(manifest["input_hashes"])
    except (KeyError, TypeError, AttributeError, ValueError):
        raise ArtefactError(
            f"{folder / MANIFEST} is not the manifest of a run of this version; train it again"
        ) from None
    config = from_values(read_json(folder / "config.json"))
    return Run(config, {**folders, "train": folder}, input_hashes)
