import numpy as np

from regard.tasks import Targets


def test_rows_keep_their_weights_and_subgroups():
    targets = Targets(np.arange(3), np.array([1.0, 2.0, 3.0]), np.eye(3, dtype=bool))
    part = targets.take(np.array([2, 0]))
    assert part.labels.tolist() == [2, 0]
    assert part.weights.tolist() == [3.0, 1.0]
    assert part.subgroups.tolist() == [[False, False, True], [True, False, False]]


def test_weights_and_subgroups_may_be_missing():
    part = Targets(np.arange(3)).take(np.array([True, False, True]))
    assert part.labels.tolist() == [0, 2]
    assert part.weights is None
    assert part.subgroups is None
