"""Kaggle's own client against a small server here, which answers as Kaggle does."""

import hashlib
import importlib.util
import io
import json
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from helpers.cases import SMALL, compose_config

from regard import artefacts
from regard.competitions.kaggle import (
    check_submission,
    download_competition,
    unzip,
    upload_run,
)
from regard.errors import ArtefactError, ConfigError, DataError
from regard.runs.leaderboard import point_latest

pytestmark = [
    pytest.mark.slow,  # the client takes a second to start
    # Not `importorskip`: imported, the client logs in at the real Kaggle.
    pytest.mark.skipif(
        importlib.util.find_spec("kaggle") is None, reason="Kaggle's client, an extra, is not there"
    ),
]

ROOT = Path(__file__).resolve().parents[2]
SECRET = "0123456789abcdef0123456789abcdef"
MESSAGES = {
    400: f"Something else, somebody: {SECRET}",
    401: "Unauthenticated",
    403: "You must accept this competition's rules before you'll be able to submit",
    404: "Resource not found",
    429: "Submission not allowed: your team has used its daily limit",
}
SAMPLE = "id,label\nb,0\na,0\n"


def archive(**members: str | bytes) -> bytes:
    """A zip archive; `__` in a name stands for a slash, `_csv` for the ending."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, text in members.items():
            file.writestr(
                name.replace("__", "/").replace("_zip", ".zip").replace("_csv", ".csv"), text
            )
    return content.getvalue()


class Kaggle(ThreadingHTTPServer):
    """What the server does, and what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []
        self.archive = b""
        self.uploaded = b""
        self.refuse: dict[str, int] = {}  # a method's name: with which status it is refused
        # the answers to questions for the score, one after another
        self.scores: list[dict[str, Any]] = []
        self.submitted: dict[str, str] = {}


