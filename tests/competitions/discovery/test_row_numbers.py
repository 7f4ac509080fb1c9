import pytest
from helpers.tables import frame

from regard.competitions.discovery.ids import find_ids
from regard.competitions.discovery.row_numbers import number_tables
from regard.config import ROW_NUMBERS
from regard.data.tables import Tables
from regard.errors import DataError

TRAIN = frame(text=["a", "b", "c"], label=["0", "1", "0"])
TEST = frame(text=["d", "e"])
SAMPLE = frame(label=["0", "0"])


def test_rows_without_ids_are_numbered():
    tables, guesses = number_tables(Tables(TRAIN, TEST, SAMPLE))
    assert [list(part[ROW_NUMBERS]) for part in (tables.train, tables.test, tables.sample)] == [
        ["0", "1", "2"],
        ["0", "1"],
        ["0", "1"],
    ]
    (guess,) = guesses
    assert (guess.key, guess.value) == ("id_column", None)
    assert (
        "the sample has no ids, so its rows are taken to be those of the test file" in guess.doubt
    )
    assert [found.value for found in find_ids(tables)] == [ROW_NUMBERS]


def test_train_alone_may_have_no_ids():
    ids = frame(id=["7", "8"])
    given = Tables(TRAIN, TEST.join(ids), SAMPLE.join(ids))
    tables, guesses = number_tables(given)
    assert {guess.key: guess.value for guess in guesses} == {
        "id_column": None,
        "test_id_column": "id",
    }
    assert [found.value for found in find_ids(tables)] == [ROW_NUMBERS, "id"]


@pytest.mark.parametrize(
    ("test", "sample"),
    [
        (TEST.join(frame(id=["7", "8"])), SAMPLE.join(frame(Id=["7", "8"]))),
        (TEST.join(frame(key=["7", "8"])), SAMPLE.join(frame(row=["7", "8"]))),
    ],
)
def test_ids_under_two_names_stay(test, sample):
    tables = Tables(TRAIN, test, sample)
    assert number_tables(tables) == (tables, [])


def test_another_number_of_rows_is_one_line():
    message = r"share no column, and the sample has 3 rows, but test 2; give both a column of ids"
    with pytest.raises(DataError, match=message):
        number_tables(Tables(TRAIN, TEST, frame(label=["0"] * 3)))
