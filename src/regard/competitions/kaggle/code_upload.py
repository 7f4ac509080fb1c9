"""Upload a bundle: its dataset, then its notebook, then submit the notebook's output.

Each step is noted in `uploaded.json` in the bundle's folder once it is done, so that the same
command goes on after an interruption, and nothing is uploaded twice.
"""

import contextlib
import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regard import artefacts
from regard.competitions.bundle import OWNER, read_bundle
from regard.competitions.bundle.metadata import METADATA
from regard.competitions.kaggle.client import (
    client_error,
    refusal,
    run_client,
    try_client,
)
from regard.competitions.kaggle.scores import list_submissions, public_score
from regard.errors import ArtefactError, ConfigError, DataError

_log = logging.getLogger(__name__)

_UPLOADED = "uploaded.json"
_NO_DATASET = re.compile(r"\b40[34]\b|not found|denied|forbidden|must accept", re.IGNORECASE)


@dataclass(frozen=True)
class Waiting:
    """How long to wait for Kaggle.

    Attributes:
        every: seconds between two requests.
        for_notebook: seconds until the waiting for the dataset, and for the notebook, ends.
        for_score: seconds until the waiting for the score ends.
    """

    every: float = 10.0
    for_notebook: float = 3600.0
    for_score: float = 300.0


def upload_bundle(folder: Path, *, message: str, waiting: Waiting) -> str:
    """Upload a bundle, submit its notebook and return the public score.

    Args:
        folder: a bundle.
        message: the description of the submission on Kaggle.
        waiting: how long to wait for Kaggle.

    Raises:
        ConfigError: there is no client, or it has no credentials.
        DataError: Kaggle refuses a step, or the notebook failed.
        ArtefactError: the notebook still runs, or there is no score yet.
    """
    content = read_bundle(folder)
    slug = content["competition"]
    name = _name_owner(folder, slug)
    steps = _Steps(folder / _UPLOADED, content["sha256"])
    version = steps.once("dataset_version", lambda: _push_dataset(folder, name, content))
    with steps.repeated_after_failure("dataset_version"):
        _wait_for_dataset(name, int(version), slug=slug, waiting=waiting)
    notebook = int(steps.once("notebook_version", lambda: _push_notebook(folder, slug)))
    # The mark shows among all submissions whether this one was made already.
    mark = f"[{content['run']}-{content['sha256'][:8]}]"
    if "submitted" not in steps:
        with steps.repeated_after_failure("notebook_version"):
            _wait_for_notebook(name, slug=slug, waiting=waiting)
    steps.once("submitted", lambda: _submit(slug, name, notebook, message=message, mark=mark))
    return public_score(
        slug,
        lambda entry: _is_marked(entry, mark),
        name=f"version {notebook} of {name}",
        every=waiting.every,
        at_most=waiting.for_score,
    )


class _Steps:
    """The steps of an upload that are done, with their results, kept in a file.

    Args:
        path: the file.
        digest: the hash of the bundle; steps of another one do not count.
    """

    def __init__(self, path: Path, digest: str) -> None:
        self._path = path
        found = artefacts.read_json(path) if path.exists() else {}
        self._done: dict[str, Any] = found if found.get("sha256") == digest else {"sha256": digest}

    def __contains__(self, step: str) -> bool:
        return step in self._done

    def once(self, step: str, act: Callable[[], Any]) -> Any:
        """Return the result of a step, which is done now if it was not done before."""
        if step not in self._done:
            self._done[step] = act()
            artefacts.write_json(self._path, self._done)
        return self._done[step]

    @contextlib.contextmanager
    def repeated_after_failure(self, step: str) -> Iterator[None]:
        """Let the next command do a step again if Kaggle reports its failure."""
        try:
            yield
        except DataError:
            del self._done[step]
            artefacts.write_json(self._path, self._done)
            raise


def _name_owner(folder: Path, slug: str) -> str:
    """Write the user's name into the metadata, and return the dataset's `owner/name`."""
    paths = [folder / name for name in METADATA]
    name = str(artefacts.read_json(paths[0])["id"])
    if not name.startswith(f"{OWNER}/"):
        return name
    found = re.search(r"username: (\S+)", run_client("config", "view", slug=slug))
    if found is None or found[1] == "None":
        raise ConfigError(
            "Kaggle's client does not name its user; run the command bundle again with "
            "username=<your name on Kaggle>"
        )
    with artefacts.rewriting(folder, *METADATA):
        for path in paths:
            text = artefacts.read_text(path)
            artefacts.write_text(path, text.replace(f'"{OWNER}/', f'"{found[1]}/'))
    return name.replace(OWNER, found[1], 1)


