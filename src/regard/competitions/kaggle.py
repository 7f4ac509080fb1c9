"""A competition's files in, a submission out: through Kaggle's own command line.

The client runs as a process of its own: imported, it would log in at once, and what it prints would
be ours to hide. Success is judged by what it says, since it ends with status 0 after a refused
upload, too. Nothing it says is passed on but one line, without credentials.
"""

import hashlib
import importlib.util
import json
import logging
import lzma
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from pathlib import Path
from typing import Any

from regard import artefacts
from regard.config import Config
from regard.data.csv_files import read_csv
from regard.errors import (
    ArtefactError,
    ConfigError,
    DataError,
    did_you_mean,
)
from regard.runs.finding import find_run
from regard.runs.leaderboard import leaderboard

_log = logging.getLogger(__name__)

_UPLOADED = "uploaded.json"
_DEEPEST = 3  # archives in archives
_SECRETS = ("KAGGLE_KEY", "KAGGLE_USERNAME", "KAGGLE_API_TOKEN")
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError)
_LIKE_A_SECRET = re.compile(r"KGAT_\w+|\b[0-9a-f]{32}\b")
# What the client says, in any case of letters, and what it means.
_KNOWN_ANSWERS = (
    (
        r"kaggle auth login|kaggle\.json|\b401\b|unauthorized|unauthenticated|authenticate",
        "Kaggle takes no credentials from here: make a token on https://www.kaggle.com/settings, and put it into "
        "~/.kaggle/access_token or the environment variable KAGGLE_API_TOKEN",
    ),
    (
        r"nameresolution|max retries|connection (refused|aborted|reset)|connectionerror|timed? ?out|proxyerror",
        "Kaggle cannot be reached: is there a network?",
    ),
    (
        r"\b429\b|too many requests|limit",
        "Kaggle takes no more for now ({said}); wait, and run the same command again",
    ),
    (
        r"\b403\b|forbidden|rules",
        "Kaggle refuses ({said}); accept the rules on https://www.kaggle.com/c/{slug}/rules",
    ),
    (
        r"\b404\b|not found|could not find",
        "Kaggle has no competition {slug}; see competition.slug in its page of conf/",
    ),
)


def download_competition(config: Config) -> None:
    """Download the files of `config.competition` into its folder of `data_dir`.

    Raises:
        ConfigError: the competition has no slug, the client is not installed, or it has no
            credentials.
        DataError: Kaggle refuses, or its archive holds a path that would leave the folder.
    """
    competition, folder = config.competition, Path(config.data_dir) / config.competition.name
    wanted = (competition.train_file, competition.test_file, competition.sample_file)
    if all((folder / name).exists() for name in wanted):
        _log.info("%s are in %s already", ", ".join(wanted), folder)
        return
    new = download(_slug(config), folder)
    _log.info("%s: %s", folder, ", ".join(new) or "nothing new")
    present = sorted(path.name for path in folder.iterdir())
    for name in wanted:
        if name not in present:
            guess = did_you_mean(name, present)
            raise DataError(
                f"{folder} has no {name} after the download; {guess}; see competition.*_file"
            )


def upload_run(
    config: Config, *, run: str | None, message: str, every: float = 10.0, at_most: float = 300.0
) -> None:
    """Upload a run's submission, wait for its public score, and note it in the leaderboard.

    A submission that was uploaded before is not uploaded again: then only its score is asked for.

    Args:
        config: names the competition.
        run: the run's folder; None: the last one.
        message: what is said with the submission.
        every: seconds between two questions for the score.
        at_most: seconds until the waiting ends.

    Raises:
        ConfigError: the message is empty, there is no such run, no slug, no client or no
            credentials.
        DataError: the submission does not fit the sample, or Kaggle refuses it.
        ArtefactError: there is no score yet.
    """
    if not message.strip():
        raise ConfigError('a submission needs a message: make upload MESSAGE="what is new in it"')
    competition = config.competition
    slug, home = _slug(config), Path(config.output_dir) / competition.name
    folder = _run_folder(home, run)
    submission = folder / "submission.csv"
    sample = Path(config.data_dir) / competition.name / competition.sample_file
    check_submission(
        submission,
        sample,
        competition.id_column_of_test,
        encoding=competition.encoding,
        separator=competition.separator,
    )
    known, made = folder / _UPLOADED, hashlib.sha256(submission.read_bytes()).hexdigest()
    # the score of an earlier submission of this run is not taken for this one's
    name = f"{folder.name}-{made[:8]}.csv"
    if known.exists() and artefacts.read_json(known) == {"name": name, "sha256": made}:
        _log.info(
            "%s was uploaded before; asking for its score (delete %s to upload it again)",
            submission,
            known,
        )
    else:
        upload(slug, submission, name=name, message=message)
        artefacts.write_json(known, {"name": name, "sha256": made})
    score = public_score(slug, name, every=every, at_most=at_most)
    artefacts.write_text(folder / "public_score.txt", f"{score}\n")
    artefacts.write_csv(home / "leaderboard.csv", leaderboard(home / "runs"))
    _log.info("public score of %s: %s", folder.name, score)