class Handler(BaseHTTPRequestHandler):
    server: Kaggle

    def log_message(self, *args: Any) -> None:
        """Keep quiet."""

    def _answer(self, value: bytes | dict[str, Any], status: int = 200, **headers: str) -> None:
        content = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        named = {name.replace("_", "-"): header for name, header in headers.items()}
        for header in (
            {"Content-Type": "application/json", "Content-Length": str(len(content))} | named
        ).items():
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        self._answer(
            self.server.archive,
            Content_Type="application/zip",
            Last_Modified="Mon, 23 Nov 2026 10:00:00 GMT",
        )

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.refuse.get("PUT", 201)
        if status == 201:
            self.server.uploaded = content
        self._answer({}, status)

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        method = self.path.rpartition("/")[2]
        self.server.asked.append(method)
        if method in self.server.refuse:
            status = self.server.refuse[method]
            self._answer({"code": status, "message": MESSAGES[status]}, status)
        elif method == "StartSubmissionUpload":
            self.server.submitted["fileName"] = asked["fileName"]
            self._answer({"token": "t", "createUrl": "http://localhost/upload"})
        elif method == "CreateSubmission":
            self.server.submitted["description"] = asked["submissionDescription"]
            self._answer({"message": "Successfully submitted to it"})
        elif method == "ListSubmissions":
            known = {"ref": 1, "date": "2026-11-23T10:00:00Z", **self.server.submitted}
            score = (
                self.server.scores.pop(0) if len(self.server.scores) > 1 else self.server.scores[0]
            )
            done = {"status": "COMPLETE", "publicScore": "0.1"}
            other = {**known, "fileName": "other.csv", "date": "2026-11-23T11:00:00Z", **done}
            before = {**known, "date": "2026-11-23T09:00:00Z", **done}
            self._answer({"submissions": [other, {**known, **score}, before]})
        elif method == "DownloadDataFiles":
            self._answer(b"", 302, Location="http://localhost/it.zip")
        else:
            self._answer({})


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kaggle]:
    """A server that the client takes for Kaggle, and credentials for it."""
    with Kaggle() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        for name, value in {
            "KAGGLE_API_ENVIRONMENT": "LOCALHOST",
            "http_proxy": f"http://127.0.0.1:{server.server_port}",
            "no_proxy": "",
            "KAGGLE_USERNAME": "somebody",
            "KAGGLE_KEY": SECRET,
            "HOME": str(tmp_path / "home"),
            "KAGGLE_CONFIG_DIR": str(tmp_path / "home"),
        }.items():
            monkeypatch.setenv(name, value)
        for name in ("KAGGLE_API_TOKEN", "HTTP_PROXY", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        (tmp_path / "home").mkdir()
        yield server
        server.shutdown()


def settings(folder: Path) -> list[str]:
    return [
        *SMALL,
        f"data_dir={folder / 'data'}",
        f"output_dir={folder / 'outputs'}",
        "competition.slug=tiny-slug",
    ]


def write_run(folder: Path, name: str = "lstm-0123") -> Path:
    """A finished run with a submission."""
    (folder / "data" / "tiny").mkdir(parents=True, exist_ok=True)
    (folder / "data" / "tiny" / "sample_submission.csv").write_text(SAMPLE)
    run = folder / "outputs" / "tiny" / "runs" / name
    with artefacts.new_folder(run, overrides=[]) as place:
        scores = {
            "metric": "accuracy",
            "greater_is_better": True,
            "oof_score": 0.5,
            "fold_scores": [0.5],
        }
        artefacts.write_json(place / "metrics.json", {**scores, "seconds_of_all_folds": 1.0})
        (place / "submission.csv").write_text("id,label\nb,1\na,0\n")
    point_latest(run)
    return run


@pytest.fixture
def upload(tmp_path: Path) -> Callable[..., None]:
    return lambda **options: upload_run(
        compose_config(*settings(tmp_path)),
        **{"run": None, "message": "a, 'b' = $c", "every": 0.01, **options},
    )


def test_files_come_out_of_archives_in_archives_and_what_is_there_stays(server, tmp_path):
    inner = archive(test_csv="test")
    server.archive = archive(
        train_csv="train", test_csv_zip=inner, sample_submission_csv="sample", more__notes_csv="n"
    )
    (tmp_path / "data" / "tiny").mkdir(parents=True)
    (tmp_path / "data" / "tiny" / "train.csv").write_text("mine")
    config = compose_config(*settings(tmp_path))
    download_competition(config)
    found = {
        str(path.relative_to(tmp_path / "data" / "tiny")): path.read_text()
        for path in (tmp_path / "data" / "tiny").rglob("*.csv")
    }
    assert found == {
        "train.csv": "mine",
        "test.csv": "test",
        "sample_submission.csv": "sample",
        "more/notes.csv": "n",
    }
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["tiny"]
    download_competition(config)
    assert server.asked.count("DownloadDataFiles") == 1


def test_a_file_in_the_working_folder_is_not_taken_for_the_client(server, tmp_path, monkeypatch):
    (tmp_path / "kaggle.py").write_text("raise SystemExit('not the client')")
    monkeypatch.chdir(tmp_path)
    server.archive = archive(train_csv="x", test_csv="x", sample_submission_csv="x")
    download_competition(compose_config(*settings(tmp_path)))


def test_files_of_other_names_are_told(server, tmp_path):
    server.archive = archive(train_csv="x", test_csv="x", sampleSubmission_csv="x")
    with pytest.raises(
        DataError, match=r"no sample_submission.csv after the download; did you mean 'sampleSubm"
    ):
        download_competition(compose_config(*settings(tmp_path)))


def test_an_archive_that_leaves_the_folder_is_refused_whole(server, tmp_path):
    server.archive = archive(train_csv="x", **{"..__evil_csv": "x"})
    with pytest.raises(DataError, match=r"'\.\./evil.csv' leaves the folder; nothing was unpacked"):
        download_competition(compose_config(*settings(tmp_path)))
    assert list(tmp_path.rglob("evil*")) == list(tmp_path.rglob("train.csv")) == []


def test_an_archive_may_hold_one_of_its_own_name_and_a_folder_that_is_called_like_one(
    server, tmp_path
):
    inner = archive(test_csv="test")
    inner = archive(it_zip=inner)
    server.archive = archive(
        it_zip=inner, sets_zip__train_csv="train", sample_submission_csv="sample"
    )
    config = compose_config(*settings(tmp_path), "competition.train_file=train.csv")
    with pytest.raises(DataError, match=r"no train\.csv after the download"):
        download_competition(config)
    found = {
        str(path.relative_to(tmp_path / "data" / "tiny"))
        for path in (tmp_path / "data").rglob("*.csv")
    }
    assert found == {"test.csv", "sets.zip/train.csv", "sample_submission.csv"}


@pytest.mark.parametrize("name", ["/evil", "a/../../evil", "C:\\evil", "..\\evil"])
def test_no_path_leaves_the_folder(name, tmp_path):
    (tmp_path / "in").mkdir()
    with zipfile.ZipFile(tmp_path / "it.zip", "w") as file:
        file.writestr("good", "x")
        file.writestr(name, "x")
    with pytest.raises(DataError, match="leaves the folder"):
        unzip(tmp_path / "it.zip", tmp_path / "in")
    assert list((tmp_path / "in").iterdir()) == []


def test_links_and_broken_archives_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "it.zip", "w") as file:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        file.writestr(link, "/etc/passwd")
    with pytest.raises(DataError, match="'link' is a link"):
        unzip(tmp_path / "it.zip", tmp_path)
    (tmp_path / "it.zip").write_bytes(b"PK no")
    with pytest.raises(DataError, match=r"it\.zip cannot be unpacked"):
        unzip(tmp_path / "it.zip", tmp_path)


