import pytest
from helpers.tables import cycle, guess_settings, make_tables, movie_reviews

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
