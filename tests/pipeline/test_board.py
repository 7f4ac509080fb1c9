import pandas as pd
import pytest

from regard.errors import ConfigError
from regard.pipeline import make, show_leaderboard


def test_runs_are_listed_and_the_file_is_brought_up_to_date(quick, caplog, tmp_path):
    runs = [make(quick(f"seed={seed}"), "train") for seed in (1, 2)]
    caplog.clear()
    with caplog.at_level("INFO"):
        show_leaderboard(quick())
    header, first, second, last = caplog.messages
    assert header.split()[:3] == ["rank", "run", "accuracy"]
    assert {first.split()[1], second.split()[1]} == {run.name for run in runs}
    file = tmp_path / "outputs" / "tiny" / "leaderboard.csv"
    assert last == f"all columns: {file}; as a page: leaderboard.html"
    assert runs[0].name in file.with_suffix(".html").read_text()
    assert pd.read_csv(file)["rank"].tolist() == [1, 2]


def test_test_scores_are_found_for_older_runs(quick, caplog, tmp_path):
    run = make(quick(), "submit")
    submission = (run.folder / "submission.csv").read_text()
    (tmp_path / "data" / "tiny" / "solution.csv").write_text(submission)
    with caplog.at_level("INFO"):
        show_leaderboard(quick())
    assert caplog.messages[-3].split()[-1] == "test"
    assert caplog.messages[-2].split()[-1] == "1.0000"


def test_without_a_run_the_command_to_type_is_named(quick, tmp_path):
    with pytest.raises(ConfigError, match=r"tiny has no finished run; first run: .* train"):
        show_leaderboard(quick())
    assert not (tmp_path / "outputs").exists()
