import dataclasses

import numpy as np
import pytest
from helpers.batches import batches_config
from hypothesis import given
from hypothesis import strategies as st

from regard.data.cutting import (
    Cut,
    choose_cut,
    count_lost,
    cut_advice,
    cut_line,
    read_cut,
    resolved,
    write_cut,
)
from regard.errors import ArtefactError


@pytest.mark.parametrize(
    ("lengths", "cut"),
    [
        ([30, 300, 40], Cut(256, "head")),
        ([512] * 10, Cut(256, "head")),
        ([600] * 10, Cut(640, "both")),
        ([2000] * 10, Cut(1024, "both")),
    ],
)
def test_documents_are_read_from_both_ends(lengths, cut):
    assert choose_cut(np.array(lengths)) == cut


def test_settings_come_before_the_texts():
    batches = batches_config(max_tokens=0, truncate="auto")
    found = resolved(batches, Cut(640, "both"))
    assert (found.max_tokens, found.truncate) == (640, "both")
    assert found.size == batches.size
    chosen = dataclasses.replace(batches, max_tokens=9, truncate="tail")
    assert resolved(chosen, Cut(640, "both")) == chosen


def test_what_is_cut_is_counted_and_told():
    lengths = np.array([3, 10, 12])
    lost = count_lost(lengths, 8)
    assert (lost.texts, lost.of_texts, lost.tokens, lost.of_tokens) == (2, 3, 6, 25)
    line = cut_line(lost, batches_config(max_tokens=8))
    assert line.startswith("2 of 3 texts are cut to their first 8 tokens")
    assert "24.0% of all tokens are not read" in line
    assert "last 8 tokens" in cut_line(lost, batches_config(max_tokens=8, truncate="tail"))
    assert "8 together" in cut_line(lost, batches_config(max_tokens=8, truncate="both"))
    assert cut_line(count_lost(lengths, 12), batches_config(max_tokens=12)) == ""


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=50), st.integers(1, 300))
def test_advice_reads_nearly_all(lengths, max_tokens):
    lengths = np.array(lengths)
    batches = batches_config(max_tokens=max_tokens)
    advice = cut_advice(count_lost(lengths, max_tokens), lengths, batches)
    if not advice:
        assert count_lost(lengths, max_tokens).share < 0.2
        return
    advised = int(advice.partition("batches.max_tokens=")[2].partition(" ")[0])
    assert advised > max_tokens
    assert (lengths > advised).mean() <= 0.05


def test_it_is_written_and_read(tmp_path):
    assert read_cut(tmp_path) == Cut(256, "head")
    write_cut(tmp_path, Cut(640, "both"))
    assert read_cut(tmp_path) == Cut(640, "both")
    (tmp_path / "cut.json").write_text("[]")
    with pytest.raises(ArtefactError, match=r"cut.json: not the lengths") as error:
        read_cut(tmp_path)
    assert "\n" not in str(error.value)
