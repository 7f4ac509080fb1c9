"""The scripts of benchmarks/ run, on so little data that the figures mean nothing."""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.explained import WordCounts, run_of

from regard.pipeline.members import settings_of_members
from regard.tasks import Binary, MultiClass, MultiLabel, Ordinal

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def scripts_on_path(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])


def module(name: str):
    return importlib.import_module(name)


def test_generated_files(tmp_path):
    files = module("files")
    generated = module("generated")
    in_sklearn = module("in_sklearn")
    generated.write_competition(tmp_path, 300, 100, solution=True)
    data = files.read(tmp_path)
    assert (len(data.train), len(data.test), data.labels.shape, data.exclusive) == (
        300,
        100,
        (300, 6),
        False,
    )
    rows = np.arange(300)
    valid, test = in_sklearn.prepare(data)(rows[50:], rows[:50], seed=1)
    assert valid.shape == (50, 6)
    files.write(tmp_path / "submission.csv", data, test)
    assert 0.0 <= files.score(tmp_path / "submission.csv", tmp_path / "solution.csv") <= 1.0
    solution = (tmp_path / "solution.csv").read_text(encoding="utf-8").splitlines()[1:]
    labels = np.array([row.split(",")[-6:] for row in solution], float)
    files.write(tmp_path / "submission.csv", data, labels)
    assert files.score(tmp_path / "submission.csv", tmp_path / "solution.csv") == 1.0


@pytest.mark.parametrize(
    ("task", "names", "expected"),
    [
        (Ordinal(("1", "2", "3")), ["2", "3", "1"], [[0.9, 0.4]]),
        (Binary(("y",), ("1", "3")), ["3", "4", "1"], [[0.5 / 0.6]]),
        (MultiClass(("1", "2", "3")), ["2", "3", "1"], [[0.1, 0.5, 0.4]]),
        (MultiLabel(("2", "3", "1")), ["2", "3", "1"], [[0.5, 0.4, 0.1]]),
    ],
)
def test_probabilities_of_classes_become_outputs(task, names, expected):
    found = module("results").to_task_outputs(np.array([[0.5, 0.4, 0.1]]), names, task)
    np.testing.assert_allclose(found, expected)


def test_repeated_rated_sentences_are_not_split(tmp_path):
    texts = [f"text {number}" for number in range(10)] * 2
    rows = pd.DataFrame({"id": range(20), "text": texts, "rating": np.arange(20.0)})
    module("rated_sentences").write(tmp_path, rows, "rating")
    names = ("train", "test", "solution", "sample_submission")
    train, test, solution, sample = (pd.read_csv(tmp_path / f"{name}.csv") for name in names)
    assert sorted([*train["id"], *test["id"]]) == list(range(20))
    assert len(test) == 4
    assert not set(train["text"]) & set(test["text"])
    assert solution["rating"].tolist() == [float(row) for row in test["id"]]
    assert sample["id"].tolist() == test["id"].tolist()


def test_encoding():
    found = module("encoding").ratios(["It's 5pm, isn't it?"] * 20, repeats=1)
    assert {"the notebooks", "default cleaning"} <= set(found)
    assert all(row["ratio"] > 0 for row in found.values())


def test_onnx_speed(monkeypatch):
    onnx_speed = module("onnx_speed")
    monkeypatch.setattr(onnx_speed, "VOCABULARY_SIZE", 30)
    monkeypatch.setattr(onnx_speed, "EMBEDDING_DIM", 4)
    monkeypatch.setattr(onnx_speed, "N_REPEATS", 1)
    found = onnx_speed.measure("bag_of_vectors", folds=2, lengths=(3,))
    assert found["difference"] < 1e-5
    assert found["bytes"] > 0
    assert all(milliseconds > 0 for milliseconds in found["texts"][3].values())


def test_faithfulness():
    faithfulness = module("faithfulness")
    run = run_of(WordCounts({"free": 2.0, "money": 1.0}, kind="network"))
    table = pd.DataFrame({"text": ["free a b c", "money d e"], "other": ["x", "y"]})
    found = faithfulness.measure(run, table, 2, None, seed=0)
    shown = faithfulness.lines(found)
    assert [line.split()[0] for line in shown[1:4]] == [
        "leave_one_out",
        "gradient_x_input",
        "integrated_gradients",
    ]
    assert shown[4].startswith("random")
    assert len(shown) == 9  # three pairs of methods
    assert len({len(line) for line in shown[:5]}) == 1


def test_on_gpu():
    on_gpu = module("on_gpu")
    config = module("settings").compose_settings(
        "model.rnn.units=4", "batches.max_tokens=8", "model=bigru_pool"
    )
    found = on_gpu.measure(config, 70)
    assert found["training"] > 0
    assert found["prediction"] > 0


def test_speed_page_shows_the_last_results():
    if not (BENCHMARKS / "speed.json").exists():
        pytest.skip("nothing was measured yet")
    bench = module("bench")
    found = json.loads((BENCHMARKS / "speed.json").read_text(encoding="utf-8"))
    table = bench.table(found)
    assert len(table.splitlines()) == 2 + len(bench.rows_of(found))
    assert bench.PAGE.read_text(encoding="utf-8").count(table) == 1


