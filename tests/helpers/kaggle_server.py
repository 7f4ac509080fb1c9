"""A local server that answers Kaggle's client as Kaggle does, and runs to upload to it."""

import io
import json
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from helpers.cases import SMALL
from regard import artefacts
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
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[str] = []
        self.archive = b""
        self.uploaded = b""
        self.refused: dict[str, int] = {}
        self.scores: list[dict[str, Any]] = []
        self.submitted: dict[str, str] = {}


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
        """Receive the submission."""
        content = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.refused.get("PUT", 201)
        if status == 201:
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
            self._reply({})

    def _submissions(self) -> list[dict[str, Any]]:
        """Return a later submission of another file, this one, and an earlier one of this file."""
        scores = self.server.scores
        score = scores.pop(0) if len(scores) > 1 else scores[0]
        this = {"ref": 1, "date": "2026-11-23T10:00:00Z", **self.server.submitted}
        complete = {"status": "COMPLETE", "publicScore": "0.1"}
        later = {**this, "fileName": "other.csv", "date": "2026-11-23T11:00:00Z", **complete}
        earlier = {**this, "date": "2026-11-23T09:00:00Z", **complete}
        return [later, {**this, **score}, earlier]


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
