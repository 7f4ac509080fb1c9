import numpy as np
import pytest
from helpers.cases import tiny_tables, write_tables

from regard.artefacts import read_json
from regard.errors import DataError
from regard.pipeline import make
from regard.pipeline.stages import embed

VECTORS = "sea 1 2\nship 3 4\n"


@pytest.fixture
def with_vectors(quick, tmp_path):
    """Return settings of the tiny competition that read a vector file."""

    def settings(content, *overrides):
        (tmp_path / "vectors.txt").write_text(content)
        source = f"embeddings.sources=['file:{tmp_path / 'vectors.txt'}']"
        return quick(source, "embeddings.lookup=[exact]", *overrides)

    return settings


@pytest.fixture
def training_texts(monkeypatch):
    """Return the texts that own vectors are trained on, noted instead of trained on."""
    noted = {}

    def build(vocabulary, counts, tokens, config, *, seed, **others):
        noted.update(vocabulary=vocabulary, counts=counts, tokens=tokens, seed=seed)
        return np.zeros((len(vocabulary), 2), np.float32), []

    monkeypatch.setattr(embed, "build_embedding_matrix", build)
    return noted


def words(noted, row):
    return [noted["vocabulary"][token] for token in noted["tokens"][row]]


def test_row_of_the_matrix_is_the_vector_of_its_token(with_vectors):
    run = make(with_vectors(VECTORS), "embed")
    matrix = run.embedding_matrix
    assert matrix.shape == (len(run.vocabulary), 2)
    assert matrix.dtype == np.float32
    assert matrix[0].tolist() == [0, 0]
    assert matrix[run.vocabulary.index("ship")].tolist() == [3, 4]
    (source,) = read_json(run.folders["embed"] / "coverage.json")
    assert source["source"].endswith("vectors.txt")


def test_changed_vectors_make_another_matrix(with_vectors):
    before = make(with_vectors(VECTORS), "embed")
    after = make(with_vectors(VECTORS.replace("3", "5")), "embed")
    assert after.folders["embed"] != before.folders["embed"]
    assert after.embedding_matrix[after.vocabulary.index("ship")].tolist() == [5, 4]
    assert make(with_vectors(VECTORS), "embed").folders["embed"] == before.folders["embed"]


def test_own_vectors_are_trained_on_all_texts(quick, training_texts):
    run = make(quick(), "embed")
    assert len(training_texts["tokens"]) == 60
    n_tokens = [inputs.texts[0].lengths.sum() for inputs in (run.train_inputs, run.test_inputs)]
    assert training_texts["counts"].sum() == sum(n_tokens)
    assert len(training_texts["counts"]) == len(run.vocabulary)


def test_own_vectors_may_leave_out_the_test_texts(quick, training_texts):
    make(quick("text.use_test=false"), "embed")
    assert len(training_texts["tokens"]) == 48


def test_seeds_give_other_vectors(quick, training_texts):
    make(quick("seed=1"), "embed")
    seed = training_texts["seed"]
    make(quick("seed=2"), "embed")
    assert training_texts["seed"] != seed


def test_order_of_a_symmetric_pair_makes_no_difference(quick, training_texts, tmp_path):
    tables = tiny_tables()
    for name in ("train", "test"):
        tables[name]["other"] = tables[name]["text"].to_numpy()[::-1]
    pair = ["competition.texts=pair", "competition.text_columns=[text,other]"]
    write_tables(tmp_path / "data" / "tiny", tables)
    make(quick(*pair), "embed")
    texts = [words(training_texts, row) for row in range(120)]
    for name in ("train", "test"):
        swapped = tables[name]["text"].to_numpy() < tables[name]["other"].to_numpy()
        columns = tables[name][["text", "other"]].to_numpy()
        columns[swapped] = columns[swapped][:, ::-1]
        tables[name][["text", "other"]] = columns
    write_tables(tmp_path / "data" / "tiny", tables)
    make(quick(*pair), "embed")
    assert [words(training_texts, row) for row in range(120)] == texts


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("sea 1 2\nship 1\n", "line 2"),
        ("2 3\nsea 1 2 3\nship 1 2\n", "line 3"),
        ("2 3\nsea 1 2\nship 1 2\n", "line 2"),
        ("", "empty"),
    ],
    ids=["a short line", "a short line after a header", "another width in the header", "no line"],
)
def test_broken_vector_file_is_one_line_and_leaves_nothing(content, words, with_vectors, tmp_path):
    with pytest.raises(DataError, match=words) as error:
        make(with_vectors(content), "embed")
    assert str(tmp_path / "vectors.txt") in str(error.value)
    assert "\n" not in str(error.value)
    assert list((tmp_path / "outputs" / "tiny" / "embed").iterdir()) == []


def test_missing_vector_file_is_named_before_any_stage(quick, tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.txt"):
        make(quick("embeddings.sources=['file:nowhere.txt']"), "embed")
    assert not (tmp_path / "outputs").exists()
