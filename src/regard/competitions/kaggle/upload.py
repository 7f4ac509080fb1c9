"""Upload a run's submission, or its bundle, and wait for its public score."""

import hashlib
import logging
import shutil
import tempfile
from pathlib import Path

from regard import artefacts
from regard.competitions.bundle import bundle_folder, read_bundle
from regard.competitions.kaggle.client import client_error, run_client
from regard.competitions.kaggle.code_upload import Waiting, upload_bundle
from regard.competitions.kaggle.scores import public_score
from regard.competitions.kaggle.submission_file import check_submission
from regard.competitions.slug import slug_of
from regard.config import Config
from regard.errors import ConfigError, shell_command
from regard.runs.finding import choose_run
from regard.runs.leaderboard import update_leaderboard
from regard.tasks import TASKS

_log = logging.getLogger(__name__)

_UPLOADED = "uploaded.json"


def upload_run(
    config: Config,
    *,
    run: str = "latest",
    message: str,
    bundle: str = "",
    every: float = 10.0,
    at_most: float = 300.0,
) -> None:
    """Upload a run, wait for its public score and add it to the leaderboard.

    A submission or a bundle is uploaded only once; after that, only its score is requested.

    Args:
        config: names the competition.
        run: names the run, see `choose_run`.
        message: the description of the submission on Kaggle.
        bundle: the folder of the run's bundle, for a code competition; by default the usual one.
        every: seconds between two requests for the score.
        at_most: seconds until the waiting for the score ends.

    Raises:
        ConfigError: the message is empty, there is no such run, no bundle, no slug, no client or no
            credentials, or the competition does not take bundles.
        DataError: the submission does not fit the sample, or Kaggle refuses it.
        ArtefactError: there is no score yet.
    """
    competition = config.competition
    if not message.strip():
        command = shell_command("upload", competition.name, message="describe the change")
        raise ConfigError(f"a submission needs a message; run: {command}")
    slug_of(config)
    home = Path(config.output_dir) / competition.name
    folder = choose_run(home / "runs", run)
    waiting = Waiting(every=every, for_score=at_most)
    if competition.is_code:
        place = Path(bundle) if bundle else bundle_folder(config, folder.name)
        _check_bundle(config, place, folder.name)
        score = upload_bundle(place, message=message, waiting=waiting)
    else:
        _refuse_bundle(config, bundle)
        score = _upload_file(config, folder / "submission.csv", message=message, waiting=waiting)
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


def _upload_file(config: Config, submission: Path, *, message: str, waiting: Waiting) -> str:
    """Check and upload a submission, and return its public score."""
    competition = config.competition
    slug = slug_of(config)
    artefacts.check_file(submission)
    check_submission(
        submission,
        config.competition_dir / str(competition.sample_file),
        competition.id_column_of_test,
        competition.dialect("sample"),
        may_be_empty=competition.submit == "labels" and TASKS[competition.task].takes_separator,
    )
    # Recorded first: after a timeout, the same command only asks for the score.
    name = _upload_once(slug, submission, message=message)
    return public_score(
        slug,
        lambda entry: entry["fileName"] == name,
        name=name,
        every=waiting.every,
        at_most=waiting.for_score,
    )


def _check_bundle(config: Config, bundle: Path, run: str) -> None:
    """Refuse to upload to a code competition without a bundle of the run."""
    name = config.competition.name
    if not bundle.exists():
        raise ConfigError(
            f"{name} is a code competition: Kaggle runs a notebook and takes no submission.csv; "
            f"run: {shell_command('bundle', name, run=run)}, then the command upload again"
        )
    if (found := read_bundle(bundle)["run"]) != run:
        raise ConfigError(
            f"{bundle} is the bundle of the run {found}, not of {run}; give run={found}, or name "
            "another bundle"
        )


def _refuse_bundle(config: Config, bundle: str) -> None:
    name = config.competition.name
    if bundle:
        raise ConfigError(
            f"bundle={bundle}, but {name} takes a CSV file (competition.kind=csv); leave bundle= "
            "out, or set kind: code on its page in conf/competition"
        )


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
