import numpy as np
from helpers.explained import WordCounts, chance, run_of
from helpers.tables import frame

from regard.runs.explaining import explain, weigh
from regard.runs.explaining.methods import leave_one_out


def test_so_many_words_are_left_out_at_most(monkeypatch):
    monkeypatch.setattr(leave_one_out, "MAX_LEFT_OUT", 2)
    model = WordCounts({"a": 1.0})
    table = explain(run_of(model), "a a a a", method="leave_one_out")
    lost = chance(4.0) - chance(3.0)
    np.testing.assert_allclose(table["weight"], [lost, lost, 0, 0], atol=1e-6)
    assert len(model.frames[0]) == 3


def test_variants_of_several_rows_are_predicted_together(monkeypatch):
    monkeypatch.setattr(leave_one_out, "_AT_ONCE", 6)
    model = WordCounts({"a": 1.0})
    found = weigh(run_of(model), model, frame(text=["a b", "a", "b a a", ""]), "leave_one_out")
    assert [len(weights) for _, weights in found] == [2, 1, 3, 0]
    assert found[2][1][0] == 0
    assert [len(rows) for rows in model.frames] == [5, 5]
