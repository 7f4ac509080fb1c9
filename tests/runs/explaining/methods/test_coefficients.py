import numpy as np
import pytest
from helpers.explained import WordCounts, run_of

from regard.runs.explaining import explain


@pytest.mark.parametrize(("dear", "sign"), [(-1.0, 1), (-3.0, -1)])
def test_the_weights_sum_to_the_logit_of_the_decision(dear, sign):
    run = run_of(WordCounts({"free": 2.0, "dear": dear}, kind="linear"))
    table = explain(run, "Dear free friend", method="coefficients")
    np.testing.assert_allclose(table["weight"], [sign * dear, sign * 2.0, 0])
    assert table["weight"].sum() > 0  # the words speak for the decision
