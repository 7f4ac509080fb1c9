import numpy as np
import pandas as pd
import pytest
from helpers.cases import competition
from hypothesis import given
from hypothesis import strategies as st

from regard.errors import ConfigError
from regard.tasks import MultiClass, MultiLabel
from regard.tasks.rankings import (
    SEPARATORS,
    cell_separator,
    ranks_from_cells,
    split_cell,
    top_label_cells,
    top_labels,
)
from regard.tasks.spelling import find_spelling
from regard.tasks.submission import make_submission, submission_columns

TOPICS = MultiClass(("sea", "town", "wood"))
OUTPUTS = np.array([[0.2, 0.5, 0.3], [0.4, 0.2, 0.4]], np.float32)


def settings(**changed):
    return competition(metric="map_at_2", **changed)


def test_the_likeliest_labels_come_first_and_ties_in_order():
    assert top_labels(OUTPUTS, 2).tolist() == [[1, 2], [0, 2]]
    assert top_labels(OUTPUTS, 9).tolist() == [[1, 2, 0], [0, 2, 1]]
    cells = top_label_cells(OUTPUTS, TOPICS.label_names, 2, " ")
    assert cells.tolist() == [["town wood"], ["sea wood"]]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["sea town", "wood sea"], " "),
        (["sea,town"], ","),
        (["sea, town"], ", "),
        (["sea|town", "sea"], "|"),
        (["sea", "town"], " "),
        (["0"], " "),
        ([], " "),
    ],
)
def test_the_separator_is_that_of_the_sample(cells, expected):
    assert cell_separator(cells, TOPICS.label_names) == expected


@given(st.lists(st.sampled_from("abc"), min_size=2, unique=True), st.sampled_from(SEPARATORS))
def test_cells_are_read_as_they_are_written(labels, separator):
    cell = separator.join(labels)
    assert split_cell(cell, separator) == labels
    assert cell_separator([cell], ["a", "b", "c"]) == separator
    (ranks,) = ranks_from_cells([cell], MultiClass(("a", "b", "c")), separator)
    assert [("a", "b", "c")[index] for index in top_labels(ranks[None], len(labels))[0]] == labels


def test_a_submission_has_the_names_columns_and_separator_of_the_sample():
    sample = pd.DataFrame({"row": ["7", "07"], "Predicted": ["sea,town", "wood,sea"]})
    competition_ = settings(id_column="row")
    found = make_submission(OUTPUTS, ["07", "7"], sample, TOPICS, competition_)
    assert found.to_dict("list") == {"row": ["7", "07"], "Predicted": ["sea,wood", "town,wood"]}
    assert find_spelling(sample, TOPICS, competition_).separator == ","


def test_several_label_columns_share_a_cell():
    columns = ["rude", "mean"]
    competition_ = settings(task="multi_label", label_columns=columns)
    task = MultiLabel(tuple(columns))
    assert submission_columns(["id", "tags"], task, competition_) == ["tags"]
    assert submission_columns(None, task, competition_) == ["labels"]


def test_labels_that_hold_the_separator_cannot_be_joined():
    sample = pd.DataFrame({"id": ["1"], "label": ["new york"]})
    with pytest.raises(ConfigError, match=r"joins labels by ' ', but 1 labels hold it \('new yor"):
        find_spelling(sample, MultiClass(("new york", "rome")), settings())
    other = pd.DataFrame({"id": ["1"], "label": ["new york|rome"]})
    assert find_spelling(other, MultiClass(("new york", "rome")), settings()).separator == "|"


def test_labels_of_a_ranking_have_the_spelling_of_the_sample():
    sample = pd.DataFrame({"id": ["1", "2"], "label": ["1 0", "0 2"]})
    task = MultiClass(("0.0", "1.0", "2.0"))
    found = make_submission(OUTPUTS, ["1", "2"], sample, task, settings())
    assert found["label"].tolist() == ["1 2", "0 2"]
