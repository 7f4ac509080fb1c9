import numpy as np
from helpers.batches import pair_inputs
from helpers.tokens import as_lists

from regard.data.inputs import joined


def test_inputs_are_joined_row_by_row():
    both = joined(pair_inputs().take(np.array([2, 0])), pair_inputs().take(np.array([3])))
    first, second = both.texts
    assert as_lists(first) == [[4], [2], [5, 5, 5, 5]]
    assert as_lists(second) == [[14], [12, 12], [15, 15]]
    assert both.numbers[:, 0].tolist() == [2, 0, 3]
    assert both.categories[:, 1].tolist() == [5, 1, 7]
    assert both.paired
    assert both.symmetric


def test_no_row_may_be_joined():
    nothing = pair_inputs().take(np.array([], np.int64))
    assert len(joined(pair_inputs(), nothing)) == 4
