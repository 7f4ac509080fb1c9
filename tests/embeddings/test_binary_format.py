import struct

import pytest

from regard.embeddings.files import read_vectors
from regard.errors import DataError


def record(word: str, *numbers: float) -> bytes:
    return word.encode() + b" " + struct.pack(f"<{len(numbers)}f", *numbers)


def test_records_of_a_word_and_floats(tmp_path):
    path = tmp_path / "vectors"
    path.write_bytes(b"2 2\n" + record("sea", 0.5, 1) + record("ship", 2, -3))
    assert read_vectors(path, {"ship"})["ship"].tolist() == [2, -3]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"2 2\n" + record("sea", 1, 2) + record("ship", 1),
            "ends in record 2, but its header says 2 records of 2 numbers",
        ),
        (b"1 2\n" + record("sea", 1, float("inf")), "record 1: a number is not finite"),
        (
            b"2 2\n" + record("sea", 1, 2, 3) + record("ship", 1, 2, 3),
            "more data than the 2 records of 2 numbers",
        ),
        (
            b"1 2\n" + record("sea", 1, 2) + record("ship", 1, 2),
            "more data than the 1 records of 2 numbers",
        ),
    ],
)
def test_damaged_file_is_refused(content, message, tmp_path):
    path = tmp_path / "vectors"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read_vectors(path, {"sea", "ship", "tree"})
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
