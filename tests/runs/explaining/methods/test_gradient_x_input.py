import numpy as np
from helpers.explained import WordCounts, chance, run_of

from regard.runs.explaining import explain


def test_each_word_has_its_slope():
    run = run_of(WordCounts({"free": 2.0, "dear": -1.0}, kind="network"))
    table = explain(run, "Dear free friend", method="gradient_x_input")
    slope = chance(1.0) * (1 - chance(1.0))
    np.testing.assert_allclose(table["weight"], [-slope, 2 * slope, 0], atol=1e-6)


def test_words_against_the_predicted_label_are_below_zero():
    run = run_of(WordCounts({"free": 1.0, "dear": -2.0}, kind="network"))
    table = explain(run, "dear free", method="gradient_x_input")
    dear, free = table["weight"]
    assert free < 0 < dear
