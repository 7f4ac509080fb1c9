import contextlib
import io
import json
import zipfile

import numpy as np
import pandas as pd
import pytest

from regard.artefacts import (
    check_arrays,
    is_current,
    new_file,
    note_current,
    open_arrays,
    read_array,
    read_fold_state,
    read_json,
    write_csv,
    write_fold_state,
    write_json,
    write_text,
)
from regard.errors import ArtefactError


def test_csv_bytes_are_the_same_on_every_system(tmp_path):
    write_csv(tmp_path / "t.csv", pd.DataFrame({"id": ["1"], "é": ['say "hi",\nyou']}))
    assert (tmp_path / "t.csv").read_bytes() == 'id,é\n1,"say ""hi"",\nyou"\n'.encode()


def test_json_keeps_letters(tmp_path):
    write_json(tmp_path / "x.json", {"é": "ü"})
    assert "é" in (tmp_path / "x.json").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "x.json").read_text(encoding="utf-8")) == {"é": "ü"}
    assert read_json(tmp_path / "x.json") == {"é": "ü"}


def test_array_is_memory_mapped(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(3))
    array = read_array(tmp_path / "x.npy")
    assert isinstance(array, np.memmap)
    assert array.tolist() == [0, 1, 2]


def test_failed_write_keeps_the_old_file(tmp_path):
    path = tmp_path / "table.csv"
    write_text(path, "whole\n")
    with pytest.raises(ZeroDivisionError), new_file(path) as new:
        new.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "whole\n"
    assert [file.name for file in tmp_path.iterdir()] == ["table.csv"]


def test_file_is_current_only_with_the_same_fingerprint(tmp_path):
    path = tmp_path / "submission.csv"
    write_text(path, "x")
    assert not is_current(path, "abc")
    note_current(path, "abc")
    assert is_current(path, "abc")
    assert not is_current(path, "xyz")


def test_deleted_file_is_not_current(tmp_path):
    note_current(tmp_path / "report.html", "def")
    assert read_json(tmp_path / "made_by.json") == {"report.html": "def"}
    assert not is_current(tmp_path / "report.html", "def")


def test_fold_state_round_trip(tmp_path):
    path = tmp_path / "state.npz"
    assert read_fold_state(path) == {}
    arrays = [np.arange(3.0), np.float32(2), *[np.full(1, number) for number in range(12)]]
    history = [{"epoch": 1.0, "score": 0.5}]
    write_fold_state(path, history, 1, weights=arrays, outputs=[np.eye(2)])
    state = read_fold_state(path)
    assert state["history"] == history
    assert state["best_epoch"] == 1
    for stored, given in zip(state["weights"], arrays, strict=True):
        np.testing.assert_array_equal(stored, given)
    np.testing.assert_array_equal(state["outputs"][0], np.eye(2))


@pytest.mark.parametrize(
    ("name", "read", "remedy"),
    [
        ("x.json", read_json, "delete its folder and run again"),
        ("x.npy", read_array, "delete its folder and run again"),
        ("x.npz", read_fold_state, "delete it to train this fold from the start"),
    ],
)
def test_broken_file_is_one_line_with_a_remedy(tmp_path, name, read, remedy):
    (tmp_path / name).write_text("{")
    with pytest.raises(ArtefactError, match=f"{name}: cannot be read .* {remedy}") as error:
        read(tmp_path / name)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("name", "read"), [("x.json", read_json), ("x.npy", read_array)])
def test_missing_file_is_named(tmp_path, name, read):
    with pytest.raises(ArtefactError, match=f"missing_{name}: cannot be read"):
        read(tmp_path / f"missing_{name}")


def test_array_of_python_objects_is_refused(tmp_path):
    np.save(tmp_path / "x.npy", np.array([{"a": 1}]), allow_pickle=True)
    with pytest.raises(ArtefactError, match="cannot be read"):
        read_array(tmp_path / "x.npy")


NUMBERS = [np.arange(3), np.float32([[0.5]]), np.array(True), np.empty((0, 2)), np.float16([1])]


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_arrays_of_numbers_pass_the_check(version, tmp_path):
    for number, array in enumerate(NUMBERS):
        with (tmp_path / f"{number}.npy").open("wb") as file:
            np.lib.format.write_array(file, array, version=version)
        check_arrays(tmp_path / f"{number}.npy")
    np.savez(tmp_path / "all.npz", *NUMBERS)
    np.savez_compressed(tmp_path / "small.npz", *NUMBERS)
    check_arrays(tmp_path / "all.npz")
    check_arrays(tmp_path / "small.npz")


OBJECTS = [np.array([print], object), np.array([(1, None)], [("a", "i4"), ("b", object)])]


@pytest.mark.parametrize("array", OBJECTS, ids=["objects", "a field of objects"])
@pytest.mark.parametrize("name", ["x.npy", "x.npz"])
def test_pickled_objects_fail_the_check(array, name, tmp_path):
    if name == "x.npy":
        np.save(tmp_path / name, array, allow_pickle=True)
    else:
        np.savez(tmp_path / name, numbers=np.arange(3), objects=array)
    with pytest.raises(ArtefactError, match=f"{name}: cannot be read .*pickled objects") as error:
        check_arrays(tmp_path / name)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"PK", b"\x93NUMPY", b"\x93NUMPY\x09\x09", b"text"])
