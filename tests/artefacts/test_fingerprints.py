import functools
import os

import pytest

from regard.artefacts import code_hash, code_of, fingerprint, fingerprints, hash_file, versions
from regard.artefacts.fingerprints import import_closure
from regard.errors import DataError


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Return a function that writes modules of a small package: `a__b` is `a/b.py`."""
    folder = tmp_path / "regard"
    folder.mkdir()
    monkeypatch.setattr(fingerprints, "PACKAGE", folder)
    # Names of this package are looked up in its own folder.
    monkeypatch.setattr(
        fingerprints, "_file_of", functools.cache(fingerprints._file_of.__wrapped__)
    )

    def write(**sources: str) -> None:
        for name, source in sources.items():
            path = folder / f"{name.replace('__', '/')}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(source)
        code_hash.cache_clear()
        fingerprints._file_of.cache_clear()

    yield write
    code_hash.cache_clear()


def test_fingerprint_ignores_the_order_of_keys():
    assert fingerprint({"a": 1, "b": [2]}) == fingerprint({"b": [2], "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})
    assert fingerprint([1], [2]) != fingerprint([1, 2])
    assert len(fingerprint()) == 12


def test_fingerprint_is_the_same_in_every_process(monkeypatch):
    monkeypatch.setattr(fingerprints, "versions", lambda *packages: ["regard 1.0"])
    assert fingerprint({"a": 1, "b": [2.5, None, "é"]}) == "d42237114421"


def test_new_version_changes_every_fingerprint(monkeypatch):
    before = fingerprint(1)
    monkeypatch.setattr(fingerprints, "versions", lambda *packages: ["regard 99"])
    assert fingerprint(1) != before


def test_file_is_hashed_by_its_content(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"same")
    two.write_bytes(b"same")
    before = hash_file(one)
    assert before == hash_file(two)
    one.write_bytes(b"changed")
    assert hash_file(one) != before
    with pytest.raises(DataError, match="nowhere: there is no such file"):
        hash_file(tmp_path / "nowhere")


def test_change_of_equal_size_is_seen_at_once(tmp_path):
    path = tmp_path / "file"
    hashes = set()
    for number in range(100):
        path.write_text(f"{number:03d}")
        hashes.add(hash_file(path))
    assert len(hashes) == 100


def test_change_with_the_old_size_and_time_is_seen(tmp_path):
    path = tmp_path / "file"
    path.write_text("one")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    before = hash_file(path)
    path.write_text("two")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert hash_file(path) != before


def test_versions_leave_out_packages_that_are_not_installed():
    assert versions("numpy", "no-such-package") == versions("numpy")
    assert versions("numpy")[0].startswith("numpy ")


def test_imports_are_followed_at_the_top_and_in_functions(package):
    package(
        a="import numpy\nfrom regard.b import f\n\ndef g():\n    from regard import c\n",
        b="import regard.d\n",
        c="",
        d="",
        e="from regard import a\n",
    )
    assert import_closure("regard.a") == {"a.py", "b.py", "c.py", "d.py"}
    assert import_closure("regard.d") == {"d.py"}
    assert import_closure("somewhere.else") == set()


def test_circular_imports_end(package):
    package(a="import regard.b\n", b="import regard.a\n")
    assert import_closure("regard.a") == {"a.py", "b.py"}


def test_imports_for_type_checkers_do_not_count(package):
    source = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import regard.b\n"
    package(a=source, b="")
    assert import_closure("regard.a") == {"a.py"}


def test_package_counts_with_all_that_it_exports(package):
    package(a="from regard.room import f\n", room__b="def f(): ...\n")
    (fingerprints.PACKAGE / "room" / "__init__.py").write_text("from regard.room.b import f\n")
    assert import_closure("regard.a") == {"a.py", "room/__init__.py", "room/b.py"}


def test_package_that_imports_its_modules_by_pkgutil_counts_with_them(package):
    package(a="from regard.room import f\n", room__b="import regard.c\n", c="")
    source = "import pkgutil\nfor module in pkgutil.iter_modules(__path__): ...\n"
    (fingerprints.PACKAGE / "room" / "__init__.py").write_text(source)
    assert import_closure("regard.a") == {"a.py", "c.py", "room/__init__.py", "room/b.py"}


DOCUMENTED = '''"""Doc."""

# why
class A:
    """Doc."""

    def f(self):
        """Doc."""
        return   1
'''


def test_hash_ignores_comments_and_docstrings(package):
    package(a=DOCUMENTED)
    first = code_hash(("regard.a",))
    package(a=DOCUMENTED.replace("Doc.", "New words.").replace("why", "because"))
    assert code_hash(("regard.a",)) == first
    package(a="class A:\n    def f(self):\n        return 1\n")
    assert code_hash(("regard.a",)) == first
    package(a=DOCUMENTED.replace("1", "2"))
    assert code_hash(("regard.a",)) != first


def test_hash_follows_imported_code(package):
    package(a="import regard.b\n", b="x = 1\n", c="y = 1\n")
    first = code_hash(("regard.a",))
    package(c="y = 2\n")
    assert code_hash(("regard.a",)) == first
    package(b="x = 2\n")
    assert code_hash(("regard.a",)) != first


def test_templates_of_a_module_count(package):
    package(a="x = 1\n")
    first = code_hash(("regard.a",))
    (fingerprints.PACKAGE / "templates").mkdir()
    (fingerprints.PACKAGE / "templates" / "page.html").write_text("<p>")
    code_hash.cache_clear()
    assert code_hash(("regard.a",)) != first


def test_code_of_functions_and_classes_is_that_of_their_modules():
    alone = code_hash(("regard.artefacts.fingerprints",))
    assert code_of(fingerprint) == code_of(versions) == alone
    assert code_of(fingerprint, DataError) == code_of(DataError, fingerprint)
    assert code_of(fingerprint, DataError) != code_of(DataError)
