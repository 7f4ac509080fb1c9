import pandas as pd
import pytest
from helpers.cases import tiny_tables, write_tables

from regard.artefacts import read_json
from regard.errors import DataError
from regard.pipeline import make, train
from regard.pipeline.board import note_test_scores
from regard.pipeline.opening import load
from regard.pipeline.solution import (
    note_test_score,
    score_submission,
    solution_file,
    solution_line,
)
from regard.runs.leaderboard import TEST_SCORE, noted_test_score

pytestmark = pytest.mark.slow  # many whole runs, which together take seconds

BINARY = ["competition.task=binary", "competition.submit=auto"]


@pytest.fixture
def run(quick):
    """Make a run up to its submission."""
    return make(quick(), "submit")


def write_solution(run, *, n_wrong=0, **columns):
    """Write the submitted labels as the solution, some of them changed."""
    submission = pd.read_csv(run.folder / "submission.csv", dtype=str)
    rows = submission.assign(**columns)
    if n_wrong:
        names = {"sea": "wood", "wood": "town", "town": "sea"}
        rows.loc[: n_wrong - 1, "category"] = rows["category"][:n_wrong].map(names)
    file = solution_file(run.config)
    rows[::-1].to_csv(file, index=False)  # in any order
    return file


def test_submission_is_scored_by_the_labels_of_the_test_rows(run):
    solution = write_solution(run, n_wrong=3)
    assert score_submission(run, run.folder / "submission.csv", solution) == 9 / 12
    note_test_score(run, solution)
    assert noted_test_score(run.folder) == 0.75
    assert solution_line(run, solution) == (
        f"test score by {solution}, never used in training: accuracy 0.7500"
    )


def test_only_the_train_rows_are_counted_in_the_log(run, caplog):
    with caplog.at_level("INFO"):
        note_test_score(run, write_solution(run, n_wrong=3))
    assert "rows per label" not in caplog.text


def test_score_is_noted_anew_after_a_change(run):
    solution = write_solution(run, n_wrong=3)
    note_test_score(run, solution)
    note = run.folder / TEST_SCORE
    before = note.stat().st_mtime_ns
    note_test_score(run, solution)
    assert note.stat().st_mtime_ns == before
    note_test_score(run, write_solution(run, n_wrong=6))
    assert noted_test_score(run.folder) == 0.5


def test_training_is_the_same_with_a_solution(quick):
    run = train(quick())
    before = {path: path.stat().st_mtime_ns for path in run.folder.rglob("*")}
    write_solution(run)
    assert train(quick()).folder == run.folder
    after = {path: path.stat().st_mtime_ns for path in run.folder.rglob("*")}
    changed = {path.name for path in after if after[path] != before.get(path)}
    # It shows the test score.
    of_report = {"report.html", "likely_wrong_labels.csv", "made_by.json", "sums.json"}
    assert changed <= {TEST_SCORE, run.name, *of_report}
    board = pd.read_csv(run.competition_folder / "leaderboard.csv")
    assert board["test_score"].tolist() == [1.0]


def test_without_a_solution_there_is_no_score(run):
    note_test_score(run, solution_file(run.config))
    assert noted_test_score(run.folder) is None
    assert solution_line(run, solution_file(run.config)) is None


def test_all_runs_are_scored(quick):
    runs = [make(quick(f"seed={seed}"), "submit") for seed in (1, 2)]
    make(quick("seed=3"), "train")  # no submission yet
    write_solution(runs[0])
    (runs[1].folder / "config.json").write_text("{}")
    note_test_scores(quick(), runs[0].folder.parent)
    assert [noted_test_score(run.folder) for run in runs] == [1.0, None]


@pytest.mark.parametrize(
    ("metric", "n_wrong", "score"),
    [("accuracy", 3, 0.75), ("f1_macro", 0, 1.0)],
)
def test_labels_are_scored_by_the_metric_of_the_run(metric, n_wrong, score, quick):
    run = make(quick(f"competition.metric={metric}"), "submit")
    solution = write_solution(run, n_wrong=n_wrong)
    assert score_submission(run, run.folder / "submission.csv", solution) == score


def test_probabilities_are_scored_as_the_outputs_are(quick, tmp_path):
    tables = tiny_tables()
    tables["train"]["category"] = (tables["train"]["category"] == "sea").astype(int)
    tables["sample_submission"] = tables["sample_submission"].rename(columns={"category": "p"})
    write_tables(tmp_path / "data" / "tiny", tables)
    run = make(quick(*BINARY, "competition.metric=roc_auc"), "submit")
    file = run.folder / "submission.csv"
    submission = pd.read_csv(file).assign(p=[row / 12 for row in range(12)])
    submission.to_csv(file, index=False)
    solution = solution_file(run.config)
    labels = [0, 0, 1, *[0] * 3, *[1] * 6]  # of 35 pairs, 3 are in the wrong order
    submission.assign(category=labels)[["id", "category"]].to_csv(solution, index=False)
    assert score_submission(load(run.folder), file, solution) == pytest.approx(32 / 35)