def _push_dataset(folder: Path, name: str, content: dict[str, str]) -> int:
    """Create the dataset, or a new version of it, and return the number of the version."""
    slug = content["competition"]
    status = _dataset_status(name, slug)
    # Folders are uploaded as archives, which Kaggle unpacks.
    options = ("--path", str(folder / "dataset"), "--dir-mode", "zip", "--quiet")
    if status is None:
        output = run_client("datasets", "create", *options, slug=slug)
    else:
        notes = f"--message={content['run']} {content['sha256'][:8]}"
        output = run_client("datasets", "version", notes, *options, slug=slug)
    # The client ends with status 0 after a refusal.
    if "being created" not in output:
        raise refusal(f"the dataset {name}", output)
    _log.info("uploaded the dataset %s", name)
    return 1 if status is None else int(status["current_version_number"]) + 1


def _dataset_status(name: str, slug: str) -> dict[str, Any] | None:
    """Return the status of a dataset and the number of its version; None if there is none."""
    succeeded, output = try_client("datasets", "status", name, "--format", "json")
    if not succeeded:
        if _NO_DATASET.search(output):
            return None
        raise client_error(output, slug)
    try:
        status: dict[str, Any] = json.loads(output[output.index("{") :])
    except ValueError as error:
        raise client_error(output, slug) from error
    return status


def _wait_for_dataset(name: str, version: int, *, slug: str, waiting: Waiting) -> None:
    """Wait until Kaggle has unpacked a version of the dataset."""

    def is_ready() -> bool:
        status = _dataset_status(name, slug) or {}
        if status.get("status") in ("failed", "deleted"):
            raise DataError(f"Kaggle could not unpack the dataset; see {_page(f'datasets/{name}')}")
        is_new = int(status.get("current_version_number") or 0) >= version
        return is_new and status.get("status") == "ready"

    _wait(is_ready, f"the dataset {name}", waiting)


def _push_notebook(folder: Path, slug: str) -> int:
    """Upload the notebook, which starts it, and return the number of its version."""
    output = run_client("kernels", "push", "--path", str(folder / "kernel"), slug=slug)
    if "not valid competition sources" in output:
        raise DataError(
            f"Kaggle does not let the notebook read {slug}; accept the rules on "
            f"https://www.kaggle.com/c/{slug}/rules"
        )
    found = re.search(r"Kernel version (\d+) successfully pushed", output)
    # The client ends with status 0 after a refusal.
    if found is None or "not valid" in output:
        raise refusal("the notebook", output)
    _log.info("uploaded version %s of the notebook, which runs now", found[1])
    return int(found[1])


def _wait_for_notebook(name: str, *, slug: str, waiting: Waiting) -> None:
    """Wait until the notebook has run."""

    def has_run() -> bool:
        output = run_client("kernels", "status", name, slug=slug)
        found = re.search(r'has status "(?:KernelWorkerStatus\.)?(\w+)"', output)
        status = found[1].upper() if found else ""
        if status in ("ERROR", "CANCEL_REQUESTED", "CANCEL_ACKNOWLEDGED"):
            why = re.search(r'Failure message: "(.*)"', output)
            raise DataError(
                f"the notebook ended with {status.lower()}{f' ({why[1]})' if why else ''}; see "
                f"{_page(f'code/{name}')}"
            )
        return status == "COMPLETE"

    _wait(has_run, f"the notebook {name}", waiting)


def _submit(slug: str, name: str, version: int, *, message: str, mark: str) -> bool:
    """Submit the notebook's output, unless an interrupted command did so."""
    if any(_is_marked(entry, mark) for entry in list_submissions(slug)):
        return True
    output = run_client(
        *("competitions", "submit", slug, "--kernel", name, "--version", str(version)),
        *("--file", "submission.csv", f"--message={message} {mark}"),
        slug=slug,
    )
    if "success" not in output.lower():
        raise client_error(output, slug)
    _log.info("submitted version %s of %s", version, name)
    return True


def _is_marked(entry: dict[str, Any], mark: str) -> bool:
    return str(entry.get("description") or "").endswith(mark)


def _wait(is_done: Callable[[], bool], name: str, waiting: Waiting) -> None:
    end = time.monotonic() + waiting.for_notebook
    while not is_done():
        if time.monotonic() + waiting.every > end:
            raise ArtefactError(f"{name} is not ready yet; run the same command again to go on")
        time.sleep(waiting.every)


def _page(path: str) -> str:
    return f"https://www.kaggle.com/{path}"
