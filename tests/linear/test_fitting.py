import dataclasses
import json
import shutil
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from helpers.cases import compose_config, write_tables
from hypothesis import given, settings
from hypothesis import strategies as st

from regard import pipeline
from regard.config import LinearConfig
from regard.errors import ConfigError
from regard.linear import (
    LinearInputs,
    count_ngrams,
    fit_linear,
    load_linear,
    log_count_ratios,
    mean_loss,
    predict_linear,
    save_linear,
)
from regard.tasks import (
    TASKS,
    Binary,
    MultiClass,
    MultiLabel,
    Ordinal,
    Regression,
    SoftLabels,
    targets,
)

TFIDF = LinearConfig(
    "tfidf", "linear", features="tfidf", characters=False, cased=False, min_df=1, C=[10.0]
)
NB = dataclasses.replace(TFIDF, features="nb_svm")
TASKS = {
    "binary": Binary(("target",)),
    "multi_class": MultiClass(("sea", "wood", "town")),
    "multi_label": MultiLabel(("toxic", "threat")),
    "ordinal": Ordinal(("poor", "fair", "good")),
    "regression": Regression(("ease",), ranges=((0.0, 2.0),)),
    "soft_labels": SoftLabels(("a", "b"), exclusive=True),
}
SUBJECTS = np.arange(24) % 3
TEXTS = [
    f"{['ship sea', 'tree moss', 'tram lamp'][subject]} word{row % 5}"
    for row, subject in enumerate(SUBJECTS)
]
LABELS = {
    "binary": (SUBJECTS == 2)[:, None].astype(np.float32),
    "multi_class": SUBJECTS.astype(np.int32),
    "multi_label": np.stack([SUBJECTS == 1, SUBJECTS > 0], axis=1).astype(np.float32),
    "ordinal": SUBJECTS.astype(np.int32),
    "regression": SUBJECTS[:, None].astype(np.float32),
    "soft_labels": np.stack([SUBJECTS / 2, 1 - SUBJECTS / 2], axis=1).astype(np.float32),
}
KINDS = [("tfidf", kind) for kind in TASKS] + [("nb_svm", kind) for kind in list(TASKS)[:4]]


def inputs(
    *columns,
    numbers=None,
    categories=None,
    n_values=(),
    paired=False,
    symmetric=False,
    characters=False,
):
    ngrams = count_ngrams(columns, ["lower_case"], characters=characters, paired=paired)
    n_rows = len(columns[0])
    return LinearInputs(
        ngrams,
        np.empty((n_rows, 0), np.float32) if numbers is None else np.asarray(numbers, np.float32),
        np.empty((n_rows, 0), np.int32) if categories is None else np.asarray(categories, np.int32),
        n_values=n_values,
        symmetric=symmetric,
    )


def fit_and_predict(features, kind, reads, config=None):
    rows = np.arange(len(reads))
    model = fit_linear(
        reads, rows, LABELS[kind], TASKS[kind], config or {"tfidf": TFIDF, "nb_svm": NB}[features]
    )
    return model, predict_linear(model, reads, rows, TASKS[kind])


def test_words_and_pairs_of_neighbours_are_counted():
    (words,) = count_ngrams([["A sea, a"]], ["lower_case"], characters=False, paired=False)
    counts = dict(zip(words.terms, words.counts[0].toarray()[0].tolist(), strict=True))
    assert counts == {"a": 2, "sea": 1, ",": 1, " a": 1, "a sea": 1, "sea ,": 1, ", a": 1, "a ": 1}


def test_characters_are_counted_within_words():
    _, characters = count_ngrams([["ab c"]], [], characters=True, paired=False)
    assert set(characters.terms) == {" a", "ab", "b ", " ab", "ab ", " ab ", " c", "c ", " c "}


def test_the_two_texts_of_a_pair_share_their_terms():
    (words,) = count_ngrams([["a", "b"], ["b", "c"]], [], characters=False, paired=True)
    assert words.terms == ["a", " a", "a ", "b", " b", "b ", "c", " c", "c "]
    first, second = (part.toarray()[:, ::3].tolist() for part in words.counts)
    assert (first, second) == ([[1, 0, 0], [0, 1, 0]], [[0, 1, 0], [0, 0, 1]])


