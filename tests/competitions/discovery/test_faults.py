import random

from helpers.tables import cycle, find_doubts, guess_settings, make_tables, numbered, sentences

BINARY = {"label": cycle("0 1", 60)}
SORTED = {"label": ["0"] * 30 + ["1"] * 30}


def tables(labels=BINARY, **inputs):
    return make_tables(labels, {"label": "0"}, text=sentences(80), **inputs)


def test_row_numbers_are_left_out_with_the_line_that_adds_them():
    found = tables(likes=cycle("3 1 4 1 5 9", 80), **{"Unnamed: 0": numbered(0, 80)})
    assert guess_settings(found)["numeric_columns"] == ["likes"]
    assert (
        'unused: "Unnamed: 0" tells nothing about a row: it counts the rows; to read it all the '
        'same, write numeric_columns: [likes, "Unnamed: 0"]'
    ) in find_doubts(found)


def test_codes_are_no_short_texts():
    codes = [f"{row * 7919:08x}" for row in range(80)]
    titles = [f"{word} {row}" for row, word in enumerate(cycle("sea wood town", 80))]
    found = make_tables(BINARY, {"label": "0"}, code=codes, title=titles)
    assert guess_settings(found)["text_columns"] == ["title"]
    assert "unused: code has codes" in find_doubts(found)


def test_codes_that_train_and_test_share():
    codes = [f"u{number % 15:03d}" for number in range(80)]
    found = tables(user=codes)
    doubt = "unused: user has codes that train and test share; to read them as categories, write"
    assert f"{doubt} categorical_columns: [user]" in find_doubts(found)


def test_numbers_that_are_words_in_test():
    cells = cycle("3 1 4 1 5 9", 60) + cycle("low high", 20)
    found = tables(size=cells)
    assert "numeric_columns" not in guess_settings(found)
    assert "group_column" not in guess_settings(found)
    assert "it has numbers in train but words in test" in find_doubts(found)


def test_dates():
    days = [f"2024-01-{1 + row % 28:02d}" for row in range(80)]
    assert "write time_column: day and train with folds.kind=time" in find_doubts(
        tables(day=days[::-1])
    )


def test_copies():
    words = cycle("red green", 80)
    found = tables(colour=words, color=words)
    assert guess_settings(found)["categorical_columns"] == ["colour"]
    assert "unused: color has the cells of colour" in find_doubts(found)


def test_column_that_determines_the_label():
    found = tables(kind=cycle("no yes", 80), size=cycle("1 2 3 4 5", 80))
    doubts = find_doubts(found)
    assert "leak: kind determines label in every row of train" in doubts
    assert "remove it from categorical_columns" in doubts
    assert "leak: size" not in doubts


def test_amounts_that_determine_the_label():
    rng = random.Random(0)
    sizes = [f"{rng.random() + int(label):.3f}" for label in cycle("0 1", 80)]
    assert "remove it from numeric_columns" in find_doubts(tables(size=sizes))


def test_ids_that_were_sorted_by_label_are_no_numbers():
    rng = random.Random(0)
    low = rng.sample(range(10**6), 40)
    high = rng.sample(range(10**6, 2 * 10**6), 40)
    numbers = [str(number) for pair in zip(low, high, strict=True) for number in pair]
    found = tables(number=numbers)
    assert "numeric_columns" not in guess_settings(found)
    assert "give label away, as sorted ids" in find_doubts(found)


def test_structures_are_texts_only_if_there_are_no_others():
    cells = [f'{{"a": "{text}"}}' for text in sentences(80)]
    found = make_tables(BINARY, {"label": "0"}, body=cells)
    assert guess_settings(found)["text_columns"] == ["body"]
    assert "body has structures instead of plain text" in find_doubts(found)
    assert guess_settings(tables(body=cells))["text_columns"] == ["text"]


def test_tags_of_html():
    found = make_tables(BINARY, {"label": "0"}, text=[f"<p>{text}</p>" for text in sentences(80)])
    assert "text has tags of HTML" in find_doubts(found)
