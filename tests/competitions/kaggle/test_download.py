"""Kaggle's own client against a local server."""

import importlib.util

import pytest
from helpers.cases import compose_config
from helpers.kaggle_server import kaggle_settings, make_archive

from regard.competitions.kaggle import download_competition
from regard.errors import ConfigError, DataError

pytestmark = [
    pytest.mark.slow,  # the client takes a second to start
    # `importorskip` would import the client, which then logs in at the real Kaggle.
    pytest.mark.skipif(
        importlib.util.find_spec("kaggle") is None, reason="the extra kaggle is not installed"
    ),
]


def csv_files(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.csv")}


def test_nested_archives_are_unpacked_and_files_kept(server, tmp_path):
    server.archive = make_archive(
        train_csv="train",
        test_csv_zip=make_archive(test_csv="test"),
        sample_submission_csv="sample",
        more__notes_csv="n",
    )
    folder = tmp_path / "data" / "tiny"
    folder.mkdir(parents=True)
    (folder / "train.csv").write_text("mine")
    config = compose_config(*kaggle_settings(tmp_path))
    download_competition(config)
    assert csv_files(folder) == {
        "train.csv": "mine",
        "test.csv": "test",
        "sample_submission.csv": "sample",
        "more/notes.csv": "n",
    }
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["tiny"]
    download_competition(config)
    assert server.requests.count("DownloadDataFiles") == 1


def test_archive_in_archive_of_same_name_and_folder_named_like_archive(server, tmp_path):
    inner = make_archive(it_zip=make_archive(test_csv="test"))
    server.archive = make_archive(
        it_zip=inner, sets_zip__train_csv="train", sample_submission_csv="sample"
    )
    config = compose_config(*kaggle_settings(tmp_path), "competition.train_file=train.csv")
    with pytest.raises(DataError, match=r"no train\.csv after the download"):
        download_competition(config)
    assert set(csv_files(tmp_path / "data" / "tiny")) == {
        "test.csv",
        "sets.zip/train.csv",
        "sample_submission.csv",
    }


def test_kaggle_py_in_working_folder_is_not_the_client(server, tmp_path, monkeypatch):
    (tmp_path / "kaggle.py").write_text("raise SystemExit('not the client')")
    monkeypatch.chdir(tmp_path)
    server.archive = make_archive(train_csv="x", test_csv="x", sample_submission_csv="x")
    download_competition(compose_config(*kaggle_settings(tmp_path)))


def test_file_of_another_name(server, tmp_path):
    server.archive = make_archive(train_csv="x", test_csv="x", sampleSubmission_csv="x")
    with pytest.raises(
        DataError, match=r"no sample_submission.csv after the download; did you mean 'sampleSubm"
    ):
        download_competition(compose_config(*kaggle_settings(tmp_path)))


def test_unsafe_archive_is_refused_whole(server, tmp_path):
    server.archive = make_archive(train_csv="x", **{"..__evil_csv": "x"})
    with pytest.raises(DataError, match=r"'\.\./evil.csv' leads out of the folder; nothing was"):
        download_competition(compose_config(*kaggle_settings(tmp_path)))
    assert list(tmp_path.rglob("evil*")) == list(tmp_path.rglob("train.csv")) == []


def test_missing_slug(server, tmp_path):
    config = compose_config(*kaggle_settings(tmp_path), "competition.slug=null")
    with pytest.raises(ConfigError, match=r"competition\.slug is not set"):
        download_competition(config)
    assert server.requests == []
