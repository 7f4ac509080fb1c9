import json
import random

import pandas as pd
import pytest
from helpers.tables import cycle, find_doubts, guess_settings, make_tables

from regard.competitions.discovery.tags import find_tags, is_name_of_tags

TOPICS = ["food", "sky", "sport", "art"]
N = 120


def drawn(join, sizes=(1, 1, 2, 3)):
    rng = random.Random(0)
    return [join(sorted(rng.sample(TOPICS, rng.choice(sizes)))) for _ in range(N)]


@pytest.mark.parametrize(
    ("join", "separator"),
    [
        (",".join, ","),
        (", ".join, ","),
        (";".join, ";"),
        (" | ".join, "|"),
        (" ".join, " "),
        (json.dumps, "json"),
        (str, "json"),
        (lambda tags: f"[{' '.join(map(repr, tags))}]", "json"),
        (lambda tags: f"{{{','.join(tags)}}}", "json"),
        (lambda tags: "".join(f"<{tag}>" for tag in tags), "json"),
        (lambda tags: ";".join(tags) + ";", ";"),
        (lambda tags: ",".join([*tags, tags[0]]), ","),
    ],
)
def test_tags_are_found_by_their_separator(join, separator):
    tables = make_tables({"label": drawn(join)}, {"label": join(["food"])}, n=N)
    found = guess_settings(tables)
    assert (found["task"], found["label_separator"]) == ("multi_label", separator)
    assert (found["metric"], found["submit"]) == ("f1_micro", "labels")
    assert "write task: multi_class, label_separator: null" in find_doubts(tables)


@pytest.mark.parametrize(
    "values",
    [
        "New York, NY|Boston, MA|San Diego, CA|Los Angeles, CA|Dallas, TX|Austin, TX",
        "rock and roll|rock|roll|hip hop",
        "very good|good|bad|very bad|ok",
        "strongly agree|agree|neutral|disagree|strongly disagree",
        "a|b|c",
        "sci.space|rec.autos|talk.politics",
        "light red|dark red|light blue|dark blue|light green|dark green",
        "red, small|red, large|blue, small|blue, large|green, small|green, large",
        "3,5|4,5|1,25",
        "2020-01-01 10:00|2020-01-02 11:00|2020-01-03 10:00",
    ],
)
def test_classes_with_separators_in_them_stay_classes(values):
    cells = pd.Series([values.split("|")[row % len(values.split("|"))] for row in range(N)])
    found = find_tags(cells)
    assert found is None or not found.sure


def test_classes_that_may_be_tags_are_a_doubt():
    labels = [f"{a}, {b}" for a in ("red", "blue", "green") for b in ("s", "m", "l", "xl")] * 10
    tables = make_tables({"label": labels}, {"label": "red, s"}, n=N)
    assert guess_settings(tables)["task"] == "multi_class"
    assert 'write task: multi_label, label_separator: ","' in find_doubts(tables)


def test_the_name_decides_about_numbers_with_commas():
    cells = cycle("1,2 3 2,3 1 2 1,3", N)
    as_tags = guess_settings(make_tables({"tags": cells}, {"tags": "1"}, n=N))
    assert (as_tags["task"], as_tags["label_separator"]) == ("multi_label", ",")
    as_price = guess_settings(make_tables({"price": cells}, {"price": "1"}, n=N))
    assert (as_price["task"], as_price["decimal"]) == ("regression", ",")


def test_a_column_for_each_tag_in_the_sample():
    tables = make_tables({"topics": drawn(",".join)}, dict.fromkeys(TOPICS, "0.5"), n=N)
    found = guess_settings(tables)
    assert (found["label_columns"], found["label_separator"]) == (["topics"], ",")
    assert found["submit"] == "probabilities"


def test_sentences_are_no_tags():
    rng = random.Random(0)
    words = ["the", "old", "ship", "lay", "in", "a", "quiet", "harbour"]
    cells = pd.Series([" ".join(rng.choices(words, k=7)) for _ in range(N)])
    assert find_tags(cells) is None


@pytest.mark.parametrize(("name", "expected"), [("Tags", True), ("genres", True), ("tag_id", True)])
def test_names_of_tags(name, expected):
    assert is_name_of_tags(name) == expected
    assert not is_name_of_tags("label")


def test_tags_that_differ_by_their_spelling_are_one_label():
    rng = random.Random(0)
    cells = [
        ",".join(tag.capitalize() if rng.random() < 0.2 else tag for tag in cell.split(","))
        for cell in drawn(",".join)
    ]
    tables = make_tables({"tags": cells}, {"tags": "food"}, n=N)
    assert guess_settings(tables)["label_values"] == sorted(TOPICS)
    assert "'sky' and 'Sky'" in find_doubts(tables)


def test_a_sample_that_parts_tags_by_another_character_is_no_ranking():
    cells = drawn(",".join)
    found = guess_settings(make_tables({"tags": cells}, {"tags": "food sky"}, n=N))
    assert (found["task"], found["label_separator"]) == ("multi_label", ",")


def test_slashes_are_a_doubt():
    tables = make_tables({"label": drawn("/".join)}, {"label": "food"}, n=N)
    assert guess_settings(tables)["task"] == "multi_class"
    assert 'label_separator: "/"' in find_doubts(tables)


def test_empty_cells_of_tags_may_be_rows_without_a_tag():
    cells = [*drawn(",".join)[: N - 20], *[""] * 20]
    tables = make_tables({"tags": cells}, {"tags": "food"}, n=N)
    assert guess_settings(tables)["label_missing"] == [""]
    assert "a row has no tag, write label_missing: []" in find_doubts(tables)