def test_log_count_ratios_by_hand():
    from scipy.sparse import csr_array

    features = csr_array(np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]))
    answers = np.array([[1.0], [0.0], [0.0]])
    # yes: 1 + [1, 0] of 3; no: 1 + [1, 2] of 5
    expected = [[np.log(2 / 3) - np.log(2 / 5)], [np.log(1 / 3) - np.log(3 / 5)]]
    np.testing.assert_allclose(log_count_ratios(features, answers), expected)


def test_tf_idf_is_that_of_scikit_learn():
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    texts = ["a sea a ship", "the sea", "a tree", "the tree a tree", "sea", "tree"]
    labels = np.array([1, 1, 0, 0, 1, 0])

    def split(text):
        words = text.split()
        return words + [f"{one} {other}" for one, other in pairwise(["", *words, ""])]

    vectors = TfidfVectorizer(analyzer=split, sublinear_tf=True).fit_transform(texts)
    expected = LogisticRegression(C=10.0).fit(vectors, labels).predict_proba(vectors)[:, 1]
    reads, rows, task = inputs(texts), np.arange(6), TASKS["binary"]
    model = fit_linear(reads, rows, labels[:, None].astype(np.float32), task, TFIDF)
    np.testing.assert_allclose(predict_linear(model, reads, rows, task)[:, 0], expected, atol=1e-3)


def test_losses_by_hand():
    outputs = np.array([[0.5, 0.25]])
    assert mean_loss(outputs, np.array([1]), TASKS["ordinal"]) == pytest.approx(
        -np.log(0.5 * 0.75) / 2
    )
    outputs = np.array([[0.5, 0.25, 0.25]])
    assert mean_loss(outputs, np.array([1]), TASKS["multi_class"]) == pytest.approx(-np.log(0.25))
    assert mean_loss(np.array([[1.5]]), np.array([[1.0]]), TASKS["regression"]) == pytest.approx(
        0.25
    )
    outputs = np.array([[0.5, 0.25, 0.25], [0.2, 0.3, 0.5]])
    weighed = mean_loss(outputs, np.array([1, 2]), TASKS["multi_class"], np.array([1.0, 3.0, 0.5]))
    assert weighed == pytest.approx(-(3 * np.log(0.25) + 0.5 * np.log(0.5)) / 2)


@pytest.mark.parametrize(("features", "kind"), KINDS)
def test_labels_that_words_tell_are_learnt_and_outputs_are_those_of_the_task(features, kind):
    model, outputs = fit_and_predict(features, kind, inputs(TEXTS, characters=True))
    task = TASKS[kind]
    assert outputs.dtype == np.float32
    np.testing.assert_allclose(outputs, targets(LABELS[kind], task), atol=0.35)
    if task.activation == "softmax":
        np.testing.assert_allclose(outputs.sum(axis=1), 1.0, atol=1e-6)
    if kind == "ordinal":
        assert (np.diff(outputs, axis=1) <= 0).all()
    assert model.coefficients.shape[1] == task.n_outputs


@pytest.mark.slow
@given(st.lists(st.integers(0, 3), min_size=12, max_size=12), st.sampled_from([TFIDF, NB]))
@settings(max_examples=15, deadline=None)
def test_probabilities_never_rise_with_the_rank(ranks, config):
    task = Ordinal(("0", "1", "2", "3"))
    reads, rows = inputs(TEXTS[:12]), np.arange(12)
    outputs = predict_linear(
        fit_linear(reads, rows, np.array(ranks, np.int32), task, config), reads, rows, task
    )
    assert ((outputs >= 0) & (outputs <= 1)).all()
    assert (np.diff(outputs, axis=1) <= 0).all()


def test_rows_that_are_not_learnt_from_change_nothing():
    rows, task = np.arange(12), TASKS["multi_class"]
    few, all_ = inputs(TEXTS[:12]), inputs(TEXTS[:12] + ["ship ship other"] * 12)
    one, other = (
        fit_linear(reads, rows, LABELS["multi_class"], task, TFIDF) for reads in (few, all_)
    )
    assert one.terms == other.terms
    np.testing.assert_array_equal(one.coefficients, other.coefficients)