@pytest.mark.parametrize(
    "packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_a_damaged_file_in_an_archive_is_told(packing, tmp_path):
    with zipfile.ZipFile(tmp_path / "it.zip", "w", packing) as file:
        file.writestr("train.csv", "".join(f"{row},text {row * row}\n" for row in range(500)))
    content = bytearray((tmp_path / "it.zip").read_bytes())
    content[60:100] = bytes(byte ^ 255 for byte in content[60:100])
    (tmp_path / "it.zip").write_bytes(content)
    with pytest.raises(DataError, match=r"it\.zip cannot be unpacked .*; download it again"):
        unzip(tmp_path / "it.zip", tmp_path)


def test_a_submission_is_uploaded_once_and_its_score_noted(server, upload, tmp_path, caplog):
    run = write_run(tmp_path)
    server.scores = [{"status": "PENDING"}, {"status": "COMPLETE", "publicScore": "0.75"}]
    with caplog.at_level("INFO"):
        upload()
    assert server.uploaded == (run / "submission.csv").read_bytes()
    name = f"lstm-0123-{hashlib.sha256(server.uploaded).hexdigest()[:8]}.csv"
    assert server.submitted == {"fileName": name, "description": "a, 'b' = $c"}
    assert (run / "public_score.txt").read_text() == "0.75\n"
    board = pd.read_csv(tmp_path / "outputs" / "tiny" / "leaderboard.csv", dtype=str)
    assert board["public_score"].tolist() == ["0.75"]
    upload(message="again")
    assert server.asked.count("CreateSubmission") == 1
    (run / "submission.csv").write_text("id,label\nb,0\na,0\n")
    upload(run="lstm-0123")
    assert server.asked.count("CreateSubmission") == 2
    assert server.submitted["fileName"] != name
    assert SECRET not in caplog.text + "".join(path.read_text() for path in run.rglob("*.*"))


def test_a_submission_without_a_score_is_asked_for_again_next_time(server, upload, tmp_path):
    write_run(tmp_path)
    server.scores = [{"status": "PENDING"}]
    with pytest.raises(ArtefactError, match="no public score yet; the same command again"):
        upload(at_most=0.02)
    server.scores = [{"status": "COMPLETE", "publicScore": "0.5"}]
    upload()
    assert server.asked.count("CreateSubmission") == 1


def test_a_submission_that_cannot_be_scored_is_told(server, upload, tmp_path):
    write_run(tmp_path)
    server.scores = [{"status": "ERROR"}]
    with pytest.raises(DataError, match=r"could not score lstm-0123-\w+\.csv"):
        upload()


@pytest.mark.parametrize(
    ("refuse", "error", "words"),
    [
        ({"PUT": 400}, DataError, "could not submit"),  # the client ends with status 0
        ({"StartSubmissionUpload": 403}, DataError, r"accept the rules on .*/c/tiny-slug/rules"),
        ({"StartSubmissionUpload": 404}, DataError, "no competition tiny-slug"),
        ({"StartSubmissionUpload": 401}, ConfigError, "takes no credentials"),
        ({"CreateSubmission": 429}, DataError, r"takes no more for now \(.*daily limit\); wait"),
        ({"CreateSubmission": 400}, DataError, r"client failed: Something else, \*\*\*: \*\*\*$"),
    ],
)
def test_what_kaggle_refuses_is_told_in_one_line_and_not_noted(
    refuse, error, words, server, upload, tmp_path
):
    run = write_run(tmp_path)
    server.refuse = refuse
    with pytest.raises(error, match=f"(?i){words}") as caught:
        upload()
    assert "\n" not in str(caught.value)
    assert SECRET not in str(caught.value)
    assert not (run / "uploaded.json").exists()


def test_without_credentials_one_line_says_where_to_get_them(server, upload, tmp_path, monkeypatch):
    write_run(tmp_path)
    for name in ("KAGGLE_USERNAME", "KAGGLE_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(ConfigError, match=r"make a token on https://www\.kaggle\.com/settings"):
        upload()


def test_without_a_network_one_line_says_so(server, upload, tmp_path, monkeypatch):
    write_run(tmp_path)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with pytest.raises(DataError, match="Kaggle cannot be reached"):
        upload()


def test_without_the_client_one_line_says_so(server, upload, tmp_path, monkeypatch):
    write_run(tmp_path)
    monkeypatch.setitem(sys.modules, "kaggle", None)  # which Python takes for "not installed"
    with pytest.raises(
        ConfigError, match="client is not installed: make download and make upload install it"
    ):
        upload()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,label\nb,1\n", "other ids than"),
        ("id,label\na,1\nb,0\n", "in another order"),
        ("id,labels\nb,1\na,0\n", "has the columns id, labels, the sample id, label"),
        ("id,label\nb,1\na, \n", r"empty cells in 1 rows \(ids a\)"),
        ("id,label\nb\na,0\n", "line 2: 1 cells, but the header has 2"),
        ("", "is empty"),
        (None, "there is no such file"),
    ],
)
def test_a_submission_that_no_longer_fits_the_sample_does_not_leave(
    text, words, server, upload, tmp_path
):
    run = write_run(tmp_path)
    (run / "submission.csv").unlink()
    if text is not None:
        (run / "submission.csv").write_text(text)
    with pytest.raises(DataError, match=words):
        upload()
    assert server.asked == []


