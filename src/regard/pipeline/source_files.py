"""The files of the competition, before any stage reads them."""

import logging
from pathlib import Path

from regard.artefacts import new_folder, write_csv
from regard.config import Config
from regard.data.shipped import shipped
from regard.errors import DataError, shell_command

_log = logging.getLogger(__name__)


def ensure_files(config: Config) -> None:
    """Write the files of a shipped data set into a folder that holds none.

    A folder with any file in it belongs to the user and stays as it is.

    Raises:
        DataError: the folder is empty and the data set is not shipped.
    """
    competition = config.competition
    folder = Path(config.data_dir) / competition.name
    if folder.exists() and any(folder.iterdir()):
        return
    if not competition.source:
        remedy = "put the files of the competition there"
        if competition.slug:
            command = shell_command("download", competition.name)
            remedy = f"get them from Kaggle: {command}"
        raise DataError(f"{folder} has no files; {remedy}")
    with new_folder(folder, source=competition.source) as new:
        for name, frame in shipped(competition.source).items():
            write_csv(new / f"{name}.csv", frame)
    package = competition.source.partition(":")[2]
    _log.info("data: %s written from the package %s", folder, package)
