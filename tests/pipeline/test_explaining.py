import logging
import types

import numpy as np
import pandas as pd
import pytest

from regard.data.rows import Rows
from regard.errors import ConfigError, DataError
from regard.pipeline import explaining, train
from regard.pipeline.explaining import explain_text, table_lines
from regard.runs.explaining import METHODS, as_row
from regard.tasks import Binary


def table_of(words, weights, columns=None):
    columns = columns or ["text"] * len(words)
    table = pd.DataFrame({"column": columns, "word": words, "weight": np.array(weights, float)})
    table.attrs["method"] = "attention"
    return table


class FakeRun:
    """A run that predicts 0.8 and weighs the words of any row the same."""

    name = "tiny-0123"
    task = Binary(("spam",), ("no", "yes"))
    thresholds = None
    joined = None

    def __init__(self, *columns):
        self.input_columns = list(columns)
        self.rows = []

    def predictor(self):
        return types.SimpleNamespace(outputs=lambda rows: np.array([[0.8]], np.float32))

    def explain(self, row, *, method):
        self.rows.append((row, method))
        return table_of(["free", "money"], [0.75, 0.25])


@pytest.fixture
def opened(monkeypatch):
    """Return a function that makes a run with these columns the one that is opened."""

    def open_with(*columns):
        run = FakeRun(*columns)
        monkeypatch.setattr(explaining, "open_run", lambda config, word: run)
        return run

    return open_with


CONFIG = types.SimpleNamespace(competition=types.SimpleNamespace(name="tiny"))


def test_the_prediction_and_the_words_are_shown(opened, caplog):
    caplog.set_level(logging.INFO)
    run = opened("text")
    explain_text(CONFIG, "free money")
    assert caplog.messages == [
        "tiny-0123 predicts yes (0.80)",
        "weights: the share of attention that each word gets (attention)",
        "  free    0.750  " + "#" * 63,
        "  money   0.250  " + "#" * 21,
    ]
    assert run.rows == [("free money", "auto")]


def test_cells_of_several_columns_are_a_json_object(opened):
    run = opened("question", "answer")
    explain_text(CONFIG, '{"question": "Is it?", "answer": "no"}', method="attention")
    assert run.rows == [({"question": "Is it?", "answer": "no"}, "attention")]
    message = r"reads 2 columns; .* text='\{\"question\": \"...\", \"answer\": \"...\"\}'"
    for text in ("Is it?", "[1]", "{"):
        with pytest.raises(DataError, match=message):
            explain_text(CONFIG, text)


@pytest.mark.parametrize("text", ["", " \n"])
def test_without_a_text_the_command_says_how_to_give_one(text):
    with pytest.raises(ConfigError, match=r"no text to explain; .*explain .*tiny"):
        explain_text(CONFIG, text)


def test_bars_show_the_sign():
    lines = list(table_lines(table_of(["good", "bad", "a"], [0.4, -0.2, 0])))
    assert lines == [
        "  good   0.400  " + "+" * 64,
        "  bad   -0.200  " + "-" * 32,
        "  a      0.000",
    ]
    assert max(map(len, lines)) == 80


def test_several_columns_are_named():
    table = table_of(["is", "it", "no"], [0.5, 0.5, 1], ["question", "question", "answer"])
    lines = list(table_lines(table))
    assert [line.split()[0] for line in lines] == ["question:", "is", "it", "answer:", "no"]


def test_of_long_texts_the_words_of_the_largest_weights_are_shown_in_order():
    weights = np.arange(100) % 50 / 1000
    lines = list(table_lines(table_of([f"w{index}" for index in range(100)], weights)))
    assert len(lines) == 41
    assert lines[0].split()[0] == "w30"
    assert lines[39].split()[0] == "w99"
    assert lines[-1] == "  and 60 words of smaller weights"


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("a" * 30, "a" * 23 + "\u2026"),
        ("\x1b", "\ufffd"),
        ("\u4e2d" * 20, "\u4e2d" * 11 + "\u2026"),
    ],
)
def test_words_fit_the_terminal(word, shown):
    (line,) = table_lines(table_of([word], [1.0]))
    assert line.split()[0] == shown
    assert len(line) <= 80


def test_no_words_are_no_lines():
    assert list(table_lines(table_of([], []))) == []


TEXT = "The Harbour, a WAVE"


@pytest.mark.slow
@pytest.mark.parametrize("form", ["model=tfidf_linear", "model=nb_svm"])
def test_a_linear_run_is_explained_by_its_coefficients(form, tiny, in_this_process, caplog):
    config = tiny(form, "model.min_df=1", "model.C=[1.0]", "model.characters=true")
    run = train(config)
    with caplog.at_level(logging.INFO, "regard.pipeline.explaining"):
        table = explain_text(config, TEXT)
    assert table.attrs["method"] == "coefficients"
    assert table["word"].tolist() == ["The", "Harbour", ",", "a", "WAVE"]
    assert set(table.nlargest(2, "weight")["word"]) == {"Harbour", "WAVE"}
    assert f"{run.name} predicts sea (0." in "\n".join(caplog.messages)
    left_out = explain_text(config, TEXT, method="leave_one_out")
    without = run.predict([TEXT, "The  , a WAVE"])["probability_sea"]
    assert left_out["weight"][1] == pytest.approx(without[0] - without[1], abs=1e-6)
    with pytest.raises(ConfigError, match="method=attention is for networks with attention"):
        run.explain(TEXT, method="attention")


@pytest.mark.slow
def test_a_network_is_explained_by_each_method_for_networks(tiny, in_this_process):
    run = train(tiny("embeddings=word2vec", "training.epochs=1", "batches.max_tokens=4"))
    assert [name for name, method in METHODS.items() if method.suits(run)] == [
        "attention",
        "leave_one_out",
        "gradient_x_input",
        "integrated_gradients",
    ]
    for method in ("attention", "gradient_x_input", "integrated_gradients"):
        table = run.explain(TEXT, method=method)
        assert table["word"].tolist() == ["The", "Harbour", ",", "a", "WAVE"]
        assert table["weight"][:4].all()
        assert table["weight"][4] == 0  # beyond max_tokens
        assert run.explain("", method=method).empty
    attention = run.explain(TEXT, method="attention")["weight"]
    assert (attention[:4] > 0.1).all()
    assert attention.sum() == pytest.approx(1)
    # Integrated gradients sum to the difference from zero vectors.
    table = run.explain(TEXT)
    assert table.attrs["method"] == "integrated_gradients"
    rows = Rows(as_row(run, TEXT))
    models = list(run.predictor().models())
    ends = np.mean([model.outputs_along(rows, np.array([0.0, 1.0])) for model in models], axis=0)
    label = ends[1, 0].argmax()
    assert table["weight"].sum() == pytest.approx(ends[1, 0, label] - ends[0, 0, label], abs=1e-3)