@pytest.mark.parametrize("submit", ["labels", "numbers"])
def test_ranks_are_scored_as_numbers(submit, quick, tmp_path):
    tables = tiny_tables()
    ranks = {"sea": "1", "wood": "2", "town": "4"}
    tables["train"]["category"] = tables["train"]["category"].map(ranks)
    write_tables(tmp_path / "data" / "tiny", tables)
    words = ["competition.task=ordinal", "competition.metric=mae", f"competition.submit={submit}"]
    run = make(quick(*words), "submit")
    submission = pd.read_csv(run.folder / "submission.csv", dtype={"id": str})
    solution = solution_file(run.config)
    submission.assign(category="2").to_csv(solution, index=False)
    expected = (submission["category"].astype(float) - 2).abs().mean()
    found = score_submission(run, run.folder / "submission.csv", solution)
    assert found == pytest.approx(expected)


def test_solution_that_does_not_fit_is_one_line(run, caplog):
    solution = write_solution(run)
    lines = solution.read_text().splitlines()
    for content, words in (
        ("\n".join(lines[:-1]), r"solution\.csv lacks 1 ids of .*submission\.csv \(x\d+\)"),
        (solution.read_text().replace("category", "kind"), "has no column 'category'"),
        (solution.read_text().replace("sea", "sky"), r"solution\.csv: .*'sky'"),
    ):
        solution.write_text(f"{content}\n")
        with pytest.raises(DataError, match=words):
            score_submission(run, run.folder / "submission.csv", solution)
        caplog.clear()
        note_test_score(run, solution)
        assert len(caplog.messages) == 1
        assert caplog.messages[0].startswith(f"no test score of {run.name}: ")
        assert not (run.folder / TEST_SCORE).exists()
        write_solution(run)


def test_note_names_the_metric(run):
    note_test_score(run, write_solution(run))
    note = read_json(run.folder / TEST_SCORE)
    assert note["metric"] == "accuracy"
    assert note["score"] == 1.0


def test_a_submission_of_rankings_is_scored_by_the_place_of_the_label(quick):
    run = make(quick("competition.metric=map_at_2", "competition.submit=auto"), "submit")
    submission = pd.read_csv(run.folder / "submission.csv", dtype=str)
    first, second = submission["category"].str.split(" ", expand=True).to_numpy().T
    assert set(first) | set(second) <= {"sea", "wood", "town"}
    labels = [*first[:6], *second[6:]]  # half of them are in the second place
    file = solution_file(run.config)
    submission.assign(category=labels).to_csv(file, index=False)
    found = score_submission(run, run.folder / "submission.csv", file)
    assert found == pytest.approx((6 * 1 + 6 / 2) / 12)
    assert load(run.folder).spelling.separator == " "


TAGS = ["competition.task=multi_label", "competition.metric=f1_micro", "competition.submit=labels"]


def test_tags_are_written_and_scored_in_the_form_of_the_sample(quick, tmp_path):
    tables = tiny_tables()
    names = {"sea": "sea, wet", "wood": "wood", "town": "town, wood"}
    tables["train"]["category"] = tables["train"]["category"].map(names)
    tables["sample_submission"]["category"] = "sea;wet"
    write_tables(tmp_path / "data" / "tiny", tables)
    run = make(quick(*TAGS, "competition.label_separator=','"), "submit")
    cells = run.submission["category"]
    assert not cells.str.contains(",").any()
    assert set(";".join(cells).split(";")) <= {"sea", "wet", "wood", "town", ""}
    oof = pd.read_csv(run.folder / "oof.csv")
    assert list(oof)[2:] == ["sea", "town", "wet", "wood"]
    solution = write_solution(run)
    assert score_submission(run, run.folder / "submission.csv", solution) == 1.0


def test_rows_of_the_solution_without_a_label_are_not_scored(quick):
    run = make(quick("competition.label_missing=['?']"), "submit")
    submission = run.folder / "submission.csv"
    solution = write_solution(run, n_wrong=3)
    rows = pd.read_csv(solution, dtype=str)[::-1].reset_index(drop=True)
    rows.loc[:2, "category"] = "?"
    rows.to_csv(solution, index=False)
    assert score_submission(run, submission, solution) == 1.0


def test_true_and_false_are_submitted_as_the_sample_has_them(quick, tmp_path):
    tables = tiny_tables()
    tables["train"]["category"] = (tables["train"]["category"] == "sea").astype(str)
    tables["sample_submission"]["category"] = "0"
    write_tables(tmp_path / "data" / "tiny", tables)
    run = make(quick(*BINARY, "competition.metric=accuracy"), "submit")
    assert set(run.submission["category"]) <= {"0", "1"}
    assert run.predict(["ship"], form="submission")["category"].tolist() in (["0"], ["1"])
    solution = write_solution(run)
    rows = pd.read_csv(solution, dtype=str)
    rows["category"] = rows["category"].map({"0": "False", "1": "True"})
    rows.to_csv(solution, index=False)
    assert score_submission(run, run.folder / "submission.csv", solution) == 1.0


def test_columns_that_exclude_one_another_have_rows_that_sum_to_one(quick, tmp_path):
    tables = tiny_tables()
    names = ["sea", "town", "wood"]
    train = tables["train"]
    for name in names:
        train[name] = (train["category"] == name).map({True: "x", False: ""})
    ids = tables["sample_submission"][["id"]]
    tables["sample_submission"] = ids.assign(**dict.fromkeys(names, "0.33"))
    write_tables(tmp_path / "data" / "tiny", tables)
    words = ["competition.label_columns=[sea,town,wood]", "competition.metric=log_loss"]
    run = make(quick(*words, "competition.submit=probabilities"), "submit")
    sums = run.submission[names].astype(float).sum(axis=1)
    assert sums.tolist() == pytest.approx([1.0] * len(sums), abs=1e-5)
    assert run.task.kind == "multi_class"
