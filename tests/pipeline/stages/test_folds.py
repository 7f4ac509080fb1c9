import pytest
from helpers.cases import tiny_tables, write_tables

from regard.errors import ConfigError, DataError
from regard.pipeline import make


def write(folder, **columns):
    """Write the tiny competition with more columns of the train rows."""
    tables = tiny_tables()
    for name, values in columns.items():
        tables["train"][name] = values
    write_tables(folder / "data" / "tiny", tables)


def test_every_row_is_held_out_once(tiny):
    run = make(tiny("folds.n_folds=3"), "folds")
    assert run.n_folds == 3
    assert sorted(run.folds.tolist()) == [0] * 16 + [1] * 16 + [2] * 16
    for fold in range(3):
        shares = [int((run.labels[run.folds == fold] == label).sum()) for label in range(3)]
        assert max(shares) - min(shares) <= 1


def test_identical_texts_share_a_fold(tiny):
    run = make(tiny("folds.n_folds=5"), "folds")
    assert run.folds[7] == run.folds[4]


def test_similar_texts_share_a_fold_where_the_settings_ask_for_it(tiny, tmp_path):
    text = "one two three four five six seven eight nine"
    write(tmp_path, text=[f"{text} {'ten' if row % 2 else row}" for row in range(48)])
    folds = make(tiny("folds.near_duplicates=0.9"), "folds").folds
    assert len(set(folds[1::2])) == 1  # identical ones
    with pytest.raises(DataError, match=r"label 'sea' has 16 rows in 1 groups"):
        make(tiny("folds.near_duplicates=0.7"), "folds")


def test_a_similarity_out_of_range_and_folds_in_time_are_refused(tiny):
    with pytest.raises(
        ConfigError, match=r"near_duplicates=0\.2 is out of range; give a similarity"
    ):
        tiny("folds.near_duplicates=0.2")
    time = ["folds.kind=time", "competition.time_column=day", "folds.near_duplicates=0.7"]
    with pytest.raises(ConfigError, match=r"puts similar rows into one fold; set it to null"):
        tiny(*time)


def test_same_settings_share_the_folds(tiny):
    run = make(tiny(), "folds")
    other = make(tiny("model.rnn.units=3", "seed=5", "text.min_count=1"), "folds")
    assert other.folders["folds"] == run.folders["folds"]
    assert other.folder != run.folder
    assert make(tiny("folds.seed=5"), "folds").folds.tolist() != run.folds.tolist()


def test_ready_made_folds_are_kept(tiny, tmp_path):
    write(tmp_path, part=[str(0 if row == 7 else row % 4) for row in range(48)])
    folds = make(tiny("competition.fold_column=part"), "folds").folds
    assert folds.tolist() == [0 if row == 7 else row % 4 for row in range(48)]


def test_groups_are_kept_together(tiny, tmp_path):
    write(tmp_path, author=[f"author {row // 6}" for row in range(48)])
    folds = make(tiny("competition.group_column=author"), "folds").folds
    assert all(len(set(folds[start : start + 6])) == 1 for start in range(0, 48, 6))


@pytest.mark.parametrize("advice", ["folds.n_folds=3", "competition.group_column=null"])
def test_advice_on_few_groups_helps(tiny, tmp_path, advice):
    write(tmp_path, author=[f"author {row // 16}" for row in range(48)])
    settings = ["competition.group_column=author", "folds.n_folds=4", advice]
    assert make(tiny(*settings), "folds").n_folds in (3, 4)


def test_folds_in_time_hold_out_later_rows(tiny, tmp_path):
    write(tmp_path, day=range(48))
    folds = make(tiny("competition.time_column=day", "folds.kind=time"), "folds").folds
    assert folds.tolist() == sorted(folds.tolist())
    assert set(folds.tolist()) == {-1, 0, 1}


@pytest.mark.parametrize(
    ("columns", "overrides", "words"),
    [
        ({"category": ["sea", "wood"] * 23 + ["sea", "sky"]}, [], "'sky' has 1 rows"),
        ({"part": ["0", "1"] * 23 + ["0", ""]}, ["competition.fold_column=part"], "part"),
        (
            {"part": ["0", "1"] * 24, "author": ["a"] * 48},
            ["competition.fold_column=part", "competition.group_column=author"],
            "author",
        ),
        (
            {"author": ["a", "b", "c"] * 16},
            ["competition.group_column=author", "folds.n_folds=4"],
            r"column 'author' form 3 groups, too few .* set folds.n_folds=3, or set comp",
        ),
        (
            {"author": ["a"] * 48},
            ["competition.group_column=author"],
            r"form 1 group, too few for folds.n_folds=2; set competition.group_column=null",
        ),
        (
            {"author": [str(row % 3) for row in range(48)]},
            ["competition.group_column=author"],
            r"in 1 groups .* set competition.group_column=null, or merge",
        ),
    ],
    ids=[
        "too few rows",
        "an empty fold",
        "a group in two folds",
        "few groups",
        "one group",
        "a group for each label",
    ],
)
def test_mistake_is_one_line_and_leaves_nothing(columns, overrides, words, tiny, tmp_path):
    write(tmp_path, **columns)
    with pytest.raises(DataError, match=words) as error:
        make(tiny(*overrides), "folds")
    assert "\n" not in str(error.value)
    assert list((tmp_path / "outputs" / "tiny" / "folds").iterdir()) == []
