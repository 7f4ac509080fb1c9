"""Open a finished run from its folder."""

from pathlib import Path

from regard.artefacts import MANIFEST, read_json
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
    if not (folder / MANIFEST).is_file():
        raise ArtefactError(f"{folder} is not a finished run: it has no {MANIFEST}")
    manifest = read_json(folder / MANIFEST)
    config = from_values(read_json(folder / "config.json"))
    folders = {stage: (folder / path).resolve() for stage, path in manifest["folders"].items()}
    return Run(config, folders, manifest["input_hashes"])
