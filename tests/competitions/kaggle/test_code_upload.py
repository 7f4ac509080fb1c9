"""Kaggle's own client uploads a bundle to a local server."""

import importlib.util
import io
import json
import zipfile

import pandas as pd
import pytest
from helpers.cases import compose_config
from helpers.kaggle_server import SECRET, kaggle_settings, write_bundle, write_run

from regard.competitions.kaggle import upload_run
from regard.competitions.kaggle.code_upload import Waiting, upload_bundle
from regard.errors import ArtefactError, ConfigError, DataError

pytestmark = [
    pytest.mark.slow,  # the client takes a second to start
    pytest.mark.skipif(
        importlib.util.find_spec("kaggle") is None, reason="the extra kaggle is not installed"
    ),
]

SCORED = [{"status": "COMPLETE", "publicScore": "0.75"}]
PUSHES = ("CreateDataset", "CreateDatasetVersion", "SaveKernel", "CreateCodeSubmission")


@pytest.fixture
def upload_code(tmp_path):
    """A function that uploads the tiny competition's run as a code competition."""
    config = compose_config(*kaggle_settings(tmp_path), "competition.kind=code")
    waits = {"every": 0.01, "at_most": 0.02}
    return lambda **words: upload_run(
        config, **{"run": "latest", "message": "more", **waits, **words}
    )


def pushes(server):
    return [name for name in server.requests if name in PUSHES]


def test_a_bundle_is_uploaded_once_and_scored(server, upload_code, tmp_path, caplog):
    run = write_run(tmp_path)
    write_bundle(tmp_path)
    server.dataset_statuses = ["NOT_YET_PERSISTED", "READY"]
    server.notebook_statuses = [{"status": "RUNNING"}, {"status": "COMPLETE"}]
    server.scores = [{"status": "PENDING"}, *SCORED]
    with caplog.at_level("INFO"):
        upload_code(at_most=60)
    assert pushes(server) == ["CreateDataset", "SaveKernel", "CreateCodeSubmission"]
    assert server.submitted == {
        "fileName": "submission.csv",
        "description": "more [lstm-0123-0123abcd]",
        "notebook": "somebody/regard-tiny",
        "version": 1,
    }
    assert (run / "public_score.txt").read_text() == "0.75\n"
    board = pd.read_csv(tmp_path / "outputs" / "tiny" / "leaderboard.csv", dtype=str)
    assert board["public_score"].tolist() == ["0.75"]
    upload_code(message="again")
    assert len(pushes(server)) == 3
    assert SECRET not in caplog.text


def test_the_dataset_holds_the_wheels_and_the_run(server, upload_code, tmp_path):
    write_run(tmp_path)
    write_bundle(tmp_path)
    server.scores = SCORED
    upload_code()
    assert set(server.blobs) == {"bundle.json", "regard.whl", "run.zip"}
    assert server.blobs["regard.whl"] == b"a wheel\n"
    with zipfile.ZipFile(io.BytesIO(server.blobs["run.zip"])) as archive:
        assert "manifest.json" in archive.namelist()


def test_the_notebook_is_private_and_without_internet(server, upload_code, tmp_path):
    write_run(tmp_path)
    write_bundle(tmp_path)
    server.scores = SCORED
    upload_code()
    (notebook,) = server.notebooks
    expected = {
        "slug": "somebody/regard-tiny",
        "isPrivate": True,
        "enableInternet": False,
        "enableGpu": False,
        "datasetDataSources": ["somebody/regard-tiny"],
        "competitionDataSources": ["tiny-slug"],
    }
    assert {key: notebook.get(key, False) for key in expected} == expected
    assert json.loads(notebook["text"]) == {"cells": []}


def test_another_bundle_is_a_new_version(server, upload_code, tmp_path):
    write_run(tmp_path)
    write_bundle(tmp_path)
    server.scores = SCORED
    upload_code()
    write_run(tmp_path, "lstm-9")
    write_bundle(tmp_path, "lstm-9", "9" * 64)
    upload_code()
    assert pushes(server)[3:] == ["CreateDatasetVersion", "SaveKernel", "CreateCodeSubmission"]
    assert server.submitted["version"] == 2
    assert server.submitted["description"] == "more [lstm-9-99999999]"