def test_what_must_be_given_is_asked_for(server, upload, tmp_path):
    with pytest.raises(ConfigError, match="has no finished run; make train first"):
        upload()
    write_run(tmp_path)
    with pytest.raises(ConfigError, match=r'make upload MESSAGE="'):
        upload(message=" ")
    with pytest.raises(ConfigError, match=r"no run 'lstm-012'.*did you mean 'lstm-0123'"):
        upload(run="lstm-012")
    plain = compose_config(*settings(tmp_path), "competition.slug=null")
    with pytest.raises(ConfigError, match=r"competition\.slug is not set"):
        download_competition(plain)
    assert server.asked == []


def test_a_message_of_any_characters_comes_from_the_command_line_whole(server, tmp_path):
    write_run(tmp_path)
    server.scores = [{"status": "COMPLETE", "publicScore": "0.5"}]
    message = "a, 'b' = \"c\" ${x} [1"
    script = [
        sys.executable,
        str(ROOT / "scripts" / "upload.py"),
        *settings(tmp_path),
        "run=",
        f"message={message}",
    ]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert server.submitted["description"] == message
    assert "public score of lstm-0123: 0.5" in done.stdout


def test_a_good_submission_passes(tmp_path):
    for name in ("submission", "sample"):
        (tmp_path / f"{name}.csv").write_text(SAMPLE)
    check_submission(tmp_path / "submission.csv", tmp_path / "sample.csv", "id")


def test_the_sample_is_read_as_the_settings_say(tmp_path):
    (tmp_path / "submission.csv").write_text("id,label\né,1\n", encoding="utf-8")
    (tmp_path / "sample.csv").write_text("id;label\né;0\n", encoding="cp1252")
    check_submission(
        tmp_path / "submission.csv", tmp_path / "sample.csv", "id", encoding="cp1252", separator=";"
    )
    (tmp_path / "sample.csv").write_text("id,label\né,0\n", encoding="utf-8-sig")
    check_submission(tmp_path / "submission.csv", tmp_path / "sample.csv", "id")
    with pytest.raises(DataError, match="no column 'key'; there are: id, label"):
        check_submission(tmp_path / "submission.csv", tmp_path / "sample.csv", "key")
