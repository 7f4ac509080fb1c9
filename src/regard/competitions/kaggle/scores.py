"""Ask Kaggle for the submissions of a competition and the public score of one of them."""

import json
import time
from collections.abc import Callable
from typing import Any

from regard.competitions.kaggle.client import client_error, run_client
from regard.errors import ArtefactError, DataError

IsOurs = Callable[[dict[str, Any]], bool]


def public_score(slug: str, is_ours: IsOurs, *, name: str, every: float, at_most: float) -> str:
    """Wait until the newest submission of ours has a public score, and return the score.

    Args:
        slug: the competition's name on Kaggle.
        is_ours: tells whether an entry of the list is the submission.
        name: the name of the submission in messages.
        every: seconds between two requests.
        at_most: seconds until the waiting ends.

    Raises:
        DataError: Kaggle could not score the submission.
        ArtefactError: the submission has no score yet.
    """
    end = time.monotonic() + at_most
    while True:
        # A file that was uploaded more than once has several entries.
        entries = list(filter(is_ours, list_submissions(slug)))
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


def list_submissions(slug: str) -> list[dict[str, Any]]:
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
