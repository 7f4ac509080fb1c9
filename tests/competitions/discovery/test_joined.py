import pytest
from helpers.tables import cycle, frame, make_tables, sentences

from regard.competitions.discovery.joined import find_joined
from regard.config import Dialect


@pytest.fixture
def tables():
    texts = {"text": sentences(80), "prompt_id": cycle("a b c d", 80)}
    return make_tables({"score": cycle("0.5 1.5", 60)}, {"score": "0"}, **texts)


def find(tables, folder, **files):
    for name, rows in files.items():
        rows.to_csv(folder / f"{name}.csv", index=False)
    return find_joined(tables, folder, ["train.csv"], Dialect())


def test_files_with_the_same_columns_are_joined(tables, tmp_path):
    one = frame(prompt_id=["a", "b"], prompt_text=["Tell A.", "Tell B."])
    other = frame(prompt_id=["c", "d"], prompt_text=["Tell C.", "Tell D."])
    found = find(tables, tmp_path, prompts_train=one, prompts_test=other, train=one)
    assert found.columns == ("prompt_text",)
    assert found.tables.train["prompt_text"].tolist()[:5] == [
        "Tell A.",
        "Tell B.",
        "Tell C.",
        "Tell D.",
        "Tell A.",
    ]
    assert found.tables.test["prompt_text"].tolist()[0] == "Tell A."
    assert [(guess.key, guess.value) for guess in found.guesses] == [
        ("joined_files", ["prompts_test.csv", "prompts_train.csv"]),
        ("join_column", "prompt_id"),
    ]


@pytest.mark.parametrize(
    "other",
    [
        frame(prompt_id=["a", "b", "c"], prompt_text=["A", "B", "C"]),
        frame(prompt_id=["a", "b", "c", "d", "a"], prompt_text=["A", "B", "C", "D", "E"]),
        frame(number=["a", "b", "c", "d"], prompt_text=["A", "B", "C", "D"]),
        frame(prompt_id=["a", "b", "c", "d"]),
    ],
    ids=["a key is missing", "a key twice", "no key", "nothing to join"],
)
def test_other_files_are_left_alone(tables, tmp_path, other):
    found = find(tables, tmp_path, other=other)
    assert found.tables is tables
    assert found.guesses == []


def test_file_that_cannot_be_read_is_left_alone(tables, tmp_path):
    (tmp_path / "notes.csv").write_text("a,b\n1\n")
    assert find(tables, tmp_path).guesses == []
