import pytest
from helpers.cases import tiny_tables, write_tables
from helpers.learners import FakeLearner
from helpers.linear_cases import linear_settings
from helpers.report_cases import Page

from regard.errors import ConfigError
from regard.pipeline import blend_runs, make
from regard.pipeline.comparing import compare_runs
from regard.pipeline.learners import LEARNERS

pytestmark = pytest.mark.slow  # draws figures


@pytest.fixture
def runs(quick):
    return [make(quick(f"seed={seed}"), "report") for seed in (1, 2)]


def text_of(path):
    return Page(path.read_text(encoding="utf-8")).text


def test_two_runs_are_compared_in_one_file(quick, runs, caplog, tmp_path):
    first, second = runs
    with caplog.at_level("INFO"):
        page = compare_runs(quick(), first.name, second.name)
    home = tmp_path / "outputs" / "tiny"
    assert page == home / "comparisons" / f"{first.name}-vs-{second.name}.html"
    result, path = caplog.messages[-2:]
    assert path == f"comparison: {page}"
    scores = [run.scores["oof_score"] for run in runs]
    assert result.startswith(
        f"accuracy: {scores[0]:.4f} and {scores[1]:.4f}, difference {scores[1] - scores[0]:+.4f} "
        "(95 % interval "
    )
    assert result.endswith("of 1000 draws)")
    text = text_of(page)
    assert "48 train rows have out-of-fold predictions of both runs" in text
    assert "Both runs hold out the same rows in each fold" in text
    assert "seed12" in text.replace("\n", "")
    html = page.read_text(encoding="utf-8")
    assert f"../runs/{second.name}/report.html" in html
    assert (page.parent / f"../runs/{second.name}/report.html").is_file()
    assert '<script>alert("x")' not in html
    assert compare_runs(quick(), first.name, second.name).read_text(encoding="utf-8") == html


def test_runs_of_other_folds_metrics_and_learners_are_compared_by_rows(quick, monkeypatch):
    monkeypatch.setitem(LEARNERS, "linear", FakeLearner())
    first = make(quick("competition.metric=f1_macro"), "report")
    second = make(
        quick("model=nb_svm", "folds.seed=3", "folds.n_folds=3", "folds.only=[0,2]"), "report"
    )
    text = text_of(compare_runs(quick(), first.name, second.name))
    n_rows = int((second.folds != 1).sum())
    assert f"{n_rows} train rows have out-of-fold predictions of both runs" in text
    assert "hold out the same rows" not in text
    assert "f1_macro on the rows of both" in text
    assert "model.learner" in text


def test_blend_is_compared_with_its_member(quick, runs):
    blend = blend_runs(quick("blend.method=mean"), [run.name for run in runs])
    text = text_of(compare_runs(quick(), "", runs[0].name))  # the blend is the latest
    assert f"{blend.name} and {runs[0].name}" in text


@pytest.mark.parametrize("kind", ["multi_label", "regression"])
def test_runs_of_other_tasks_are_compared(kind, tmp_path, in_this_process):
    settings = [linear_settings(kind, tmp_path, f"model.C=[{c}]") for c in (1.0, 100.0)]
    first, second = (make(one, "report") for one in settings)
    text = text_of(compare_runs(settings[0], first.name, second.name))
    assert "model.C" in text
    assert "24 train rows" in text


def test_one_run_twice_is_refused(quick, runs):
    with pytest.raises(ConfigError, match=f"run and run2 both name {runs[0].name}"):
        compare_runs(quick(), runs[0].name, runs[0].name)


def test_runs_of_other_train_files_and_tasks_are_refused(quick, runs, tmp_path):
    ordinal = make(
        quick("competition.task=ordinal", "competition.label_values=[sea,wood,town]"), "report"
    )
    with pytest.raises(ConfigError, match=r"predicts multi_class of category, and .*ordinal"):
        compare_runs(quick(), runs[0].name, ordinal.name)
    tables = tiny_tables()
    tables["train"].loc[0, "text"] += " more"
    write_tables(tmp_path / "data" / "tiny", tables)
    other = make(quick(), "report")
    with pytest.raises(ConfigError, match="were trained on different train files"):
        compare_runs(quick(), runs[0].name, other.name)


def test_runs_without_a_common_row_are_refused(quick):
    first, second = (make(quick(f"folds.only=[{fold}]"), "report") for fold in (0, 1))
    with pytest.raises(ConfigError, match="have predicted no row in common"):
        compare_runs(quick(), first.name, second.name)


def test_scores_by_decisions_are_the_honest_ones(quick):
    runs = [make(quick("competition.metric=f1_macro", f"seed={seed}"), "report") for seed in (1, 2)]
    text = text_of(compare_runs(quick(), runs[0].name, runs[1].name))
    for run in runs:
        score = f"{run.scores['oof_score']:.4f}"
        assert text.count(score) >= 2  # on the rows of both, and of the run
