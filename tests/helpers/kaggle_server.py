"""A local server that answers Kaggle's client as Kaggle does, and runs to upload to it."""

import io
import json
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from helpers.cases import SMALL
from regard import artefacts
from regard.competitions.bundle import OWNER
from regard.competitions.bundle.metadata import write_metadata
from regard.runs.leaderboard import point_latest

SECRET = "0123456789abcdef0123456789abcdef"
MESSAGES = {
    400: f"Something else, somebody: {SECRET}",
    401: "Unauthenticated",
    403: "You must accept this competition's rules before you'll be able to submit",
    404: "Resource not found",
    429: "Submission not allowed: your team has used its daily limit",
}
SAMPLE = "id,label\nb,0\na,0\n"


class KaggleServer(ThreadingHTTPServer):
    """The state of the server, and a record of its requests.

    Attributes:
        requests: the names of the methods that were called.
        archive: the archive to download.
        uploaded: the file that was uploaded.
        refused: the HTTP status to answer with, by method.
        scores: the answers to requests for the score, one after another; the last one repeats.
        submitted: the name and description of the submission.
        blobs: the files that were uploaded for a dataset, by name.
        n_versions: the number of versions of the dataset; 0: there is none.
        dataset_statuses: the answers to requests for its status; the last one repeats.
        notebooks: the versions of the notebook, as the client sends them.
        notebook_statuses: the answers to requests for its status; the last one repeats.
        answers: entries that replace those of an answer, by method.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[str] = []
        self.archive = b""
        self.uploaded = b""
        self.refused: dict[str, int] = {}
        self.scores: list[dict[str, Any]] = []
        self.submitted: dict[str, str] = {}
        self.blobs: dict[str, bytes] = {}
        self.n_versions = 0
        self.dataset_statuses = ["READY"]
        self.notebooks: list[dict[str, Any]] = []
        self.notebook_statuses: list[dict[str, Any]] = [{"status": "COMPLETE"}]
        self.answers: dict[str, dict[str, Any]] = {}


class Handler(BaseHTTPRequestHandler):
    """The methods of Kaggle's API that the client calls."""

    server: KaggleServer

    def log_message(self, *args: Any) -> None:
        """Log nothing."""

    def _reply(self, value: bytes | dict[str, Any], status: int = 200, **headers: str) -> None:
        content = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        all_headers = {"Content-Type": "application/json", "Content-Length": str(len(content))}
        all_headers |= {name.replace("_", "-"): header for name, header in headers.items()}
        for header in all_headers.items():
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        """Send the archive."""
        self._reply(
            self.server.archive,
            Content_Type="application/zip",
            Last_Modified="Mon, 23 Nov 2026 10:00:00 GMT",
        )

    def do_PUT(self) -> None:
        """Receive the submission, or a file of a dataset."""
        content = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.refused.get("PUT", 201)
        folder, _, name = self.path.rpartition("/")
        if status == 201 and folder.endswith("/blob"):
            self.server.blobs[name] = content
        elif status == 201:
            self.server.uploaded = content
        self._reply({}, status)

    def do_POST(self) -> None:
        """Reply to a call of the API."""
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        method = self.path.rpartition("/")[2]
        self.server.requests.append(method)
        if method in self.server.refused:
            status = self.server.refused[method]
            self._reply({"code": status, "message": MESSAGES[status]}, status)
        elif method in ("GetDatasetStatus", "GetDataset") and not self.server.n_versions:
            self._reply({"code": 404, "message": MESSAGES[404]}, 404)
        elif method == "StartSubmissionUpload":
            self.server.submitted["fileName"] = request["fileName"]
            self._reply({"token": "t", "createUrl": "http://localhost/upload"})
        elif method == "CreateSubmission":
            self.server.submitted["description"] = request["submissionDescription"]
            self._reply({"message": "Successfully submitted to it"})
        elif method == "ListSubmissions":
            self._reply({"submissions": self._submissions()})
        elif method == "DownloadDataFiles":
            self._reply(b"", 302, Location="http://localhost/it.zip")
        else:
            self._reply(self._answer_of_bundle(method, request))

    def _answer_of_bundle(self, method: str, request: dict[str, Any]) -> dict[str, Any]:
        """Answer a call that uploads a dataset or a notebook; any other one gets no entries."""
        server = self.server
        answer: dict[str, Any] = {}
        if method == "StartBlobUpload":
            answer = {
                "token": request["name"],
                "createUrl": f"http://localhost/blob/{request['name']}",
            }
        elif method in ("CreateDataset", "CreateDatasetVersion"):
            server.n_versions += 1
            answer = {"status": "ok", "url": "https://www.kaggle.com/datasets/somebody/regard-tiny"}
        elif method == "GetDatasetStatus":
            answer = {"status": next_answer(server.dataset_statuses)}
        elif method == "GetDataset":
            answer = {"currentVersionNumber": server.n_versions}
        elif method == "SaveKernel":
            server.notebooks.append(request)
            answer = {
                "versionNumber": len(server.notebooks),
                "url": "https://www.kaggle.com/code/x",
            }
        elif method == "GetKernelSessionStatus":
            answer = next_answer(server.notebook_statuses)
        elif method == "CreateCodeSubmission":
            server.submitted = {
                "fileName": request["fileName"],
                "description": request["submissionDescription"],
                "notebook": f"{request['kernelOwner']}/{request['kernelSlug']}",
                "version": request["kernelVersion"],
            }
            answer = {"message": "Successfully submitted to it", "ref": 1}
        return {**answer, **server.answers.get(method, {})}

    def _submissions(self) -> list[dict[str, Any]]:
        """Return a later submission of another file, this one, and an earlier one of this file."""
        if not self.server.submitted:
            return []
        score = next_answer(self.server.scores)
        this = {"ref": 1, "date": "2026-11-23T10:00:00Z", **self.server.submitted}
        complete = {"status": "COMPLETE", "publicScore": "0.1"}
        other = {"fileName": "other.csv", "description": "other"}
        later = {**this, **other, "date": "2026-11-23T11:00:00Z", **complete}
        earlier = {**this, "date": "2026-11-23T09:00:00Z", **complete}
        return [later, {**this, **score}, earlier]


