"""A run of others, whose files may hold anything: it predicts, or is refused in one line.

Such a run may have no lists of hashes, or lists that fit the files. `MUTATIONS=5000 pytest
tests/pipeline/test_foreign_runs.py` tries 5,000 changes.
"""

import json
import shutil
import tempfile
from pathlib import Path

import pytest
from helpers.cases import SMALL, compose_config, tiny_tables, write_tables
from helpers.damage import files_in, without_lists
from helpers.jobs import run_jobs_here
from helpers.mutations import BYTES, many, nodes_of, with_node
from hypothesis import given
from hypothesis import strategies as st

import regard
from regard.cli import one_line_errors
from regard.errors import mistake_line
from regard.pipeline import make

pytestmark = pytest.mark.slow  # a run is opened hundreds of times

TEXTS = ["a ship left the harbour", "", "moss and tram"]
VALUES = (None, True, -1, 0, 3, 10**30, 1e308, float("nan"), "", "x", "../x", [], [[]], {}, ["a"])
WORDS = [word for word in SMALL if not word.startswith("model.")]


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    """Return the folder of a finished linear run without lists of its files."""
    folder = tmp_path_factory.mktemp("own")
    write_tables(folder / "data" / "tiny", tiny_tables())
    places = [f"data_dir={folder / 'data'}", f"output_dir={folder / 'outputs'}"]
    with pytest.MonkeyPatch.context() as patch:
        run_jobs_here(patch)
        run = make(compose_config(*WORDS, "model=tfidf_linear", *places), "report")
    without_lists(run.folder)
    return run.folder


@st.composite
def changes(draw, folder):
    """Return the name of a file of a run, and its new content; None: it is deleted."""
    names = [str(name) for name in files_in(folder) if name.suffix in (".json", ".npy", ".npz")]
    name = draw(st.sampled_from(names))
    content = (folder / name).read_bytes()
    if name.endswith(".json") and draw(st.integers(0, 3)):
        value = json.loads(content)
        paths = list(nodes_of(value))
        path = paths[draw(st.integers(0, len(paths) - 1))]
        new = draw(st.sampled_from([*VALUES, ...]))
        return name, json.dumps(with_node(value, path, new)).encode()
    start = draw(st.integers(0, len(content)))
    end = draw(st.sampled_from([start, start + 1, start + 4, len(content)]))
    snippet = draw(st.sampled_from([*BYTES, b"", b"[" * 100_000]))
    return name, draw(st.sampled_from([None, content[:start] + snippet + content[end:]]))


def test_any_change_of_a_run_predicts_or_is_one_line(run_folder):
    @given(change=changes(run_folder))
    @many(150)
    def predict(change):
        name, content = change
        with tempfile.TemporaryDirectory() as folder:
            copied = Path(shutil.copytree(run_folder, Path(folder) / run_folder.name))
            (copied / name).unlink()
            if content is not None:
                (copied / name).write_bytes(content)
            mistakes = []
            with one_line_errors(mistakes):
                predicted = regard.load(copied).predict(TEXTS)
        if mistakes:
            assert len(mistake_line(mistakes[0]).splitlines()) == 1
            return
        assert len(predicted) == len(TEXTS)

    predict()