def test_results_page_shows_the_last_results():
    results = module("results")
    found = json.loads(results.FOUND.read_text(encoding="utf-8"))
    page = results.PAGE.read_text(encoding="utf-8")
    for mark, systems in results.TABLES.items():
        assert page.count(mark + results.table(found, systems) + results.END) == 1


def test_members_of_blends_are_those_of_the_experiments():
    results = module("results")
    compose_settings = module("settings").compose_settings
    runs = dict(results.RUNS)
    for system, words in results.ENCODER.items():
        runs[system] = [word.replace("{encoder}", "somewhere") for word in words]
    for blend, members in results.MEMBERS.items():
        in_blend = settings_of_members(compose_settings(*runs[blend]))
        alone = [compose_settings(*runs[member]) for member in members]
        for one, other in zip(in_blend, alone, strict=True):
            assert one.model.identity() == other.model.identity()
            if one.model.reads_word_vectors:
                parts = [
                    (each.training, each.batches, each.embeddings, each.text)
                    for each in (one, other)
                ]
                assert parts[0] == parts[1]


def test_variants_of_attention_are_compared_fold_by_fold():
    attention = module("attention")
    found = attention.variants_of(["dot"], ["wide: model.rnn.units=128 seed=2"])
    assert found == {
        "feed_forward": ["model/attention=feed_forward"],
        "dot": ["model/attention=dot"],
        "wide": ["model.rnn.units=128", "seed=2"],
    }
    known = {"feed_forward/1": {"words": ["a=1", *found["feed_forward"], "seed=1"]}}
    todo = [key for key, _ in attention.missing(known, found, [1, 2], ["a=1"])]
    assert todo == ["dot/1", "wide/1", "feed_forward/2", "dot/2", "wide/2"]
    scores = {"oof": 0.9, "test": 0.8, "seconds": 60.0, "metric": "accuracy"}
    results = {
        "feed_forward/1": {**scores, "folds": [0.8, 0.9], "greater_is_better": True},
        "dot/1": {**scores, "folds": [0.82, 0.94], "greater_is_better": True},
    }
    np.testing.assert_allclose(attention.difference(results, "dot"), (0.03, 0.01))
    row = "| mr, accuracy | dot | 0.9000 | 0.8000 | 1.0 | +0.0300 ± 0.0100 | 1 |"
    assert attention.table({"mr": results}).splitlines()[-1] == row
    with pytest.raises(SystemExit, match="write a new name and its settings"):
        attention.variants_of([], ["dot"])


def test_attention_continues_after_a_run_that_fails(tmp_path, capsys, monkeypatch):
    attention = module("attention")

    def run_once(name, folder, solution, words):
        if "model/attention=dot" in words:
            sys.exit(f"{name}: config error")
        trained.append(words[-1])
        scores = {"oof": 0.5, "test": 0.4, "folds": [0.5], "seconds": 6.0, "metric": "accuracy"}
        return {**scores, "greater_is_better": True, "words": words}

    trained = []
    monkeypatch.setattr(attention, "run_once", run_once)
    monkeypatch.setattr(attention, "set_up", lambda *_: None)
    words = [str(tmp_path), "--folder", str(tmp_path), "--only", "mr", "--pages", "dot"]
    monkeypatch.setattr(sys, "argv", ["attention.py", *words])
    for _ in range(2):
        attention.main()
        shown = capsys.readouterr().out
        assert "mr dot/1 failed: mr: config error" in shown
        assert "| mr, accuracy | feed_forward | 0.5000 | 0.4000 | 0.1 |  | 1 |" in shown
    assert trained == ["seed=1"]  # the second time it is known


def test_cell_of_results():
    cell = module("results").cell
    assert cell({"1": {"test": 0.6, "oof": 0.5}}) == "0.6000 (0.5000)"
    several = {"1": {"test": 0.6, "oof": 0.5, "seconds": 60.0}, "2": {"test": 0.7, "oof": 0.6}}
    assert cell(several) == "0.6500 ± 0.0707 (0.5500), 1.0 min"


# gensim leaves a file open
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_read_vectors():
    found = module("read_vectors").measure(n_words=300, embedding_dim=4, n_needed=20, repeats=2)
    assert {"txt read_vectors", "txt float_loop", "txt by_gensim", "bin by_gensim"} <= set(found)
    assert all(row["seconds"] > 0 for row in found.values())


def test_summaries(tmp_path, capsys, monkeypatch):
    summaries = module("summaries")
    arguments = ["summaries.py", str(tmp_path), "--rows", "30", "--prompts", "2"]
    monkeypatch.setattr(sys, "argv", arguments)
    summaries.main()
    assert "60 train rows, 60 test rows" in capsys.readouterr().out
    folder = tmp_path / "summaries"
    train = pd.read_csv(folder / "summaries_train.csv")
    test = pd.read_csv(folder / "summaries_test.csv")
    prompts = pd.read_csv(folder / "prompts_train.csv")
    assert set(train["prompt_id"]) == set(prompts["prompt_id"])
    assert not set(train["prompt_id"]) & set(test["prompt_id"])
    assert not {"content", "wording"} & set(test)