def test_terms_of_few_texts_are_not_read():
    config = dataclasses.replace(TFIDF, characters=False, min_df=8, C=[1.0])
    model, _ = fit_and_predict("tfidf", "multi_class", inputs(TEXTS), config)
    pairs = {"ship sea", " ship", "tree moss", " tree", "tram lamp", " tram"}
    assert set(model.terms[0]) == {"ship", "sea", "tree", "moss", "tram", "lamp", *pairs}


@pytest.mark.slow
@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize("features", ["tfidf", "nb_svm"])
def test_of_several_c_the_one_that_tells_the_choosing_rows_best_is_taken(features, given):
    texts, rows, task = TEXTS * 4, np.arange(96), TASKS["binary"]
    choosing = np.arange(96) // 10 == 3 if given else np.arange(96) % 5 == 4
    config = {"tfidf": TFIDF, "nb_svm": NB}[features]
    values, winners = [1e-3, 10.0], []
    for n_wrong in (0, 96):  # of labels that say nothing, the least is learnt
        labels = np.tile(LABELS["binary"], (4, 1))
        labels[np.random.default_rng(5).permutation(96)[:n_wrong]] = np.random.default_rng(
            6
        ).integers(2, size=(n_wrong, 1))
        reads, losses, models = inputs(texts), [], []
        for c in values:
            one = dataclasses.replace(config, C=[c])
            outputs = predict_linear(
                fit_linear(reads, rows[~choosing], labels, task, one), reads, rows[choosing], task
            )
            losses.append(mean_loss(outputs, labels[choosing], task))
            models.append(fit_linear(reads, rows, labels, task, one))
        winners.append(int(np.argmin(losses)))
        for order in (values, values[::-1]):
            both = dataclasses.replace(config, C=order)
            chosen = fit_linear(
                reads, rows, labels, task, both, choosing=choosing if given else None
            )
            np.testing.assert_array_equal(chosen.coefficients, models[winners[-1]].coefficients)
    assert winners == [1, 0]


def test_c_is_chosen_by_the_weights_of_the_fit():
    generator, n_rows = np.random.default_rng(1), 400
    labels = generator.integers(2, size=n_rows)
    texts = [
        " ".join(generator.choice(["p", "q"], 8, p=[0.4 + 0.2 * yes, 0.6 - 0.2 * yes]))
        for yes in labels
    ]
    texts = [f"{text} word{row % 200}" for row, text in enumerate(texts)]  # to learn by heart
    labels, task, rows = labels[:, None].astype(np.float32), TASKS["binary"], np.arange(n_rows)
    reads, weights = inputs(texts), np.array([[2.0, 0.1]])
    found = {}
    for values in ([0.1], [100.0], [0.1, 100.0], [100.0, 0.1]):
        config = dataclasses.replace(TFIDF, C=values)
        model = fit_linear(reads, rows, labels, task, config, class_weights=weights)
        found[tuple(values)] = model.coefficients
    choosing, losses = rows % 5 == 4, []
    for c in (0.1, 100.0):
        config = dataclasses.replace(TFIDF, C=[c])
        model = fit_linear(reads, rows[~choosing], labels, task, config, class_weights=weights)
        outputs = predict_linear(model, reads, rows[choosing], task)
        losses.append(
            [mean_loss(outputs, labels[choosing], task, each) for each in (weights, None)]
        )
    by_weights, by_rows = np.argmin(losses, axis=0)
    assert (by_weights, by_rows) == (0, 1)  # else this would tell nothing
    for values in ((0.1, 100.0), (100.0, 0.1)):
        np.testing.assert_array_equal(found[values], found[0.1,])


@pytest.mark.parametrize("config", [TFIDF, NB])
def test_a_text_column_without_n_grams_says_nothing(config):
    other, rows, task = ["ship", "tree"] * 6, np.arange(12), TASKS["binary"]
    labels = (rows % 2)[:, None].astype(np.float32)
    empty, alone = inputs(other, [""] * 12), inputs(other)
    of_empty = dataclasses.replace(
        empty,
        ngrams=(
            empty.ngrams[0],
            dataclasses.replace(
                empty.ngrams[1], counts=(empty.ngrams[1].counts[0][:, :0],), terms=[]
            ),
        ),
    )
    found = [
        predict_linear(fit_linear(reads, rows, labels, task, config), reads, rows, task)
        for reads in (of_empty, alone)
    ]
    np.testing.assert_allclose(*found, atol=1e-6)


