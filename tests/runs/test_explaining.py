"""Explanations by models whose attention and outputs are known."""

import types

import numpy as np
import pandas as pd
import pytest

from regard.errors import ConfigError, DataError
from regard.runs import explaining
from regard.runs.explaining import explain, sum_by_word, without, words_in
from regard.tasks import Binary, Regression
from regard.text import as_tokenizer, tokenize
from regard.text.words import Word

STEPS = ["lower_case", "contractions"]
SPAM = Binary(("spam",), ("no", "yes"))


class WordCounts:
    """A model whose log-odds are a sum over words; its attention, if any, follows their lengths."""

    def __init__(self, words=(), *, attends=False, max_tokens=100, columns=("text",)):
        self.words = dict(words)
        self.attends = attends
        self.max_tokens = max_tokens
        self.columns = columns
        self.frames = []

    def tokens(self, frame, column, row=0):
        return tokenize(frame[column].iloc[row], STEPS)[: self.max_tokens]

    def outputs(self, rows):
        self.frames.append(rows.frame)
        sums = [
            sum(
                self.words.get(token, 0)
                for column in self.columns
                for token in self.tokens(rows.frame, column, row)
            )
            for row in range(len(rows))
        ]
        return (1 / (1 + np.exp(-np.array(sums, np.float64)))).astype(np.float32)[:, None]

    def attention(self, rows):
        if not self.attends:
            return None
        found = []
        for column in self.columns:
            lengths = [len(token) for token in self.tokens(rows.frame, column)] or [1]
            found.append((np.array([[*lengths, 0, 0]]) / sum(lengths)).astype(np.float32))
        return found


def run_of(model, *, columns=("text",), others=(), texts="separate", task=SPAM, thresholds=None):
    """A run with one model."""
    return types.SimpleNamespace(
        joined=None,
        name="tiny-0123",
        config=types.SimpleNamespace(
            competition=types.SimpleNamespace(text_columns=list(columns), texts=texts),
        ),
        tokenizer=as_tokenizer(STEPS),
        input_columns=[*columns, *others],
        task=task,
        thresholds=thresholds,
        predictor=lambda models: model,
    )


def chance(log_odds):
    return 1 / (1 + np.exp(-log_odds))


def rows_of(table):
    return list(table.itertuples(index=False, name=None))


def test_the_weights_of_attention_are_those_of_the_words_as_they_stand():
    table = explain(run_of(WordCounts(attends=True)), "I Can't WIN")
    # The tokens are i, can, not, win; can and not are one word.
    assert list(table) == ["column", "word", "weight"]
    assert table["column"].tolist() == ["text"] * 3
    assert table["word"].tolist() == ["I", "Can't", "WIN"]
    np.testing.assert_allclose(table["weight"], [0.1, 0.6, 0.3], atol=1e-7)
    assert table["weight"].sum() == pytest.approx(1, abs=1e-12)


def test_words_beyond_the_longest_text_have_no_weight():
    model = WordCounts(attends=True, max_tokens=2)
    table = explain(run_of(model), "aa bb cc dd")
    np.testing.assert_allclose(table["weight"], [0.5, 0.5, 0, 0], atol=1e-7)


def test_a_word_left_out_takes_its_part_of_the_probability():
    model = WordCounts({"free": 2.0, "money": 1.0, "dear": -0.5})
    table = explain(run_of(model), "Dear FREE money now")
    base = chance(2.5)
    expected = [base - chance(3.0), base - chance(0.5), base - chance(1.5), 0]
    assert table["word"].tolist() == ["Dear", "FREE", "money", "now"]
    np.testing.assert_allclose(table["weight"], expected, atol=1e-6)
    assert len(model.frames) == 1  # all variants in one batch
    assert model.frames[0]["text"].tolist() == [
        "Dear FREE money now",
        "  FREE money now",
        "Dear   money now",
        "Dear FREE   now",
        "Dear FREE money  ",
    ]


def test_words_that_speak_for_the_predicted_label_are_above_zero():
    # The label no is predicted, for which dear speaks.
    table = explain(run_of(WordCounts({"free": 1.0, "dear": -2.0})), "dear free")
    dear, free = table["weight"]
    assert dear == pytest.approx(chance(1.0) - chance(-1.0), abs=1e-6)
    assert free < 0


def test_the_predicted_label_is_the_one_at_tuned_thresholds():
    run = run_of(WordCounts({"free": -1.0}), thresholds=np.array([0.1]))
    assert explain(run, "free")["weight"][0] == pytest.approx(chance(-1.0) - 0.5, abs=1e-6)