def download(slug: str, folder: Path) -> list[str]:
    """Download a competition's files; those that are there already stay as they are.

    Args:
        slug: the competition's name on Kaggle.
        folder: where to; made if need be.

    Returns:
        The names of the new files.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as place:
        unpacked = Path(place) / "unpacked"
        unpacked.mkdir()
        _client("competitions", "download", slug, "--path", place, "--quiet", slug=slug)
        for path in Path(place).iterdir():
            if path.is_file():
                path.rename(unpacked / path.name)
        for _ in range(_DEEPEST):  # an archive may hold an archive for each file
            for archive in sorted(
                path for path in unpacked.rglob("*") if path.suffix.lower() == ".zip"
            ):
                if archive.is_file():
                    # it may hold a file of its own name
                    aside = archive.rename(Path(place) / archive.name)
                    unzip(aside, archive.parent)
                    aside.unlink()
        new = [path.relative_to(unpacked) for path in sorted(unpacked.rglob("*")) if path.is_file()]
        new = [path for path in new if not (folder / path).exists()]
        for path in new:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (unpacked / path).rename(folder / path)
    return list(map(str, new))


def unzip(archive: Path, folder: Path) -> None:
    """Unpack an archive, if every path in it stays in the folder.

    Raises:
        DataError: it is broken, or holds an absolute path, one with `..`, or a link; nothing is
            unpacked.
    """
    try:
        with zipfile.ZipFile(archive) as content:
            for member in content.infolist():
                path = Path(member.filename.replace("\\", "/"))
                link = stat.S_ISLNK(member.external_attr >> 16)
                if (
                    path.is_absolute()
                    or ".." in path.parts
                    or link
                    or re.match("[A-Za-z]:", member.filename)
                ):
                    what = "is a link" if link else "leaves the folder"
                    raise DataError(
                        f"{archive.name}: {member.filename!r} {what}; nothing was unpacked"
                    )
            content.extractall(folder)
    except (*_BROKEN, NotImplementedError, RuntimeError, OSError) as error:
        raise DataError(
            f"{archive.name} cannot be unpacked ({error}); download it again"
        ) from error


def check_submission(
    submission: Path,
    sample: Path,
    id_column: str,
    *,
    encoding: str = "utf-8",
    separator: str | None = None,
) -> None:
    """Make sure that a submission still fits the sample: its columns, its ids in their order, no
    empty cell.

    Args:
        submission: a CSV file, as `artefacts.write_csv` writes it.
        sample: the sample submission.
        id_column: of both.
        encoding: of the sample.
        separator: of the sample's cells; None: the tab for .tsv files, else the comma.

    Raises:
        DataError: a file is missing or broken, or the submission does not fit; the message says
            where.
    """
    again = "make it anew: make submit"
    if not submission.is_file():
        raise DataError(f"{submission}: there is no such file; {again}")
    found, wanted = (
        read_csv(submission, "utf-8", ",").frame,
        read_csv(sample, encoding, separator).frame,
    )
    columns, sample_columns = list(map(str, found)), list(map(str, wanted))
    if columns != sample_columns:
        both = f"{', '.join(columns)}, the sample {', '.join(sample_columns)}"
        raise DataError(f"{submission} has the columns {both}; {again}")
    if id_column not in columns:
        raise DataError(f"{sample} has no column {id_column!r}; {did_you_mean(id_column, columns)}")
    if found[id_column].tolist() != wanted[id_column].tolist():
        raise DataError(f"{submission} has other ids than {sample}, or in another order; {again}")
    empty = found.apply(lambda column: column.str.strip() == "").any(axis=1)
    if empty.any():
        ids = ", ".join(found.loc[empty, id_column].head(5))
        raise DataError(f"{submission} has empty cells in {empty.sum()} rows (ids {ids}); {again}")


def upload(slug: str, file: Path, *, name: str, message: str) -> None:
    """Upload a submission.

    Args:
        slug: the competition's name on Kaggle.
        file: the submission.
        name: what it is called there.
        message: what is said with it.

    Raises:
        DataError: Kaggle refuses it.
    """
    with tempfile.TemporaryDirectory() as place:
        copy = Path(shutil.copyfile(file, Path(place) / name))
        said = _client(
            "competitions", "submit", slug, "--file", str(copy), f"--message={message}", slug=slug
        )
    if "success" not in said.lower():
        raise _refusal(said, slug)
    _log.info("uploaded %s", file)


def public_score(slug: str, name: str, *, every: float, at_most: float) -> str:
    """Wait until the newest submission of a name has a public score, and return it.

    Raises:
        DataError: Kaggle could not score it.
        ArtefactError: it has no score yet.
    """
    end = time.monotonic() + at_most
    while True:
        mine = [entry for entry in _submissions(slug) if entry["fileName"] == name]
        newest: dict[str, Any] = max(mine, key=lambda entry: str(entry["date"]), default={})
        status, score = str(newest.get("status", "")).upper(), str(newest.get("publicScore") or "")
        if "ERROR" in status:
            raise DataError(
                f"Kaggle could not score {name}: see https://www.kaggle.com/c/{slug}/submissions"
            )
        if "COMPLETE" in status and score:
            return score
        if time.monotonic() + every > end:
            raise ArtefactError(
                f"{name} has no public score yet; the same command again asks for it"
            )
        time.sleep(every)


def _submissions(slug: str) -> list[dict[str, Any]]:
    said = _client("competitions", "submissions", slug, "--format", "json", slug=slug)
    try:
        entries: list[dict[str, Any]] = json.loads(said[said.index("[") :]) if "[" in said else []
    except ValueError as error:
        raise _refusal(said, slug) from error
    return entries


def _slug(config: Config) -> str:
    if config.competition.slug is None:
        name = config.competition.name
        if config.competition.source:
            raise ConfigError(
                f"{name} is shipped, and not on Kaggle: there is nothing to download or upload"
            )
        raise ConfigError(
            f"competition.slug is not set; give the name from the competition's address on Kaggle in "
            f"conf/competition/{name}.yaml, for example slug: spooky-author-identification"
        )
    return config.competition.slug


def _run_folder(home: Path, run: str | None) -> Path:
    if run is None and (home / "latest").exists():
        run = (home / "latest").resolve().name
    return find_run(home / "runs", run or "")


def _client(*words: str, slug: str) -> str:
    """Run the client and return what it says.

    Raises:
        ConfigError: it is not installed, or has no credentials.
        DataError: it ends with an error.
    """
    if importlib.util.find_spec("kaggle") is None:
        raise ConfigError(
            "Kaggle's client is not installed: make download and make upload install it, or pip does"
        )
    command = [sys.executable, "-P", "-m", "kaggle", "-W", *words]
    # An answer typed in would be waited for for ever.
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise _refusal(f"{done.stdout}\n{done.stderr}", slug)
    return done.stdout


def _refusal(said: str, slug: str) -> ConfigError | DataError:
    """What the client's words mean, and what to do."""
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["it said nothing"]
    short = _without_secrets(lines[-1])[:200]
    for place, (pattern, meaning) in enumerate(_KNOWN_ANSWERS):
        if re.search(pattern, said, re.IGNORECASE):
            return (ConfigError if place == 0 else DataError)(meaning.format(said=short, slug=slug))
    return DataError(f"Kaggle's client failed: {short}")


def _without_secrets(text: str) -> str:
    for secret in filter(None, map(os.environ.get, _SECRETS)):
        text = text.replace(secret, "***")
    return _LIKE_A_SECRET.sub("***", text)