@pytest.mark.parametrize(("features", "kind"), [("tfidf", "multi_class"), ("nb_svm", "ordinal")])
def test_swapping_a_symmetric_pair_changes_nothing(features, kind):
    others = TEXTS[5:] + TEXTS[:5]
    rows, task = np.arange(24), TASKS[kind]
    one = inputs(TEXTS, others, paired=True, symmetric=True)
    model, outputs = fit_and_predict(features, kind, one)
    swapped = inputs(others, TEXTS, paired=True, symmetric=True)
    np.testing.assert_allclose(predict_linear(model, swapped, rows, task), outputs, atol=1e-6)
    ordered = inputs(TEXTS, others, paired=True)
    model, outputs = fit_and_predict(features, kind, ordered)
    assert (
        np.abs(
            predict_linear(model, inputs(others, TEXTS, paired=True), rows, task) - outputs
        ).max()
        > 0.1
    )


def test_numbers_and_categories_count_and_an_unknown_number_is_the_mean():
    texts, rows, task = ["same"] * 24, np.arange(24), TASKS["binary"]
    labels, is_yes = LABELS["binary"], LABELS["binary"][:, 0]
    by_number = inputs(texts, numbers=(1000 + 500 * is_yes)[:, None])
    model = fit_linear(by_number, rows, labels, task, TFIDF)
    found = predict_linear(model, by_number, rows, task)[:, 0]
    assert found[is_yes == 1].min() > 0.9 > 0.2 > found[is_yes == 0].max()
    unknown = inputs(["same", "same"], numbers=[[np.nan], [by_number.numbers.mean()]])
    outputs = predict_linear(model, unknown, np.arange(2), task)
    assert outputs[0] == pytest.approx(outputs[1], abs=1e-6)
    by_category = inputs(texts, categories=(1 + is_yes)[:, None], n_values=(3,))
    for config in (TFIDF, NB):
        found = predict_linear(
            fit_linear(by_category, rows, labels, task, config), by_category, rows, task
        )[:, 0]
        assert found[is_yes == 1].min() > 0.8 > 0.2 > found[is_yes == 0].max()


def test_class_weights_draw_predictions_to_the_heavier_class():
    reads, rows, task = inputs(["same"] * 24), np.arange(24), TASKS["multi_class"]
    weights = np.array([1.0, 1.0, 4.0], np.float32)
    model = fit_linear(reads, rows, LABELS["multi_class"], task, TFIDF, class_weights=weights)
    np.testing.assert_allclose(
        predict_linear(model, reads, rows[:1], task), [[1 / 6, 1 / 6, 4 / 6]], atol=0.01
    )
    binary, weights = TASKS["binary"], np.array([[1.0, 4.0]], np.float32)
    model = fit_linear(reads, rows, LABELS["binary"], binary, TFIDF, class_weights=weights)
    assert predict_linear(model, reads, rows[:1], binary)[0, 0] == pytest.approx(4 / 6, abs=0.01)


@pytest.mark.parametrize("seen", [[0], [2], [0, 2]])
def test_a_class_that_no_row_has_is_never_predicted(seen):
    reads, task = inputs(TEXTS), TASKS["multi_class"]
    rows = np.flatnonzero(np.isin(SUBJECTS, seen))
    for config in (TFIDF, NB):
        outputs = predict_linear(
            fit_linear(reads, rows, LABELS["multi_class"], task, config), reads, rows, task
        )
        assert outputs.argmax(axis=1).tolist() == SUBJECTS[rows].tolist()
        assert outputs[:, np.setdiff1d([0, 1, 2], seen)].max() < 1e-3


@pytest.mark.parametrize(("features", "kind"), [("tfidf", "regression"), ("nb_svm", "multi_label")])
def test_a_model_that_was_written_and_read_predicts_the_same(features, kind, tmp_path):
    reads = inputs(
        TEXTS, numbers=np.ones((24, 1)), categories=np.ones((24, 1)), n_values=(2,), characters=True
    )
    model, outputs = fit_and_predict(features, kind, reads)
    save_linear(model, tmp_path)
    rows = np.arange(24)
    np.testing.assert_array_equal(
        predict_linear(load_linear(tmp_path), reads, rows, TASKS[kind]), outputs
    )


