import base64
import dataclasses
import json

import numpy as np
import pytest
from helpers.report_cases import CASES, browser_row, render_section, report_data
from hypothesis import given
from hypothesis import strategies as st

from regard.report import Browser
from regard.report.row_browser import as_json_block, browser_values, packed_weights
from regard.runs.explained import WeighedWords


def values(rows, kind="multi_class", **changes):
    return browser_values(report_data(kind, browser=Browser(rows), **changes))


def test_a_train_row():
    found = values([browser_row("a tree", [0.25, 0.75], row=1, models=("fold_3",))])
    assert found["columns"] == ["text"]
    assert found["labels"] == ["sea", "wood", "town"]
    assert found["models"] == ["fold 3"]
    assert found["caption"] == "probability of the true label"
    (method,) = found["methods"]
    assert method["title"] == "attention"
    assert method["signed"] is False
    (row,) = found["rows"]
    assert row == {
        "id": "r1",
        "part": "train",
        "true": "wood",
        "predicted": "sea (0.70)",
        "labels": [1],
        "guesses": [0],
        "right": False,
        "correctness": 0.2,
        "models": [0],
        "texts": [[[0, ["a", " tree"]]]],
        "methods": {
            "attention": {
                "texts": 0,
                "heads": 1,
                "scales": [0.75],
                "bytes": base64.b64encode(bytes([42, 127])).decode(),
            }
        },
    }


def test_the_label_of_a_test_row_is_not_known():
    (row,) = values([browser_row(row=None)])["rows"]
    assert not {"true", "labels", "right", "correctness"} & set(row)


def test_methods_that_read_other_words_have_their_own():
    row = browser_row("a tree", [0.5, 0.5])
    other = WeighedWords((("text", ("a tree",)),), np.ones((1, 1, 1), np.float32))
    row = dataclasses.replace(row, methods={**row.methods, "leave_one_out": other})
    (found,) = values([row])["rows"]
    assert found["texts"] == [[[0, ["a", " tree"]]], [[0, ["a tree"]]]]
    assert found["methods"]["leave_one_out"]["texts"] == 1


@pytest.mark.parametrize(
    ("kind", "row", "labels", "guesses", "right"),
    [
        ("binary", 1, [1], [0], False),
        ("multi_label", 3, [], [0, 1], False),
        ("ordinal", 2, [2], [0], False),
        ("regression", 0, [], [], None),
    ],
)
def test_labels_of_every_kind_of_task(kind, row, labels, guesses, right):
    (found,) = values([browser_row(kind=kind, row=row)], kind)["rows"]
    assert (found["labels"], found["guesses"], found.get("right")) == (labels, guesses, right)


# No subnormal numbers, whose steps are greater than half a percent.
WEIGHTS = st.floats(-1e6, 1e6).filter(lambda weight: weight == 0 or abs(weight) > 1e-30)


@given(st.lists(WEIGHTS, max_size=12), st.sampled_from([(1, 1), (2, 1), (1, 3)]))
def test_a_byte_keeps_a_weight_to_within_half_a_percent_of_the_largest(weights, shape):
    array = np.array(weights, np.float32)[None, None].repeat(shape[0], 0).repeat(shape[1], 1)
    packed = packed_weights(array)
    levels = np.frombuffer(base64.b64decode(packed["bytes"]), np.int8)
    scales = np.array(packed["scales"])
    assert packed["heads"] == shape[1]
    assert len(scales) == shape[0] * shape[1]
    found = levels.reshape(len(scales), len(weights)) * scales[:, None] / 127
    largest = np.abs(array).max(initial=0)
    np.testing.assert_allclose(found.reshape(array.shape), array, atol=0.005 * largest)


def test_no_text_ends_the_block_of_data():
    text = '</script><!--<script>&\u2028\u2029 "quoted" 😀'
    block = as_json_block([text])
    assert json.loads(block) == [text]
    assert not set("<>&\u2028\u2029") & set(block)


def test_a_few_rows_are_there_for_readers_without_scripts():
    rows = [browser_row("a tree", [0.25, -0.5], row=row) for row in range(4)]
    page = render_section("explanations", browser=Browser(rows))
    assert page.count("<article>") == 3
    assert '<span style="--w:0.500" title="0.2500">a</span> ' in page
    assert '<span class="against" style="--w:1.000" title="-0.5000">tree</span>' in page


def test_long_texts_are_cut_for_readers_without_scripts():
    page = render_section("explanations", browser=Browser([browser_row("x " * 151, [1.0] * 151)]))
    assert "… 1 more words" in page


def test_no_rows():
    page = render_section("explanations", browser=Browser())
    assert "report.n_explained_rows is 0" in page
    assert "browser-data" not in page


@pytest.mark.parametrize("kind", CASES)
def test_empty_texts(kind):
    row = browser_row("", np.zeros((2, 1, 0)), kind=kind)
    assert values([row], kind)["rows"][0]["methods"]["attention"]["scales"] == [0, 0]
    render_section("explanations", kind, browser=Browser([row]))
