import numpy as np
import pytest

from regard.errors import ArtefactError
from regard.runs.explained import (
    Explained,
    ExplainedRow,
    WeighedWords,
    read_explained,
    write_explained,
)


def words(*pieces, weights):
    return WeighedWords((("text", pieces),), np.array(weights, np.float32))


def test_rows_are_read_as_they_were_written(tmp_path):
    one = words("a", " tree", weights=[[[0.25, 0.75]], [[0.5, 0.5]]])
    other = words("a tree", weights=[[[1.0]], [[0.5]]])
    rows = [
        ExplainedRow("train", 3, ("fold_1",), {"attention": words(weights=np.zeros((1, 2, 0)))}),
        ExplainedRow("test", 0, ("fold_0", "fold_1"), {"attention": one, "leave_one_out": other}),
    ]
    write_explained(tmp_path, Explained(rows, {"n_rows": 7}))
    found = read_explained(tmp_path)
    assert found.faithfulness == {"n_rows": 7}
    assert found.methods == ["attention", "leave_one_out"]
    for row, expected in zip(found.rows, rows, strict=True):
        assert (row.part, row.row, row.models) == (expected.part, expected.row, expected.models)
        for name, weighed in row.methods.items():
            assert weighed.texts == expected.methods[name].texts
            np.testing.assert_array_equal(weighed.weights, expected.methods[name].weights)


def test_no_rows(tmp_path):
    write_explained(tmp_path, Explained())
    assert read_explained(tmp_path).rows == []


def test_a_missing_file_is_told_in_one_line(tmp_path):
    with pytest.raises(ArtefactError, match=r"rows\.json"):
        read_explained(tmp_path)
