import numpy as np

from regard.network.transformer.pooling import POOLINGS

STATES = np.array([[[1, 2], [3, 0], [9, 9]], [[4, -5], [9, 9], [9, 9]]], np.float32)
MASK = np.array([[True, True, False], [True, False, False]])


def test_each_pooling_of_two_texts():
    found = {name: pool(STATES, MASK).tolist() for name, pool in POOLINGS.items()}
    assert found == {
        "cls": [[1, 2], [4, -5]],
        "max": [[3, 2], [4, -5]],
        "mean": [[2, 1], [4, -5]],
    }