@pytest.mark.parametrize("name", ["x.npy", "x.npz"])
def test_broken_arrays_fail_the_check(content, name, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ArtefactError, match=f"{name}: cannot be read") as error:
        check_arrays(tmp_path / name)
    assert "\n" not in str(error.value)


def test_check_reads_the_headers_alone(tmp_path):
    np.savez(tmp_path / "x.npz", zeros=np.zeros(1000))
    content = bytearray((tmp_path / "x.npz").read_bytes())
    content[500:600] = b"\x01" * 100  # the content has another checksum now
    (tmp_path / "x.npz").write_bytes(content)
    check_arrays(tmp_path / "x.npz")


def test_arrays_of_an_archive_are_read_by_name(tmp_path):
    np.savez(tmp_path / "x.npz", a=np.arange(3), b=np.float32([0.5]))
    with open_arrays(tmp_path / "x.npz") as stored:
        assert sorted(stored) == ["a", "b"]
        assert len(stored) == 2
        assert stored["a"].tolist() == [0, 1, 2]
        with pytest.raises(KeyError):
            _ = stored["c"]


@pytest.mark.parametrize("array", [np.array(["x"]), np.array([1j]), np.array([b"x"]), *OBJECTS])
def test_arrays_of_an_archive_are_numbers(array, tmp_path):
    np.savez(tmp_path / "x.npz", a=array)
    with open_arrays(tmp_path / "x.npz") as stored, pytest.raises(ValueError, match=r"a|pickle"):
        _ = stored["a"]


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04"])
def test_file_that_is_no_archive_is_closed(content, tmp_path):
    (tmp_path / "x.npz").write_bytes(content)
    with (
        pytest.raises(ValueError, match=r"."),
        open_arrays(tmp_path / "x.npz"),
    ):
        pass
    np.save(tmp_path / "x.npy", np.arange(3))
    with pytest.raises(ValueError, match="single array"), open_arrays(tmp_path / "x.npy"):
        pass


def read_every_way(path):
    """Read a file in each of the ways in which a run's arrays are read."""
    if path.suffix == ".npz":
        with contextlib.suppress(OSError, ValueError), open_arrays(path) as stored:
            for name in stored:
                assert isinstance(stored[name], np.ndarray)
    readers = {".npz": [check_arrays, read_fold_state], ".npy": [check_arrays, read_array]}
    for read in readers[path.suffix]:
        with contextlib.suppress(ArtefactError):
            read(path)


def damaged(content):
    """Yield a file cut off anywhere, and with any of its bytes changed."""
    for place in range(len(content)):
        yield content[:place]
        for flip in (0x01, 0xFF):
            yield content[:place] + bytes([content[place] ^ flip]) + content[place + 1 :]


def write_small(save, path):
    if save is np.save:
        save(path, np.arange(2))
    elif save is write_fold_state:
        save(path, [], 1, weights=[np.arange(2)])
    else:
        save(path, a=np.arange(2), b=np.float32([0.5]))


@pytest.mark.slow  # thousands of files
@pytest.mark.filterwarnings("ignore")  # for example Python's, on the syntax of a header
@pytest.mark.parametrize("save", [np.savez_compressed, write_fold_state, np.save])
def test_any_damage_is_one_line(save, tmp_path):
    path = tmp_path / ("x.npy" if save is np.save else "x.npz")
    write_small(save, path)
    for content in damaged(path.read_bytes()):
        path.write_bytes(content)
        read_every_way(path)


def with_header(header):
    """Return a `.npy` file with this text as its header."""
    text = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


HEADERS = [
    "{'descr': '<i8', 'fortran_order': False, 'shape': (2,",  # tokenize.TokenError, SyntaxError
    "{'descr': '<i8', 'fortran_order': False, 'shape': (1" + "0" * 17 + ",), }",  # MemoryError
    "{'descr': [('a', '<i8', (-1,))], 'fortran_order': False, 'shape': (2,), }",
    "{[]: 1}",  # TypeError
    "",
]


@pytest.mark.parametrize("header", HEADERS)
def test_damaged_header_is_one_line(header, tmp_path):
    (tmp_path / "x.npy").write_bytes(with_header(header))
    with pytest.raises(ArtefactError, match=r"x\.npy: cannot be read \(.") as error:
        read_array(tmp_path / "x.npy")
    assert "\n" not in str(error.value)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("header.npy", with_header(header))
    (tmp_path / "x.npz").write_bytes(archive.getvalue())
    with pytest.raises(ArtefactError, match=r"x\.npz: cannot be read \(.") as error:
        read_fold_state(tmp_path / "x.npz")
    assert "\n" not in str(error.value)


def test_member_that_is_no_array_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as files:
        files.writestr("a.npy", "text")
    with open_arrays(tmp_path / "x.npz") as stored, pytest.raises(ValueError, match="no numbers"):
        _ = stored["a"]


def test_archive_is_no_single_array(tmp_path):
    np.savez(tmp_path / "x.npz", a=np.arange(2))
    (tmp_path / "x.npz").rename(tmp_path / "x.npy")
    with pytest.raises(ArtefactError, match="archive of arrays"):
        read_array(tmp_path / "x.npy")