def next_answer(answers: list[Any]) -> Any:
    """Take the first answer off the list; the last one stays."""
    return answers.pop(0) if len(answers) > 1 else answers[0]


def make_archive(**members: str | bytes) -> bytes:
    """Return a zip archive.

    In the names, `__` is a slash and `_csv` and `_zip` are suffixes.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, text in members.items():
            path = name.replace("__", "/").replace("_zip", ".zip").replace("_csv", ".csv")
            file.writestr(path, text)
    return content.getvalue()


def kaggle_settings(folder: Path) -> list[str]:
    """Return overrides for the tiny competition with a slug, in a temporary folder."""
    return [
        *SMALL,
        f"data_dir={folder / 'data'}",
        f"output_dir={folder / 'outputs'}",
        "competition.slug=tiny-slug",
    ]


def write_run(folder: Path, name: str = "lstm-0123") -> Path:
    """Write a finished run with a submission."""
    (folder / "data" / "tiny").mkdir(parents=True, exist_ok=True)
    (folder / "data" / "tiny" / "sample_submission.csv").write_text(SAMPLE)
    run = folder / "outputs" / "tiny" / "runs" / name
    with artefacts.new_folder(run, overrides=[]) as unfinished:
        scores = {
            "metric": "accuracy",
            "greater_is_better": True,
            "oof_score": 0.5,
            "fold_scores": [0.5],
        }
        artefacts.write_json(unfinished / "metrics.json", {**scores, "seconds_of_all_folds": 1.0})
        (unfinished / "submission.csv").write_text("id,label\nb,1\na,0\n")
    point_latest(run)
    return run


def write_bundle(folder: Path, run: str = "lstm-0123", digest: str = "0123abcd" * 8) -> Path:
    """Write a small bundle of a run into its usual folder."""
    bundle = folder / "outputs" / "tiny" / "bundles" / run
    with artefacts.new_folder(bundle) as unfinished:
        write_metadata(
            unfinished, owner=OWNER, slug="regard-tiny", competition="tiny-slug", gpu=False
        )
        content = {"run": run, "competition": "tiny-slug", "sha256": digest}
        artefacts.write_json(unfinished / "dataset" / "bundle.json", content)
        artefacts.write_text(unfinished / "dataset" / "regard.whl", "a wheel\n")
        artefacts.write_text(unfinished / "dataset" / "run" / "manifest.json", "{}\n")
        artefacts.write_json(unfinished / "kernel" / "notebook.ipynb", {"cells": []})
    return bundle