def test_an_interrupted_upload_goes_on(server, upload_code, tmp_path):
    write_run(tmp_path)
    bundle = write_bundle(tmp_path)
    server.scores = SCORED
    server.refused = {"SaveKernel": 400}
    with pytest.raises(DataError, match=r"client failed: Something else, \*\*\*: \*\*\*$"):
        upload_code()
    server.refused = {"ListSubmissions": 400}
    with pytest.raises(DataError, match="Something else"):
        upload_code()
    server.refused = {}
    upload_code()
    assert pushes(server).count("CreateDataset") == 1
    assert server.submitted["version"] == len(server.notebooks) == 1
    # As if the command ended before it noted the submission.
    record = json.loads((bundle / "uploaded.json").read_text())
    del record["submitted"]
    (bundle / "uploaded.json").write_text(json.dumps(record))
    upload_code()
    assert pushes(server).count("CreateCodeSubmission") == 1


def test_a_notebook_that_runs_long_is_asked_for_again(server, tmp_path):
    bundle = write_bundle(tmp_path)
    server.scores = SCORED
    server.notebook_statuses = [{"status": "RUNNING"}]
    waiting = Waiting(every=0.01, for_notebook=0.02, for_score=0.02)
    with pytest.raises(ArtefactError, match="is not ready yet; run the same command again"):
        upload_bundle(bundle, message="more", waiting=waiting)
    server.notebook_statuses = [{"status": "COMPLETE"}]
    assert upload_bundle(bundle, message="more", waiting=waiting) == "0.75"
    assert len(server.notebooks) == 1


def test_a_failed_notebook_is_explained_and_pushed_again(server, upload_code, tmp_path):
    write_run(tmp_path)
    write_bundle(tmp_path)
    server.scores = SCORED
    server.notebook_statuses = [{"status": "ERROR", "failureMessage": "out of memory"}]
    with pytest.raises(
        DataError, match=r"ended with error \(out of memory\); see .*/code/somebody/regard-tiny"
    ):
        upload_code()
    server.notebook_statuses = [{"status": "COMPLETE"}]
    upload_code()
    assert len(server.notebooks) == 2
    assert pushes(server).count("CreateDataset") == 1


@pytest.mark.parametrize(
    ("method", "answer", "message"),
    [
        (
            "CreateDataset",
            {"status": "error", "error": "no space left"},
            "refused the dataset somebody/regard-tiny: .*no space left$",
        ),
        ("SaveKernel", {"error": "too large"}, "refused the notebook: .*too large$"),
        (
            "SaveKernel",
            {"invalidCompetitionSources": ["tiny-slug"]},
            r"not let the notebook read tiny-slug; accept the rules on .*/tiny-slug/rules",
        ),
        ("SaveKernel", {"invalidDatasetSources": ["x"]}, "refused the notebook: "),
        ("CreateCodeSubmission", {"message": "No more today: limit"}, "a limit of Kaggle"),
    ],
)
def test_refusal_is_explained_in_one_line(method, answer, message, server, upload_code, tmp_path):
    write_run(tmp_path)
    write_bundle(tmp_path)
    server.answers = {method: answer}
    with pytest.raises(DataError, match=message) as caught:
        upload_code()
    assert "\n" not in str(caught.value)


def test_the_wrong_way_is_refused_in_one_line(server, upload, upload_code, tmp_path):
    write_run(tmp_path)
    with pytest.raises(ConfigError, match=r"tiny is a code competition: .* make bundle .*RUN="):
        upload_code()
    write_bundle(tmp_path)
    write_run(tmp_path, "other-1")
    bundle = str(tmp_path / "outputs" / "tiny" / "bundles" / "lstm-0123")
    with pytest.raises(ConfigError, match="is the bundle of the run lstm-0123, not of other-1"):
        upload_code(bundle=bundle)
    with pytest.raises(ConfigError, match=r"tiny takes a CSV file .*; leave bundle= out"):
        upload(bundle=bundle)
    with pytest.raises(ArtefactError, match="is no bundle"):
        upload_code(bundle=str(tmp_path))
    assert server.requests == []


def test_a_client_without_a_user(server, upload_code, tmp_path, monkeypatch):
    write_run(tmp_path)
    write_bundle(tmp_path)
    monkeypatch.setattr(
        "regard.competitions.kaggle.code_upload.run_client", lambda *words, slug: "- username: None"
    )
    with pytest.raises(ConfigError, match=r"does not name its user; .*username=<your name"):
        upload_code()
