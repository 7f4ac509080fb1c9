import pandas as pd
import pytest
from helpers.cases import competition

from regard.competitions.discovery.guess import Guess
from regard.competitions.discovery.guessing import discover
from regard.competitions.discovery.labels import Labels
from regard.competitions.discovery.rankings import guess_ranking
from regard.data.tables import Tables

LABELS = Labels(["kind"], ["guess"], False, Guess("label_columns", ["kind"], ""))


def guesses(train, sample):
    frames = [pd.DataFrame({name: cells}) for name, cells in (("kind", train), ("guess", sample))]
    return {one.key: one.value for one in guess_ranking(*frames, LABELS)}


@pytest.mark.parametrize("separator", [" ", ",", "|", "; "])
def test_cells_of_known_labels_are_a_ranking(separator):
    sample = [separator.join("abc"), separator.join("bca")]
    assert guesses(["a", "b", "c", "a"], sample) == {
        "task": "multi_class",
        "metric": "map_at_k",
        "top_k": 3,
        "submit": "top_labels",
    }


@pytest.mark.parametrize(
    ("train", "sample"),
    [
        (["a", "b"], ["a", "b"]),  # labels
        (["a", "b"], ["a b", "a"]),  # not every cell is a list
        (["a", "b"], ["a x", "a b"]),  # not a label
        (["a", "b", "a b"], ["a b", "a b"]),  # tags
        (["a", "b"], []),
    ],
)
def test_other_cells_are_not(train, sample):
    assert guesses(train, sample) == {}


def test_numbers_as_labels_are_classes_where_the_sample_ranks_them():
    texts = [f"the words of the text number {number} are these" for number in range(30)]
    ids = [str(number) for number in range(30)]
    train = pd.DataFrame(
        {"id": ids, "text": texts, "misconception": [str(n % 5) for n in range(30)]}
    )
    test = pd.DataFrame({"id": ["x1", "x2"], "text": texts[:2]})
    sample = pd.DataFrame({"id": ["x1", "x2"], "misconception": ["0 1 2", "0 1 2"]})
    found = discover(Tables(train, test, sample), base={}, pages={})
    values = {guess.key: guess.value for guess in found}
    assert (values["task"], values["top_k"], values["submit"]) == ("multi_class", 3, "top_labels")
    assert any("write metric: top_k_accuracy" in guess.doubt for guess in found)
    settings = {key: value for key, value in values.items() if key not in ("task", "metric")}
    # The doubt's advice can be followed.
    other = competition(**settings, task="multi_class", metric="top_k_accuracy")
    assert (other.metric, other.submit) == ("top_3_accuracy", "top_labels")
