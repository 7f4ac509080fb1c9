import bz2
import codecs
import contextlib
import gzip
import lzma

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regard.embeddings.files import read_vectors
from regard.embeddings.streams import opened
from regard.errors import DataError

PLAIN = b"sea 0.5 -1\nship 1e-5 -0\n, 2 3\n"
VECTORS = {"sea": [0.5, -1.0], "ship": [1e-5, 0.0], ",": [2.0, 3.0]}


def content(path):
    with opened(path, lambda share, text: None) as file:
        return file.read()


@pytest.mark.parametrize(
    "changed",
    [
        PLAIN,
        PLAIN.rstrip(),
        codecs.BOM_UTF8 + PLAIN,
        codecs.BOM_UTF8 + b"3 2\n" + PLAIN,
        PLAIN.replace(b"\n", b"\r\n"),
        PLAIN.replace(b"\n", b"\r"),
        PLAIN.replace(b" ", b"  "),
        PLAIN.replace(b" ", b"\t"),
        b"3\t2\n" + PLAIN.replace(b" ", b"\t"),
        PLAIN.replace(b" ", b","),
        b"3,2\n" + PLAIN.replace(b" ", b","),
        b" " + PLAIN.replace(b"\n", b"\n ").rstrip(),
        PLAIN.decode().encode("utf-16"),
        codecs.BOM_UTF16_BE + PLAIN.decode().encode("utf-16-be"),
        gzip.compress(PLAIN, mtime=0),
        bz2.compress(PLAIN),
        lzma.compress(PLAIN),
        lzma.compress(codecs.BOM_UTF8 + PLAIN.replace(b" ", b"\t")),
    ],
)
def test_other_forms_give_the_same_vectors(changed, tmp_path):
    (tmp_path / "v").write_bytes(changed)
    found = read_vectors(tmp_path / "v", set(VECTORS))
    for word, vector in VECTORS.items():
        assert found[word].tolist() == pytest.approx(vector)


def test_plain_file_passes_as_it_is(tmp_path):
    for plain in (PLAIN, b"3 2\n" + PLAIN, b"", b"3 2\nsea \x00\x00\x01\x02  \x00\x00\x01\x02"):
        (tmp_path / "v").write_bytes(plain)
        assert content(tmp_path / "v") == plain


def test_one_number_and_one_line(tmp_path):
    (tmp_path / "v").write_bytes(b"sea 0.5")
    assert read_vectors(tmp_path / "v", {"sea"})["sea"].tolist() == [0.5]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_packed_file_that_is_cut_off_is_one_line(pack, tmp_path):
    (tmp_path / "v").write_bytes(pack(PLAIN * 99)[:-30])
    with pytest.raises(DataError, match=r"v: the packed file is cut off or damaged .*; download"):
        read_vectors(tmp_path / "v", {"sea"})


def test_progress_reaches_the_end(tmp_path):
    (tmp_path / "v").write_bytes(bz2.compress(PLAIN * 999))
    shares = []
    with opened(tmp_path / "v", lambda share, text: shares.append(share)) as file:
        file.read()
    assert shares[-1] == 1.0


@given(st.binary(max_size=200), st.sampled_from([b"", b"2 2\n", codecs.BOM_UTF8, b"sea 1 2\n"]))
def test_any_bytes_give_vectors_or_one_line(tmp_path_factory, damage, start):
    path = tmp_path_factory.getbasetemp() / "v"
    path.write_bytes(start + damage)
    with contextlib.suppress(DataError):
        read_vectors(path, {"sea", "1"})