def test_texts_without_any_known_term_get_a_prediction():
    model, _ = fit_and_predict("tfidf", "multi_class", inputs(TEXTS))
    outputs = predict_linear(
        model, inputs(["", "nothing known"]), np.arange(2), TASKS["multi_class"]
    )
    np.testing.assert_allclose(outputs[0], outputs[1])
    np.testing.assert_allclose(outputs.sum(axis=1), 1.0, atol=1e-6)


def test_too_few_texts_for_any_term_are_told():
    config = dataclasses.replace(TFIDF, characters=True, min_df=99, C=[1.0])
    with pytest.raises(ConfigError, match=r"no n-gram occurs in model\.min_df=99 texts"):
        fit_and_predict("tfidf", "multi_class", inputs(TEXTS), config)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (
            ["model=nb_svm", "competition=commonlit"],
            "nb_svm is for tasks of classes, not regression; set it to tfidf",
        ),
        (["model=tfidf_linear", "seeds=[1,2]"], "seeds is for networks"),
        (["model=nb_svm", "model.features=bm25"], "model.features=bm25 is not known"),
        (["model=nb_svm", "model.C=[1,0]"], "model.C=0.0 is out of range"),
        (["model=nb_svm", "model.C=[]"], "model.C is empty"),
        (["model=nb_svm", "model.min_df=0"], "model.min_df=0 is out of range"),
    ],
)
def test_wrong_settings_are_told(overrides, words):
    with pytest.raises(ConfigError, match=words):
        compose_config(*overrides)


@pytest.mark.slow
def test_linear_jobs_import_no_keras():
    code = "import sys, regard.linear.learner, regard.pipeline; sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def tables(kind):
    """The texts above with labels of a kind, a number and a category; the rows of test are those of train."""
    rows = pd.DataFrame(
        {"text": TEXTS, "size": np.arange(24) % 7, "kind": [f"k{row % 2}" for row in range(24)]}
    )
    ids = [f"r{row}" for row in range(24)]
    labels = LABELS[kind].reshape(24, -1)
    names = [f"label{place}" for place in range(labels.shape[1])]
    labels = labels if kind in ("regression", "soft_labels") else labels.astype(int)
    train = pd.concat([rows, pd.DataFrame(labels, columns=names)], axis=1).assign(id=ids)
    return names, {
        "train": train,
        "test": rows.assign(id=ids),
        "sample_submission": pd.DataFrame({"id": ids, **dict.fromkeys(names, 0)}),
    }


