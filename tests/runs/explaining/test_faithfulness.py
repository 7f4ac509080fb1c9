import json

import numpy as np
import pytest
from helpers.explained import WordCounts, chance, run_of
from helpers.tables import frame

from regard.runs.explaining import measure_faithfulness
from regard.runs.explaining.faithfulness import RANDOM, SHARES

TEN = "free a b c d e f g h money"


def model_of(**options):
    return WordCounts({"free": 2.0, "money": 1.0}, attends=True, kind="network", **options)


def test_figures_of_one_row():
    model = model_of()
    found = measure_faithfulness(run_of(model), frame(text=[TEN]), ["integrated_gradients"])
    full = chance(3.0)
    # 5 % and 10 % of ten words are one word, 20 % are two; no other word matters.
    losses = [full - chance(1.0)] * 2 + [full - 0.5] * 2
    np.testing.assert_allclose(found.curves.loc["integrated_gradients"], losses, atol=1e-6)
    row = found.table.loc["integrated_gradients"]
    assert row["comprehensiveness"] == pytest.approx(full - 0.5, abs=1e-6)
    assert row["sufficiency"] == pytest.approx(0.0, abs=1e-6)  # the two words are all it needs
    heights = [0, *losses]
    shares = [0, *SHARES]
    area = np.trapezoid(heights, shares)
    assert row["area"] == pytest.approx(area / 0.5, abs=1e-6)
    assert row["seconds"] > 0
    at_random = found.table.loc[RANDOM]
    assert row["ratio"] == pytest.approx(row["comprehensiveness"] / at_random["comprehensiveness"])
    assert row["area_ratio"] > 1
    assert at_random["ratio"] == 1
    assert (found.n_rows, found.most_faithful) == (1, "integrated_gradients")


def test_methods_are_ranked_and_compared():
    # Attention follows the length of words here, so it misses the words that count.
    words = "free extraordinarily a"
    texts = [words, f"money {words}", "", *[f"{words} free"] * 4]
    methods = ["attention", "leave_one_out", "gradient_x_input"]
    found = measure_faithfulness(run_of(model_of()), frame(text=texts), methods)
    assert found.n_rows == 6
    assert found.table.index.tolist() == [*methods, RANDOM]
    assert found.most_faithful != "attention"
    assert found.table["ratio"]["attention"] < 1 < found.table["ratio"]["leave_one_out"]
    taus = found.agreement.set_index(["method", "other"])["tau"]
    assert taus["leave_one_out", "gradient_x_input"] > 0.9 > taus["attention", "leave_one_out"]
    again = measure_faithfulness(run_of(model_of()), frame(text=texts), methods)
    assert again.curves.equals(found.curves)
    json.dumps(found.to_dict(), allow_nan=False)


def test_other_cells_stay_the_same():
    columns = ("question", "answer")
    model = WordCounts({"it": 1.0}, kind="linear", columns=columns)
    run = run_of(model, columns=columns, others=("id",))
    rows = frame(question=["is it so"], answer=["it is"], id=["7"])
    measure_faithfulness(run, rows, ["coefficients"])
    variants = model.frames[-1]
    assert set(variants["id"]) == {"7"}
    assert "   so" not in variants["answer"].tolist()


def test_without_any_word_nothing_is_known():
    found = measure_faithfulness(run_of(model_of()), frame(text=["", " "]), ["attention"])
    assert found.n_rows == 0
    assert found.table["comprehensiveness"].isna().all()
    json.dumps(found.to_dict(), allow_nan=False)