def test_of_numbers_the_difference_is_the_weight():
    task = Regression(("ease",), ((0.0, 1.0),))
    table = explain(run_of(WordCounts({"hard": -1.0}), task=task), "a hard text")
    np.testing.assert_allclose(table["weight"], [0, chance(-1.0) - 0.5, 0], atol=1e-6)


def test_each_text_column_has_its_words():
    columns = ("question", "answer")
    row = {"question": "Is it?", "answer": "It is", "id": 7}
    model = WordCounts({"it": 1.0}, attends=True, columns=columns)
    table = explain(run_of(model, columns=columns), row)
    assert table["column"].tolist() == ["question"] * 3 + ["answer"] * 2
    assert table["word"].tolist() == ["Is", "it", "?", "It", "is"]
    np.testing.assert_allclose(table["weight"], [0.4, 0.4, 0.2, 0.5, 0.5], atol=1e-7)
    left_out = explain(run_of(model, columns=columns), row, method="leave_one_out")
    lost = chance(2.0) - chance(1.0)
    np.testing.assert_allclose(left_out["weight"], [0, lost, 0, lost, 0], atol=1e-6)
    assert set(model.frames[0]["id"]) == {"7"}  # other cells stay the same


def test_joined_columns_share_the_weights_of_one_text():
    class Joined(WordCounts):
        def attention(self, rows):
            return [np.array([[0.125, 0.25, 0.5, 0.125, 0.0]], np.float32)]

    run = run_of(Joined(), columns=("title", "body"), texts="joined")
    table = explain(run, {"title": "Old news", "body": "Nothing new"})
    assert rows_of(table) == [
        ("title", "Old", 0.125),
        ("title", "news", 0.25),
        ("body", "Nothing", 0.5),
        ("body", "new", 0.125),
    ]


@pytest.mark.parametrize("text", ["", "  \n "])
@pytest.mark.parametrize("attends", [True, False])
def test_an_empty_text_gives_an_empty_frame(text, attends):
    table = explain(run_of(WordCounts(attends=attends)), text)
    assert table.empty
    assert list(table) == ["column", "word", "weight"]
    assert table["weight"].dtype == np.float64


def test_so_many_words_are_left_out_at_most(monkeypatch):
    monkeypatch.setattr(explaining, "MAX_LEFT_OUT", 2)
    model = WordCounts({"a": 1.0})
    table = explain(run_of(model), "a a a a")
    lost = chance(4.0) - chance(3.0)
    np.testing.assert_allclose(table["weight"], [lost, lost, 0, 0], atol=1e-6)
    assert len(model.frames[0]) == 3


def test_without_attention_the_method_is_refused_in_one_line():
    message = "models of run tiny-0123 have no attention; explain by method=leave_one_out"
    with pytest.raises(ConfigError, match=message):
        explain(run_of(WordCounts()), "a", method="attention")
    with pytest.raises(ConfigError, match="method"):
        explain(run_of(WordCounts()), "a", method="magic")


def test_a_text_alone_is_refused_where_models_read_several_columns():
    run = run_of(WordCounts(), columns=("question", "answer"), others=("age",))
    with pytest.raises(DataError, match="read 3 columns; give a row with question, answer, age"):
        explain(run, "Is it?")
    with pytest.raises(DataError, match="no column 'age'"):
        explain(run, {"question": "Is it?", "answer": "no"})


def test_the_weights_of_tokens_are_summed_by_word():
    weights = np.array([0.25, 0.5, 0.25])
    assert sum_by_word(weights, [1, 0, 2, 4]).tolist() == [0.25, 0, 0.75, 0]
    assert sum_by_word(weights, []).tolist() == []
    assert sum_by_word(np.zeros(2), [1, 1]).tolist() == [0, 0]


def test_a_space_keeps_the_words_around_apart():
    assert without("well-known", Word("-", 4, 5, 1)) == "well known"


def test_words_without_a_position_are_those_of_the_raw_text(monkeypatch):
    monkeypatch.setattr(explaining, "words_of", lambda text, steps: [Word("x", 0, 0, 1)])
    assert [word.text for word in words_in("One, two", [])] == ["One", ",", "two"]


def test_the_row_may_be_a_mapping_of_any_cells():
    table = explain(run_of(WordCounts({"a": 1.0})), pd.Series({"text": "a b"}))
    assert table["word"].tolist() == ["a", "b"]


def test_half_a_character_is_one_line():
    with pytest.raises(DataError, match="column 'text', row 0"):
        explain(run_of(WordCounts()), "a \ud800")
