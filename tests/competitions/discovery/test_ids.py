import pytest
from helpers.tables import cycle, guess_settings, make_tables, movie_reviews, numbered

from regard.competitions.discovery.ids import is_id_name
from regard.data.tables import Tables
from regard.errors import DataError


@pytest.mark.parametrize(
    "name", ["id", "ID", "qid1", "test_id", "PhraseId", "pair_ID", "textID", "id_str"]
)
def test_id_name(name):
    assert is_id_name(name)


@pytest.mark.parametrize("name", ["paid", "video", "identity_hate", "valid", "grid", "humid"])
def test_other_name(name):
    assert not is_id_name(name)


def test_missing_ids():
    tables = make_tables({"label": cycle("0 1", 60)}, {"label": "0"})
    with pytest.raises(DataError, match="share no column"):
        guess_settings(
            Tables(tables.train, tables.test, tables.sample.rename(columns={"id": "ID"}))
        )
    with pytest.raises(
        DataError, match=r"the train file has no id column \(text, label\); add one"
    ):
        guess_settings(Tables(tables.train.drop(columns="id"), tables.test, tables.sample))


def test_ids_of_groups_are_no_ids():
    tables = movie_reviews()
    with pytest.raises(DataError, match=r"no id column \(SentenceId, Phrase, Sentiment\); add one"):
        guess_settings(Tables(tables.train.drop(columns="PhraseId"), tables.test, tables.sample))


def with_row_numbers(tables, name=""):
    parts = (tables.train, tables.test, tables.sample)
    for part in parts:
        part.insert(0, name, numbered(0, len(part)))
    return Tables(*parts)


def test_sample_with_row_numbers():
    tables = with_row_numbers(make_tables({"label": cycle("0 1", 60)}, {"label": "0"}))
    with pytest.raises(DataError, match=r"the sample has '' next to the id 'id' .* remove it"):
        guess_settings(tables)
    tables = Tables(tables.train, tables.test, tables.sample.drop(columns=""))
    assert guess_settings(tables)["id_column"] == "id"


def test_row_numbers_without_a_name_are_the_last_choice_of_an_id():
    tables = make_tables({"label": cycle("0 1", 60)}, {"label": "0"})
    parts = (tables.train, tables.test, tables.sample)
    tables = Tables(*(part.rename(columns={"id": "key_of_the_row"}) for part in parts))
    with pytest.raises(DataError, match="the sample has 'Unnamed: 0' next to the id 'key_of"):
        guess_settings(with_row_numbers(tables, "Unnamed: 0"))
