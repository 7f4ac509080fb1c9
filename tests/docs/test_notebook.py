"""The notebook of the documentation runs, and shows what its text promises."""

import ast
import copy
import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "docs" / "notebooks" / "labelled_texts.ipynb"

pytestmark = pytest.mark.slow


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def shown(cell):
    """The text of the value that a cell shows."""
    (output,) = [one for one in cell.outputs if one.output_type == "execute_result"]
    return output.data["text/plain"]


@pytest.fixture(scope="module")
def notebook():
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def executed(notebook, tmp_path_factory):
    """The notebook after all cells were run, in an empty folder."""
    folder = tmp_path_factory.mktemp("notebook")
    with pytest.MonkeyPatch.context() as patch:
        paths = [str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        patch.setenv("TMPDIR", str(folder))
        resources = {"metadata": {"path": str(folder)}}
        content = copy.deepcopy(notebook)
        return NotebookClient(
            content, timeout=600, kernel_name="python3", resources=resources
        ).execute()


def test_it_is_valid_and_has_no_outputs(notebook):
    nbformat.validate(notebook)
    for cell in code_cells(notebook):
        assert cell.outputs == []
        assert cell.execution_count is None


def test_its_code_is_readable(notebook):
    for cell in code_cells(notebook):
        ast.parse(cell.source)
        assert max(map(len, cell.source.splitlines())) <= 100


def test_every_cell_ran(executed):
    assert [cell.execution_count for cell in code_cells(executed)] == [
        number + 1 for number in range(len(code_cells(executed)))
    ]


def test_it_shows_predictions_words_and_a_submission(executed):
    by_start = {cell.source.split("(")[0].split("\n")[0]: cell for cell in code_cells(executed)}
    predicted = shown(by_start["predicted = run.predict"])
    assert "probability_delivery" in predicted
    assert len(predicted.splitlines()) == 1 + 3
    assert "money" in shown(by_start["words = run.explain"])
    assert shown(by_start["run.submission"]).splitlines()[1].split()[-1] == "delivery"
    assert shown(by_start["again = regard.load"]) == "'delivery'"
