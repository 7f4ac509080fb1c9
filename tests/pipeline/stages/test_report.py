import dataclasses
import json
import re

import pandas as pd
import pytest
from helpers.cases import tiny_tables, write_tables
from helpers.learners import EmbeddingLearner, FakeLearner

from regard.pipeline import blend_runs, make
from regard.pipeline.learners import LEARNERS


class CoverageLearner(EmbeddingLearner):
    sections = ("coverage",)


def page_of(run) -> str:
    return (run.folder / "report.html").read_text(encoding="utf-8")


def test_report_shows_the_run(quick):
    run = make(dataclasses.replace(quick(), overrides=["seed=5"]), "report")
    page = page_of(run)
    assert run.name in page
    assert f"{run.scores['oof_score']:.4f}" in page
    for shown in ("seed", "Folds", "Confusion"):
        assert shown in page


def test_report_shows_the_sections_of_the_learner(quick, monkeypatch):
    assert "Embedding coverage" not in page_of(make(quick(), "report"))
    monkeypatch.setitem(LEARNERS, "network", CoverageLearner())
    page = page_of(make(quick("seed=2"), "report"))
    assert "Embedding coverage" in page
    assert "word2vec" in page


def test_report_shows_the_words_of_rows(quick):
    run = make(quick("report.n_explained_rows=12"), "report")
    page = page_of(run)
    (text,) = re.findall(r'id="browser-data">(.*?)</script>', page)
    rows = json.loads(text)["rows"]
    assert sorted(row["id"] for row in rows[12:]) == [f"x{48 + row:03d}" for row in range(12)]
    train = {row["id"]: row for row in rows[:12]}
    assert len(train) == 12
    for number, (id_, text) in enumerate(zip(run.train_ids, run.texts("train")[0], strict=True)):
        if id_ in train:
            ((_, words),) = train[id_]["texts"][0]
            assert "".join(words) == text.rstrip()
            right = run.task.correctness(run.labels[[number]], run.oof_outputs[[number]])
            assert train[id_]["correctness"] == round(float(right[0]), 4)


def test_report_without_vectors_has_no_vocabulary(quick):
    assert "vocabulary" not in page_of(make(quick(), "report"))


@pytest.mark.slow
def test_report_draws_learning_curves(quick, monkeypatch):
    class CurvesLearner(FakeLearner):
        sections = ("curves",)

    monkeypatch.setitem(LEARNERS, "network", CurvesLearner())
    assert "Learning curves" in page_of(make(quick(), "report"))


def test_report_of_a_blend_names_its_members(quick):
    runs = [make(quick(f"seed={seed}"), "predict") for seed in (1, 2)]
    page = page_of(blend_runs(quick("blend.method=mean")))
    assert all(run.name in page for run in runs)


def test_likely_wrong_labels_are_written(quick):
    run = make(quick(), "report")
    table = pd.read_csv(run.folder / "likely_wrong_labels.csv", dtype=str, keep_default_na=False)
    assert list(table.columns) == ["id", "fold", "given", "suggested", "probability"]
    ids = run.train_ids.tolist()
    labels = run.table("train")["category"]
    for row in table.itertuples():
        assert row.given == labels[ids.index(row.id)]
        assert row.fold == str(run.folds[ids.index(row.id)])
    # People may edit it: no command takes the run for damaged.
    (run.folder / "likely_wrong_labels.csv").write_text("id\n")
    make(quick(), "report")


def test_the_report_compares_texts(quick):
    page = page_of(make(quick(), "report"))
    assert "Similar texts" in page
    assert "Train and test" not in page  # too few rows
    for section in ("Score by group", "Weakest groups found", "Calibration", "Likely wrong"):
        assert section in page


def test_texts_are_escaped(quick, tmp_path):
    tables = tiny_tables()
    tables["train"]["text"] += "<script>alert(1)</script>"
    write_tables(tmp_path / "data" / "tiny", tables)
    page = page_of(make(quick(), "report"))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_rows_without_a_prediction_are_left_out(quick, tmp_path):
    tables = tiny_tables()
    tables["train"]["day"] = range(48)
    write_tables(tmp_path / "data" / "tiny", tables)
    run = make(quick("competition.time_column=day", "folds.kind=time"), "report")
    assert (run.folds == -1).any()
    assert "nan" not in page_of(run)


def test_a_statistic_that_fails_costs_its_section(quick, monkeypatch, caplog):
    def fail(*arguments):
        raise ZeroDivisionError("no rows")

    for name in ("similar_texts", "text_drift", "wrong_labels_table", "_browser"):
        monkeypatch.setattr(f"regard.pipeline.stages.report.{name}", fail)
    monkeypatch.setattr("regard.report.page.STRICT", False)
    run = make(quick(), "report")
    page = page_of(run)
    failed = ("drift", "similar_texts", "explanations", "wrong_labels")
    for name in failed:
        assert f"The section {name} could not be drawn: ZeroDivisionError: no rows" in page
    assert "Confusion matrix" in page
    assert caplog.text.count("could not be drawn") == len(failed)
    assert not (run.folder / "likely_wrong_labels.csv").exists()
