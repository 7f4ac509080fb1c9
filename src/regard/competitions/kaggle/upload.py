"""Upload a run's submission and wait for its public score."""

import hashlib
import json
import logging
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from regard import artefacts
from regard.competitions.kaggle.client import client_error, run_client, slug_of
from regard.competitions.kaggle.submission_file import check_submission
from regard.config import Config
from regard.errors import ArtefactError, ConfigError, DataError, shell_command
from regard.runs.finding import choose_run
from regard.runs.leaderboard import update_leaderboard

_log = logging.getLogger(__name__)

_UPLOADED = "uploaded.json"


def upload_run(
    config: Config,
    *,
    run: str = "latest",
    message: str,
    every: float = 10.0,
    at_most: float = 300.0,
) -> None:
    """Upload a run's submission, wait for its public score and add it to the leaderboard.

    A submission is uploaded only once; after that, only its score is requested.

    Args:
        config: names the competition.
        run: names the run, see `choose_run`.
        message: the description of the submission on Kaggle.
        every: seconds between two requests for the score.
        at_most: seconds until the waiting ends.

    Raises:
        ConfigError: the message is empty, or there is no such run, no slug, no client or no
            credentials.
        DataError: the submission does not fit the sample, or Kaggle refuses it.
        ArtefactError: there is no score yet.
    """
    competition = config.competition
    if not message.strip():
        command = shell_command("upload", competition.name, message="describe the change")
        raise ConfigError(f"a submission needs a message; run: {command}")
    slug = slug_of(config)
    home = Path(config.output_dir) / competition.name
    folder = choose_run(home / "runs", run)
    submission = folder / "submission.csv"
    sample = config.competition_dir / str(competition.sample_file)
    check_submission(
        submission,
        sample,
        competition.id_column_of_test,
        encoding=competition.encoding,
        separator=competition.separator,
    )
    # Recorded first: after a timeout, the same command only asks for the score.
    name = _upload_once(slug, submission, message=message)
    score = public_score(slug, name, every=every, at_most=at_most)
    artefacts.write_text(folder / "public_score.txt", f"{score}\n")
    update_leaderboard(home)
    _log.info("public score of %s: %s", folder.name, score)


def upload_submission(slug: str, file: Path, *, name: str, message: str) -> None:
    """Upload a submission.

    Args:
        slug: the competition's name on Kaggle.
        file: the submission.
        name: the name of the file on Kaggle.
        message: the description of the submission.

    Raises:
        DataError: Kaggle refuses the submission.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copyfile(file, Path(folder) / name))
        output = run_client(
            "competitions", "submit", slug, "--file", str(copy), f"--message={message}", slug=slug
        )
    # The client ends with status 0 after a refused upload.
    if "success" not in output.lower():
        raise client_error(output, slug)
    _log.info("uploaded %s", file)


def public_score(slug: str, name: str, *, every: float, at_most: float) -> str:
    """Wait until the newest submission with this name has a public score, and return the score.

    Raises:
        DataError: Kaggle could not score the submission.
        ArtefactError: the submission has no score yet.
    """
    end = time.monotonic() + at_most
    while True:
        entries = [entry for entry in _submissions(slug) if entry["fileName"] == name]
        # A file that was uploaded more than once has several entries.
        newest: dict[str, Any] = max(entries, key=lambda entry: str(entry["date"]), default={})
        status = str(newest.get("status", "")).upper()
        score = str(newest.get("publicScore") or "")
        if "ERROR" in status:
            raise DataError(
                f"Kaggle could not score {name}; see https://www.kaggle.com/c/{slug}/submissions"
            )
        if "COMPLETE" in status and score:
            return score
        if time.monotonic() + every > end:
            raise ArtefactError(
                f"{name} has no public score yet; run the same command again to request it"
            )
        time.sleep(every)


def _upload_once(slug: str, submission: Path, *, message: str) -> str:
    """Upload a submission unless that was done before, and return its name on Kaggle."""
    uploaded = submission.parent / _UPLOADED
    digest = hashlib.sha256(submission.read_bytes()).hexdigest()
    # The digest keeps the score of an earlier submission of this run from being taken for this one.
    name = f"{submission.parent.name}-{digest[:8]}.csv"
    record = {"name": name, "sha256": digest}
    if uploaded.exists() and artefacts.read_json(uploaded) == record:
        _log.info(
            "%s is already uploaded; requesting its score (delete %s to upload it again)",
            submission,
            uploaded,
        )
    else:
        upload_submission(slug, submission, name=name, message=message)
        artefacts.write_json(uploaded, record)
    return name


def _submissions(slug: str) -> list[dict[str, Any]]:
    """Return the submissions of the competition, as the client lists them."""
    output = run_client("competitions", "submissions", slug, "--format", "json", slug=slug)
    # The client may print other lines before the JSON list, and no list without submissions.
    if "[" not in output:
        return []
    try:
        entries: list[dict[str, Any]] = json.loads(output[output.index("[") :])
    except ValueError as error:
        raise client_error(output, slug) from error
    return entries
