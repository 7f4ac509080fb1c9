"""Links among the outputs: what they point to is neither written, removed nor published."""

from pathlib import Path

import pytest

from regard.cli import one_line_errors
from regard.competitions.bundle.run_files import files_for_prediction
from regard.pipeline import make, remake, train
from regard.pipeline.cleaning import clean_outputs

FILES = ("submission.csv", "report.html", "config.json", "leaderboard.csv")


@pytest.fixture
def outside(tmp_path):
    """A folder outside of the outputs, with files that look as those of killed processes do."""
    folder = tmp_path / "outside"
    for name in ("inner", ".a.unfinished"):
        (folder / name).mkdir(parents=True)
    names = ("precious.txt", ".own.lock", "manifest.json", "inner/precious.txt")
    for name in (*names, ".a.unfinished/precious.txt"):
        (folder / name).write_text("precious")
    return folder


def content_of(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", FILES)
def test_file_that_is_a_link_is_replaced_or_told(name, quick, outside):
    run = train(quick())
    link = (run.competition_folder if name == "leaderboard.csv" else run.folder) / name
    link.unlink()
    link.symlink_to(outside / "precious.txt")
    before = content_of(outside)
    mistakes = []
    for command in (
        lambda: train(quick("report.n_worst_rows=3")),
        lambda: remake(run.config, "submit", run.name),
        lambda: remake(run.config, "report", run.name),
    ):
        with one_line_errors(mistakes):
            command()
    assert content_of(outside) == before
    assert all("\n" not in str(mistake) for mistake in mistakes)
    assert mistakes or not link.is_symlink()


@pytest.mark.parametrize(
    "place",
    ["prepare/link", "runs/.lstm-1.unfinished", "reproductions/x", "reproductions", "encode"],
)
def test_cleaning_follows_no_link(place, quick, outside):
    run = train(quick())
    link = run.competition_folder / place
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(outside)
    before = content_of(outside)
    clean_outputs(run.config, "yes")
    assert content_of(outside) == before
    assert link.is_symlink()


def test_next_command_removes_no_file_behind_a_link(quick, outside):
    run = make(quick(), "folds")
    (run.competition_folder / "link").symlink_to(outside)
    (run.competition_folder / "runs").mkdir(exist_ok=True)
    (run.competition_folder / "runs" / "link").symlink_to(outside)
    before = content_of(outside)
    train(quick("seed=2"))
    assert content_of(outside) == before


def test_bundle_leaves_out_a_link_that_leads_out(quick, outside):
    run = train(quick())
    files = files_for_prediction(run)
    (run.folder / "fold_0" / "secret.txt").symlink_to(outside / "precious.txt")
    (run.folder / "fold_0" / "same.json").symlink_to("history.json")
    added = set(files_for_prediction(run)) - set(files)
    assert added == {Path("fold_0/same.json")}


def test_fold_that_another_run_takes_over_keeps_its_links(quick, outside):
    run = train(quick())
    (run.folder / "fold_0" / "secret.txt").symlink_to(outside / "precious.txt")
    other = train(quick("calibration.temperature=true"))
    assert other.name != run.name
    assert (other.folder / "fold_0" / "secret.txt").is_symlink()
