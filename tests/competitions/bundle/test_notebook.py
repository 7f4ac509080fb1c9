import json

import nbformat
import pytest

from regard.competitions.bundle.notebook import notebook_text


@pytest.fixture
def notebook():
    """The notebook of a tiny competition."""
    return json.loads(
        notebook_text(
            title="tiny: lstm-0123",
            run="lstm-0123",
            competition="tiny-slug",
            test_file="test.csv",
            marker="bundle.json",
        )
    )


def codes(notebook):
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def test_it_is_a_valid_notebook(notebook):
    nbformat.validate(notebook)
    assert "".join(notebook["cells"][0]["source"]).startswith("# tiny: lstm-0123\n")
    for code in codes(notebook):
        compile(code, "cell", "exec")


def write(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")


@pytest.mark.parametrize(
    "mounted",
    [
        ("tiny-slug/test.csv", "regard-tiny/bundle.json"),
        ("competitions/tiny-slug/data/test.csv", "datasets/me/regard-tiny/bundle.json"),
    ],
)
def test_it_finds_its_inputs_where_kaggle_mounts_them(mounted, notebook, tmp_path, monkeypatch):
    test, marker = mounted
    write(tmp_path, test, marker, "other/test.csv")
    monkeypatch.setenv("REGARD_INPUT", str(tmp_path))
    found = {}
    exec(codes(notebook)[0], found)
    assert found["TEST"] == tmp_path / test
    assert found["BUNDLE"] == (tmp_path / marker).parent


def test_a_missing_input_is_named(notebook, tmp_path, monkeypatch):
    write(tmp_path, "tiny-slug/test.csv")
    monkeypatch.setenv("REGARD_INPUT", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"has no bundle\.json; attach it"):
        exec(codes(notebook)[0], {})
