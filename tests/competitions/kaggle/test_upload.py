"""Kaggle's own client against a local server."""

import hashlib
import importlib.util
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from helpers.damage import without_lists
from helpers.kaggle_server import SECRET, kaggle_settings, write_run

from regard.errors import ArtefactError, ConfigError, DataError

pytestmark = [
    pytest.mark.slow,  # the client takes a second to start
    # `importorskip` would import the client, which then logs in at the real Kaggle.
    pytest.mark.skipif(
        importlib.util.find_spec("kaggle") is None, reason="the extra kaggle is not installed"
    ),
]

ROOT = Path(__file__).resolve().parents[3]


def test_upload_once_and_record_score(server, upload, tmp_path, caplog):
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
    assert server.requests.count("CreateSubmission") == 1
    without_lists(run)
    (run / "submission.csv").write_text("id,label\nb,0\na,0\n")
    upload(run="lstm")  # the beginning of its name
    assert server.requests.count("CreateSubmission") == 2
    assert server.submitted["fileName"] != name
    assert SECRET not in caplog.text + "".join(path.read_text() for path in run.rglob("*.*"))


def test_pending_score_is_requested_again(server, upload, tmp_path):
    write_run(tmp_path)
    server.scores = [{"status": "PENDING"}]
    with pytest.raises(ArtefactError, match="no public score yet; run the same command again"):
        upload(at_most=0.02)
    server.scores = [{"status": "COMPLETE", "publicScore": "0.5"}]
    upload()
    assert server.requests.count("CreateSubmission") == 1


def test_message_with_special_characters(server, tmp_path):
    write_run(tmp_path)
    server.scores = [{"status": "COMPLETE", "publicScore": "0.5"}]
    message = "a, 'b' = \"c\" ${x} [1"
    script = [
        sys.executable,
        str(ROOT / "scripts" / "upload.py"),
        *kaggle_settings(tmp_path),
        "run=",
        f"message={message}",
    ]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert server.submitted["description"] == message
    assert "public score of lstm-0123: 0.5" in done.stdout


def test_submission_without_score(server, upload, tmp_path):
    write_run(tmp_path)
    server.scores = [{"status": "ERROR"}]
    with pytest.raises(DataError, match=r"could not score lstm-0123-\w+\.csv"):
        upload()


def test_invalid_submission_is_not_uploaded(server, upload, tmp_path):
    run = write_run(tmp_path)
    without_lists(run)
    (run / "submission.csv").write_text("id,label\na,1\nb,0\n")
    with pytest.raises(DataError, match="in another order"):
        upload()
    assert server.requests == []


def test_missing_run_or_message(server, upload, tmp_path):
    with pytest.raises(ConfigError, match="has no finished run; first run: make train"):
        upload()
    write_run(tmp_path)
    with pytest.raises(ConfigError, match=r'make upload COMPETITION=\w+ MESSAGE="'):
        upload(message=" ")
    with pytest.raises(ConfigError, match=r"no run 'lstm-0124'.*did you mean 'lstm-0123'"):
        upload(run="lstm-0124")
    assert server.requests == []
