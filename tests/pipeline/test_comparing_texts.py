from helpers.cases import tiny_tables, write_tables

from regard.pipeline import make
from regard.pipeline.comparing_texts import similar_texts, text_drift
from regard.pipeline.related_rows import related_rows

LONG = "one two three four five six seven eight nine ten eleven twelve"


def test_similar_and_identical_rows(quick, tmp_path):
    tables = tiny_tables()
    train = tables["train"]
    before = similar_texts(make(quick(), "folds"))
    train.loc[[0, 1], "text"] = [LONG, f"{LONG} thirteen"]
    train.loc[[8, 9], "text"] = ["short", "short"]
    write_tables(tmp_path / "data" / "tiny", tables)
    found = similar_texts(make(quick(), "folds"))
    assert found.n_read == len(train)
    assert found.n_rows == before.n_rows + 4
    assert found.n_conflicts == 2
    first, second = found.examples
    assert first.ids == ("x000", "x001")
    assert first.labels == ("sea", "wood")
    assert first.texts == (LONG, f"{LONG} thirteen")
    assert second.texts == ("short", "short")


def test_rows_of_one_text_or_group_are_related(quick, tmp_path):
    tables = tiny_tables()
    tables["train"].loc[[8, 9], "text"] = "short"
    tables["train"]["author"] = [f"a{row}" for row in range(48)]
    tables["train"].loc[[9, 20], "author"] = "b"
    write_tables(tmp_path / "data" / "tiny", tables)
    found = related_rows(make(quick(), "folds"))
    assert found[8] == found[9] != found[20]
    found = related_rows(make(quick("competition.group_column=author"), "folds"))
    assert found[8] == found[9] == found[20] != found[0]


def test_few_rows_have_no_drift(quick):
    make(quick(), "test_tables")
    assert text_drift(make(quick(), "folds")) is None


def test_a_word_of_test_alone_parts_it_from_train(quick, tmp_path):
    tables = tiny_tables(60, 60)
    tables["test"]["text"] += " tomorrow"
    write_tables(tmp_path / "data" / "tiny", tables)
    make(quick(), "test_tables")
    found = text_drift(make(quick(), "folds"))
    assert found is not None
    assert found.auc > 0.9
    assert found.test_words[0] == "tomorrow"


def test_words_that_the_vocabulary_lacks_part_nothing(quick, tmp_path):
    tables = tiny_tables(60, 60)
    tables["test"]["text"] += [f" new{row}" for row in range(60)]
    write_tables(tmp_path / "data" / "tiny", tables)
    make(quick("text.use_test=false"), "test_tables")
    found = text_drift(make(quick("text.use_test=false"), "folds"))
    assert found is not None
    assert "<unk>" not in found.test_words
