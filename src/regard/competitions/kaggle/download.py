"""Download a competition's files."""

import logging
import tempfile
from pathlib import Path

from regard.competitions.kaggle.archives import unzip
from regard.competitions.kaggle.client import run_client
from regard.competitions.slug import slug_of
from regard.config import Config
from regard.data.tables import file_names
from regard.errors import DataError, did_you_mean

_log = logging.getLogger(__name__)

_MAX_DEPTH = 3  # of archives inside archives


def download_competition(config: Config) -> None:
    """Download the files of `config.competition` into its folder in `data_dir`.

    Raises:
        ConfigError: the competition has no slug, or the client is not installed or has no
            credentials.
        DataError: Kaggle refuses the download, its archive holds a path that leads out of the
            folder, or a file of the competition is missing afterwards.
    """
    competition = config.competition
    folder = Path(config.data_dir) / competition.name
    needed = [name for names in file_names(competition).values() for name in names]
    if all((folder / name).exists() for name in needed):
        _log.info("%s already exist in %s", ", ".join(needed), folder)
        return
    new = download_files(slug_of(config), folder)
    _log.info("%s: %s", folder, ", ".join(new) or "no new files")
    present = sorted(path.name for path in folder.iterdir())
    for name in needed:
        if name not in present:
            guess = did_you_mean(name, present)
            raise DataError(
                f"{folder} has no {name} after the download; {guess}; "
                "correct competition.train_file, test_file or sample_file"
            )


def download_files(slug: str, folder: Path) -> list[str]:
    """Download and unpack a competition's files; keep the files that already exist.

    Args:
        slug: the competition's name on Kaggle.
        folder: the folder to write to; created if missing.

    Returns:
        The names of the new files.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    # A folder in `data_dir` is on the same disk, so files are moved without copying.
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as temporary:
        unpacked = Path(temporary) / "unpacked"
        unpacked.mkdir()
        run_client("competitions", "download", slug, "--path", temporary, "--quiet", slug=slug)
        for path in Path(temporary).iterdir():
            if path.is_file():
                path.rename(unpacked / path.name)
        _unzip_all(unpacked, Path(temporary))
        return _move_new_files(unpacked, folder)


def _unzip_all(unpacked: Path, temporary: Path) -> None:
    """Unpack every archive in place, then the archives that were inside.

    Example:
        it.zip holding train.csv and test.csv.zip -> train.csv, test.csv
    """
    for _ in range(_MAX_DEPTH):
        archives = sorted(path for path in unpacked.rglob("*") if path.suffix.lower() == ".zip")
        for archive in archives:
            if archive.is_file():
                # The archive moves out of the way first: it may hold a file of the same name.
                moved = archive.rename(temporary / archive.name)
                unzip(moved, archive.parent)
                moved.unlink()


def _move_new_files(unpacked: Path, folder: Path) -> list[str]:
    """Move the files that the folder lacks, and return their names."""
    files = [path.relative_to(unpacked) for path in sorted(unpacked.rglob("*")) if path.is_file()]
    new = [path for path in files if not (folder / path).exists()]
    for path in new:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (unpacked / path).rename(folder / path)
    return list(map(str, new))
