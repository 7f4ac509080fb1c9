"""Explanations by models whose attention and outputs are known."""

import numpy as np
import pandas as pd
import pytest
from helpers.explained import BlendOf, WordCounts, chance, run_of
from helpers.tables import frame

from regard.errors import ConfigError, DataError
from regard.runs.explaining import METHODS, auto_method, explain, weigh
from regard.tasks import Regression


def rows_of(table):
    return list(table.itertuples(index=False, name=None))


def test_the_weights_of_attention_are_those_of_the_words_as_they_stand():
    table = explain(run_of(WordCounts(attends=True)), "I Can't WIN", method="attention")
    # The tokens are i, can, not, win; can and not are one word.
    assert list(table) == ["column", "word", "weight"]
    assert table["column"].tolist() == ["text"] * 3
    assert table["word"].tolist() == ["I", "Can't", "WIN"]
    np.testing.assert_allclose(table["weight"], [0.1, 0.6, 0.3], atol=1e-7)
    assert table["weight"].sum() == pytest.approx(1, abs=1e-12)


def test_words_beyond_the_longest_text_have_no_weight():
    model = WordCounts(attends=True, max_tokens=2)
    table = explain(run_of(model), "aa bb cc dd", method="attention")
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
    table = explain(run_of(model, columns=columns), row, method="attention")
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
    table = explain(run, {"title": "Old news", "body": "Nothing new"}, method="attention")
    assert rows_of(table) == [
        ("title", "Old", 0.125),
        ("title", "news", 0.25),
        ("body", "Nothing", 0.5),
        ("body", "new", 0.125),
    ]


@pytest.mark.parametrize("text", ["", "  \n "])
@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("attention", ""),
        ("leave_one_out", ""),
        ("gradient_x_input", "network"),
        ("integrated_gradients", "network"),
        ("coefficients", "linear"),
    ],
)
def test_an_empty_text_gives_an_empty_frame(text, method, kind):
    table = explain(run_of(WordCounts(attends=True, kind=kind)), text, method=method)
    assert table.empty
    assert list(table) == ["column", "word", "weight"]
    assert table["weight"].dtype == np.float64


@pytest.mark.parametrize("method", [name for name in METHODS if name != "leave_one_out"])
def test_a_method_that_does_not_suit_is_refused_in_one_line(method):
    run = run_of(WordCounts())
    message = f"method={method} is for .*, which run tiny-0123 has not; explain by method=leave_one"
    with pytest.raises(ConfigError, match=message):
        explain(run, "a", method=method)
    assert not METHODS[method].suits(run)
    # As the message advises:
    assert len(explain(run, "a", method="leave_one_out")) == 1


def test_unknown_methods_are_refused():
    with pytest.raises(ConfigError, match="method"):
        explain(run_of(WordCounts()), "a", method="magic")


def test_a_text_alone_is_refused_where_models_read_several_columns():
    run = run_of(WordCounts(), columns=("question", "answer"), others=("age",))
    with pytest.raises(DataError, match="read 3 columns; give a row with question, answer, age"):
        explain(run, "Is it?")
    with pytest.raises(DataError, match="no column 'age'"):
        explain(run, {"question": "Is it?", "answer": "no"})


def test_the_row_may_be_a_mapping_of_any_cells():
    table = explain(run_of(WordCounts({"a": 1.0})), pd.Series({"text": "a b"}))
    assert table["word"].tolist() == ["a", "b"]


def test_half_a_character_is_one_line():
    with pytest.raises(DataError, match="column 'text', row 0"):
        explain(run_of(WordCounts()), "a \ud800")


@pytest.mark.parametrize(
    ("kind", "method"),
    [("network", "integrated_gradients"), ("linear", "coefficients"), ("", "leave_one_out")],
)
def test_auto_is_chosen_by_the_models(kind, method):
    run = run_of(WordCounts({"a": 1.0}, attends=True, kind=kind))
    assert explain(run, "a b").attrs["method"] == method
    assert auto_method(run) == method
    assert METHODS[method].suits(run)


def test_a_blend_is_asked_itself_by_default():
    members = [WordCounts({"a": 3.0}, kind="network"), WordCounts({"b": 1.0}, kind="linear")]
    run = run_of(BlendOf([0.75, 0.25], members))
    table = explain(run, "a b")
    assert auto_method(run) == table.attrs["method"] == "leave_one_out"
    lost = [0.75 * (chance(3.0) - 0.5), 0.25 * (chance(1.0) - 0.5)]
    np.testing.assert_allclose(table["weight"], lost, atol=1e-6)


def test_a_blend_has_the_weighted_mean_of_the_members_that_suit():
    members = [
        WordCounts({"a": 2.0}, kind="linear"),
        WordCounts({"a": 9.0}, kind="network"),
        WordCounts({"b": 1.0}, kind="linear"),
    ]
    run = run_of(BlendOf([0.25, 0.5, 0.25], members))
    assert METHODS["coefficients"].suits(run)
    assert not METHODS["attention"].suits(run)
    table = explain(run, "a b", method="coefficients")
    np.testing.assert_allclose(table["weight"], [1.0, 0.5], atol=1e-6)


def test_the_blend_decides_the_label_that_its_members_explain():
    # Alone, the second member predicts the other label.
    members = [WordCounts({"a": 6.0}, kind="linear"), WordCounts({"a": -1.0}, kind="linear")]
    run = run_of(BlendOf([0.5, 0.5], members))
    assert explain(run, "a", method="coefficients")["weight"][0] == pytest.approx(2.5)


@pytest.mark.parametrize("method", METHODS)
def test_many_rows_are_weighed_as_each_alone(method):
    kind = "linear" if method == "coefficients" else "network"
    model = WordCounts({"free": 2.0, "dear": -1.0}, attends=True, kind=kind)
    run = run_of(model)
    texts = ["Dear free friend", "dear", "", "free free"]
    together = weigh(run, model, frame(text=texts), method)
    for text, (words, weights) in zip(texts, together, strict=True):
        alone = explain(run, text, method=method)
        assert [word.text for _, word in words] == alone["word"].tolist()
        np.testing.assert_allclose(weights, alone["weight"], atol=1e-6)
    assert weigh(run, model, frame(text=[]), method) == []


def test_rows_of_a_method_that_does_not_suit_are_refused():
    model = WordCounts()
    with pytest.raises(ConfigError, match="method=attention"):
        weigh(run_of(model), model, frame(text=["a"]), "attention")
