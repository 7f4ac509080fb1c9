import json

import numpy as np
import pytest
from helpers.damage import DAMAGES, without_lists

from regard.artefacts import (
    MANIFEST,
    check_file,
    damages_of,
    is_listed,
    list_again,
    new_folder,
    read_array,
    read_json,
    rewriting,
    write_json,
    write_text,
)
from regard.errors import ArtefactError


@pytest.fixture
def folder(tmp_path):
    """A finished folder of an array, a text in a plain folder, and a finished folder inside."""
    with new_folder(tmp_path / "abc", rewritten=["settings.json"], seed=1) as new:
        np.save(new / "labels.npy", np.arange(30))
        write_text(new / "inputs" / "words.txt", "salt\nship\n")
        write_json(new / "settings.json", {"a": 1})
        with new_folder(new / "fold_0") as fold:
            write_text(fold / "history.json", "[1, 2]")
    return tmp_path / "abc"


def test_manifest_lists_size_and_hash_of_every_file(folder):
    manifest = read_json(folder / MANIFEST)
    assert sorted(manifest["files"]) == ["fold_0/manifest.json", "inputs/words.txt", "labels.npy"]
    assert manifest["files"]["inputs/words.txt"][0] == 10
    assert manifest["seed"] == 1
    assert list(read_json(folder / "sums.json")["files"]) == ["settings.json"]
    assert damages_of(folder, full=True) == []


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["labels.npy", "inputs/words.txt", "settings.json", MANIFEST])
def test_damage_is_told_when_a_file_is_read(name, damage, folder):
    DAMAGES[damage](folder / name)
    if (name, damage) == (MANIFEST, "deleted"):
        assert damages_of(folder) == []  # it is no finished folder any more
        return
    assert [found.path for found in damages_of(folder, full=True)] == [folder / name]
    with pytest.raises(ArtefactError) as error:
        read_array(folder / name) if name.endswith("npy") else read_json(folder / name)
    assert str(error.value).startswith(f"{folder / name}: ")
    assert "\n" not in str(error.value)


def test_sizes_alone_find_files_that_are_cut_or_missing(folder):
    DAMAGES["bit"](folder / "labels.npy")
    assert damages_of(folder) == []
    DAMAGES["half"](folder / "labels.npy")
    (found,) = damages_of(folder)
    assert found.found.startswith("has 184 bytes instead of 368")
    assert not found.is_missing


def test_folders_inside_are_checked_by_their_own_manifests(folder):
    DAMAGES["bit"](folder / "fold_0" / "history.json")
    (found,) = damages_of(folder, full=True)
    assert found.folder == folder / "fold_0"
    assert "delete the folder" in str(found)


def test_manifest_of_another_fold_is_noticed(folder, tmp_path):
    with new_folder(tmp_path / "other") as new:
        write_text(new / "history.json", "[3, 4]")
    for name in ("history.json", MANIFEST):
        (folder / "fold_0" / name).write_bytes((tmp_path / "other" / name).read_bytes())
    assert [found.path.name for found in damages_of(folder, full=True)] == [MANIFEST]


@pytest.mark.parametrize("name", ["checksum", "files"])
def test_damaged_name_of_an_entry_is_noticed(name, folder):
    path = folder / MANIFEST
    path.write_text(path.read_text().replace(f'"{name}"', f'"{name[:-1]}_"'))
    with pytest.raises(ArtefactError, match=r"manifest\.json: was changed since it was written"):
        read_json(path)


def test_files_are_off_the_list_while_they_are_written_again(folder):
    path = folder / "settings.json"
    with rewriting(folder, path.name):
        assert not is_listed(path)
        path.write_text("{}")
        check_file(path)
    assert is_listed(path)
    assert read_json(path) == {}
    path.write_text("[]")
    with pytest.raises(ArtefactError, match="has other content than was written"):
        read_json(path)


def test_folders_of_earlier_versions_are_read_unchecked(folder):
    without_lists(folder)
    DAMAGES["garbage"](folder / "inputs" / "words.txt")
    check_file(folder / "inputs" / "words.txt")
    assert damages_of(folder, full=True) == []


def test_manifest_with_a_strange_list_is_one_line(folder):
    without_lists(folder)
    entries = json.loads((folder / MANIFEST).read_text())
    list_again(folder)
    assert "labels.npy" in read_json(folder / MANIFEST)["files"]
    write_json(folder / MANIFEST, {**entries, "files": {"labels.npy": 3}})
    (found,) = damages_of(folder, full=True)
    assert found.path == folder / MANIFEST


def test_copy_of_some_files_is_listed_again(folder):
    (folder / "labels.npy").unlink()
    list_again(folder)
    assert damages_of(folder, full=True) == []
    assert sorted(read_json(folder / MANIFEST)["files"]) == [
        "fold_0/manifest.json",
        "inputs/words.txt",
        "settings.json",
    ]
