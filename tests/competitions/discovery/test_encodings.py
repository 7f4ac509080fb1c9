import pytest

from regard.competitions.discovery.encodings import guess_encodings
from regard.errors import DataError

ROWS = "".join(f"{row},some words café no {row},{row % 2}\n" for row in range(20))


@pytest.fixture
def guessed(tmp_path):
    """Return a function that writes files and returns both values and the doubts."""

    def guessed(**contents):
        paths = {}
        for role, content in contents.items():
            parts = content if isinstance(content, list) else [content]
            paths[role] = [tmp_path / f"{role}_{number}.csv" for number in range(len(parts))]
            for path, part in zip(paths[role], parts, strict=True):
                path.write_bytes(part)
        encoding, errors = guess_encodings(paths)
        return encoding.value, errors.value, "; ".join(filter(None, (encoding.doubt, errors.doubt)))

    return guessed


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf_8_needs_no_doubt(encoding, guessed):
    assert guessed(train=ROWS.encode(encoding), test=b"id\n1\n") == ("utf-8", "strict", "")


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-32"])
def test_files_of_plain_letters_have_every_encoding(encoding, guessed):
    value, errors, _ = guessed(train=ROWS.encode(encoding), test=b"id\n1\n")
    by_file = {"train": encoding, "test": "utf-8"}
    assert (value, errors) == (encoding if encoding == "cp1252" else by_file, "strict")


def test_each_file_has_its_encoding(guessed):
    value, _, doubts = guessed(train=ROWS.encode("cp1252"), test=ROWS.encode(), sample=b"id\n1\n")
    assert value == {"train": "cp1252", "test": "utf-8", "sample": "utf-8"}
    assert doubts == (
        "encoding: train_0.csv is not UTF-8; it is read as cp1252, for example '0,some words café "
        "no 0,0'; if letters are garbled, write the right encoding"
    )


def test_a_few_wrong_bytes_do_not_change_the_encoding(guessed):
    lines = ROWS.encode().splitlines(keepends=True)
    lines[6] = b"6,cut inside \xc3,0\n"
    value, errors, doubts = guessed(train=b"".join(lines), test=ROWS.encode())
    assert (value, errors) == ("utf-8", "replace")
    assert (
        "train_0.csv is utf-8, but 1 of its lines hold wrong bytes (line 7, byte 14: 0xc3; '6,c"
        in (doubts)
    )


def test_wrong_bytes_among_chinese_texts(guessed):
    lines = ["1,今天天气很好,0\n".encode("gb18030")] * 30
    lines[4] = b"1,\xff\xff,0\n"
    value, errors, doubts = guessed(train=b"".join(lines))
    assert (value, errors) == ("gb18030", "replace")
    assert "train_0.csv is gb18030, but 1 of its lines" in doubts


def test_japanese_of_seven_bits(guessed):
    assert guessed(train="1,良い天気,0\n".encode("iso2022_jp"))[0] == "iso2022_jp"


def test_train_files_of_several_encodings_are_refused(guessed):
    with pytest.raises(DataError, match=r"differ in their encoding \(train_0.csv: utf-8, train_1"):
        guessed(train=[ROWS.encode(), ROWS.encode("cp1252")])