@pytest.fixture
def linear_run(tmp_path):
    """Return a function that writes files of a kind of task and gives settings for it."""

    def settings_of(kind, *overrides):
        names, files = tables(kind)
        write_tables(tmp_path / "data" / kind, files)
        return compose_config(
            "competition=bbc_news",
            f"competition.name={kind}",
            f"competition.task={kind}",
            "competition.source=null",
            f"competition.label_columns=[{','.join(names)}]",
            "competition.metric=auto",
            "competition.submit=auto",
            "competition.numeric_columns=[size]",
            "competition.categorical_columns=[kind]",
            "folds.n_folds=2",
            "embeddings=google_news",  # a file that is not there, and that nobody asks for
            "model=tfidf_linear",
            f"data_dir={tmp_path / 'data'}",
            f"output_dir={tmp_path / 'outputs'}",
            *overrides,
        )

    return settings_of


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize(("features", "kind"), KINDS)
def test_a_linear_run_leaves_what_a_network_leaves(features, kind, linear_run):
    model = {"tfidf": "tfidf_linear", "nb_svm": "nb_svm"}[features]
    run = pipeline.train(linear_run(kind, f"model={model}"))
    assert run.name.startswith(f"{model}-")
    assert not run.folders["embed"].exists()
    scores = run.scores
    assert (
        scores["oof_score"] < 0.5 if not scores["greater_is_better"] else scores["oof_score"] > 0.8
    )
    assert scores["best_epochs"] == [1, 1]
    assert {path.name for path in (run.folder / "fold_0").iterdir()} == {
        "manifest.json",
        "model.npz",
        "terms.json",
        "oof_outputs.npy",
        "history.json",
    }
    assert not pd.read_csv(run.folder / "oof.csv").isna().any(axis=None)
    assert len(pd.read_csv(run.folder / "submission.csv")) == 24
    page = (run.folder / "report.html").read_text()
    assert "<h2>Folds</h2>" in page
    for word in ("Attention", "Learning curves", "Embedding coverage", "best epoch", "vocabulary"):
        assert word not in page


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_a_run_that_was_stopped_goes_on_from_its_finished_folds(linear_run):
    config = linear_run("ordinal")
    run = pipeline.make(config, "train")
    before = (run.folder / "fold_0" / "manifest.json").stat().st_mtime_ns
    oof = (run.folder / "oof.csv").read_text()
    run.folder.rename(run.unfinished_folder)
    (run.unfinished_folder / "manifest.json").unlink()
    shutil.rmtree(run.unfinished_folder / "fold_1")
    pipeline.make(config, "train")
    assert (run.folder / "fold_0" / "manifest.json").stat().st_mtime_ns == before
    assert (run.folder / "oof.csv").read_text() == oof


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_linear_runs_are_blended(linear_run):
    for model in ("tfidf_linear", "nb_svm"):
        pipeline.train(linear_run("multi_class", f"model={model}"))
    run = pipeline.blend_runs(linear_run("multi_class", "blend.method=mean"))
    assert len(run.scores["blend"]["members"]) == 2
    assert "Members" in (run.folder / "report.html").read_text()


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize("cased", [True, False])
def test_a_cased_run_reads_capitals(cased, linear_run, tmp_path):
    config = linear_run("binary", f"model.cased={cased}", "model.characters=false")
    file = tmp_path / "data" / "binary" / "train.csv"
    file.write_text(file.read_text().replace("tram lamp", "Tram LAMP"))
    terms = json.loads(
        (pipeline.make(config, "train").folder / "fold_0" / "terms.json").read_text()
    )[0]
    assert (
        {"Tram", "LAMP", "Tram LAMP"} <= set(terms)
        if cased
        else {"tram", "lamp", "tram lamp"} <= set(terms)
    )
    assert any(term != term.lower() for term in terms) == cased


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_a_known_share_of_positives_draws_predictions_to_it(linear_run):
    plain, weighed, corrected = (
        pd.read_csv(
            pipeline.make(linear_run("binary", *prior), "submit").folder / "submission.csv"
        )["label0"].mean()
        for prior in (
            [],
            ["prior.test_positive_rate=0.05", "prior.method=class_weights"],
            ["prior.test_positive_rate=0.05", "prior.method=probabilities"],
        )
    )
    assert weighed < plain
    assert corrected < plain


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_rare_classes_are_submitted_by_their_thresholds(linear_run, tmp_path):
    config = linear_run("multi_class", "competition.metric=f1_macro", "competition.submit=labels")
    file = tmp_path / "data" / "multi_class" / "train.csv"
    train = pd.read_csv(file)
    noise = np.random.default_rng(0)
    # so that none of the others is ever likely
    train["label0"] = np.where(noise.random(24) < 0.5, 0, train["label0"])
    train.to_csv(file, index=False)
    run = pipeline.make(config, "submit")
    thresholds = np.array(run.scores["thresholds"]["all_rows"])
    assert thresholds.sum() == pytest.approx(1)
    assert thresholds[0] > thresholds[1:].max()
    (outputs,) = (np.load(path) for path in run.folder.glob("predict/**/outputs.npy"))
    submitted = pd.read_csv(run.folder / "submission.csv")["label0"]
    assert submitted.tolist() == (outputs / thresholds).argmax(axis=1).tolist()
    assert submitted.tolist() != outputs.argmax(axis=1).tolist()


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_settings_of_networks_are_no_part_of_a_linear_run_and_its_own_are(linear_run):
    config = linear_run("binary")
    run = pipeline.make(config, "prepare").folder
    for same in ("seed=7", "training.epochs=9", "embeddings=word2vec"):
        assert pipeline.make(linear_run("binary", same), "prepare").folder == run
    for other in ("model.C=[2]", "training.class_weights=balanced", "folds.seed=2"):
        assert pipeline.make(linear_run("binary", other), "prepare").folder != run
