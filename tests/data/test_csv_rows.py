import io

import pytest

from regard.data.row_files import RowFile
from regard.data.whole_files import read_whole
from regard.errors import DataError

HEADER = b"id,text\n"
ROW = b'1,"a\nb"\n'  # two lines


@pytest.fixture
def read(tmp_path):
    """Return a function that writes a file and reads its texts in blocks."""

    def read(content, n_rows=2):
        (tmp_path / "new.csv").write_bytes(content)
        with RowFile(tmp_path / "new.csv") as file:
            return [block["text"].tolist() for block in file.blocks(n_rows)]

    return read


def test_rows_are_read_in_blocks(read):
    assert read(HEADER + ROW * 3 + b"\n2,c") == [["a\nb", "a\nb"], ["a\nb", "c"]]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\n \n", ["is empty"]),
        (HEADER, ["header, but no rows"]),
        (b"id,text,id\n1,a,b\n", ["two columns named 'id'", "rename or remove one"]),
        (
            HEADER + ROW * 2 + b"1,a,b\n1\n",
            ["line 6: 3 cells, but the header has 2 (2 such rows); put a text"],
        ),
        (HEADER + ROW * 2 + b'1,"a\n', ["line 6: a quote is opened and never closed"]),
        (HEADER + ROW * 2 + b"\n1,caf\xe9\n", ["line 7: byte 0xe9 is not valid utf-8", "cp1252"]),
        (b"id,caf\xe9\n", ["line 1: byte 0xe9 is not valid utf-8"]),
        ("id,text\n1,a\n".encode("utf-16"), ["line 1: byte 0xff is not valid", "example utf-16"]),
    ],
)
def test_broken_file_is_one_line_with_a_remedy(content, words, read, tmp_path):
    with pytest.raises(DataError) as error:
        read(content)
    message = str(error.value)
    assert message.startswith(str(tmp_path / "new.csv"))
    assert "\n" not in message
    for word in words:
        assert word in message


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("n_rows", [1, 10, 1000, 9000])
def test_a_wrong_byte_is_found_on_its_line(line_end, n_rows, read, tmp_path):
    content = line_end.join([b"id,text", *[b"1,abcdefg"] * n_rows, b"2,\xe9", *[b"3,b"] * 2000])
    with pytest.raises(DataError) as of_whole:
        (tmp_path / "new.csv").write_bytes(content)
        read_whole(tmp_path / "new.csv")
    with pytest.raises(DataError, match=f"line {n_rows + 2}: byte 0xe9") as of_blocks:
        read(content, 1000)
    assert str(of_blocks.value) == str(of_whole.value)


def test_rows_before_a_broken_one_are_read(tmp_path):
    (tmp_path / "new.csv").write_bytes(HEADER + ROW * 2 + b"1\n")
    with RowFile(tmp_path / "new.csv") as file:
        blocks = file.blocks(2)
        assert len(next(blocks)) == 2
        with pytest.raises(DataError, match="line 6: 1 cells"):
            next(blocks)
        assert file.digest is None


def test_no_more_than_a_block_is_read_from_a_pipe(monkeypatch):
    lines = [b"id,text\n", *[b"1,abcdefghij\n"] * 100]

    class Pipe(io.BytesIO):
        n_given = 0

        def readinto1(self, buffer):
            line = lines[self.n_given] if self.n_given < len(lines) else b""
            self.n_given += 1
            buffer[: len(line)] = line
            return len(line)

    class Input:
        buffer = Pipe()

    monkeypatch.setattr("sys.stdin", Input)
    with RowFile("-") as file:
        next(file.blocks(10))
        assert Input.buffer.n_given < 20
