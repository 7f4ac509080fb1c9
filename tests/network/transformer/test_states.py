import numpy as np
import pytest

from regard.errors import ArtefactError
from regard.network.transformer.states import KnownStates, write_states


def test_states_are_found_by_their_text(tmp_path):
    parts = [np.array([[1, 2], [3, 4]], np.float32), np.array([[5, 6]], np.float32)]
    write_states(tmp_path, ["a sea", "", "wood é"], parts, 2)
    known = KnownStates(tmp_path)
    rows = known.rows(["wood é", "A sea", "a sea", "wood é", ""])
    assert rows.tolist() == [2, -1, 0, 2, 1]
    assert known.states[rows[[0, 2]]].tolist() == [[5, 6], [1, 2]]
    assert isinstance(known.states, np.memmap)


def test_missing_states_are_an_error_of_a_file(tmp_path):
    with pytest.raises(ArtefactError, match=r"states\.npy"):
        KnownStates(tmp_path)
