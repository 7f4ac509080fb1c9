"""What an artefact is named by: the code that its stage imports, and no other."""

import pytest

from regard.artefacts import fingerprints
from regard.artefacts.fingerprints import code_hash, import_closure


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of a few modules, written by the test."""
    folder = tmp_path / "regard"
    folder.mkdir()
    monkeypatch.setattr(fingerprints, "PACKAGE", folder)
    code_hash.cache_clear()

    def write(**sources: str) -> None:
        for name, source in sources.items():
            path = folder / f"{name.replace('__', '/')}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(source)
        code_hash.cache_clear()

    yield write
    code_hash.cache_clear()


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


def test_a_circle_ends(package):
    package(a="import regard.b\n", b="import regard.a\n")
    assert import_closure("regard.a") == {"a.py", "b.py"}


def test_imports_for_type_checkers_do_not_count(package):
    source = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import regard.b\n"
    package(a=source, b="")
    assert import_closure("regard.a") == {"a.py"}


def test_a_package_counts_with_all_that_it_exports(package):
    package(a="from regard.room import f\n", room__b="def f(): ...\n")
    (fingerprints.PACKAGE / "room" / "__init__.py").write_text("from regard.room.b import f\n")
    assert import_closure("regard.a") == {"a.py", "room/__init__.py", "room/b.py"}


def test_the_hash_follows_the_code_but_not_its_comments_or_docstrings(package):
    package(a='"""Doc."""\nx = 1\n')
    first = code_hash(("regard.a",))
    package(a='"""Other words."""\n# why\nx   =  1\n')
    assert code_hash(("regard.a",)) == first
    package(a="x = 2\n")
    assert code_hash(("regard.a",)) != first


def test_templates_beside_a_module_count(package):
    package(a="x = 1\n")
    first = code_hash(("regard.a",))
    (fingerprints.PACKAGE / "templates").mkdir()
    (fingerprints.PACKAGE / "templates" / "page.html").write_text("<p>")
    code_hash.cache_clear()
    assert code_hash(("regard.a",)) != first
