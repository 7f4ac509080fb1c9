import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from helpers.cases import compose_config
from helpers.report_cases import BLEND, CASES, SCORES

from regard import __version__
from regard.report import render_card
from regard.runs.run import Run
from regard.tasks import TASKS

NAMES = ("a|b", "it's `code`", "two\nlines", '---\nlicense: "x"', "<script>", "naïve 東京", "")


def run_of(folder, kind="multi_class", *, task=None, labels=None, members=(), **scores):
    """Write the folder of a finished run and return the run."""
    usual_task, usual_labels, _ = CASES[kind]
    task = task or usual_task
    labels = usual_labels if labels is None else labels
    prepare = folder / "prepare" / "x"
    run = folder / "runs" / "attention-0123"
    for new in (prepare, run / "inputs"):
        new.mkdir(parents=True)
    np.save(prepare / "labels.npy", labels)
    write(run / "inputs" / "task.json", task.to_dict())
    write(run / "metrics.json", SCORES | scores)
    manifest = {
        "finished": "2025-03-02T10:41:07+00:00",
        "overrides": ["model.rnn.units=8", "competition.label_columns=['a`b']"],
        "uses_test_file": False,
        "members": list(members),
    }
    write(run / "manifest.json", manifest)
    config = compose_config("competition=bbc_news")
    return Run(config, {"train": run, "prepare": prepare}, {})


def write(path, value):
    path.write_text(json.dumps(value), encoding="utf-8")


def header_of(card):
    start, header, _ = card.split("---\n", 2)
    assert start == ""
    return yaml.safe_load(header)


def test_header_is_read_by_hugging_face(tmp_path):
    assert header_of(render_card(run_of(tmp_path))) == {
        "library_name": "regard",
        "pipeline_tag": "text-classification",
        "tags": ["regard", "multi_class"],
        "model-index": [
            {
                "name": "attention-0123",
                "results": [
                    {
                        "task": {"type": "text-classification"},
                        "dataset": {"type": "bbc_news", "name": "bbc_news"},
                        "metrics": [
                            {"type": "accuracy", "value": 0.71627, "name": "accuracy, out of fold"}
                        ],
                    }
                ],
            }
        ],
    }


def test_card_tells_data_scores_and_settings(tmp_path):
    card = render_card(run_of(tmp_path))
    for line in (
        "# `attention-0123`",
        "| **out-of-fold score** | **0.7163** |",
        "| 2 folds | 0.5000, 0.7500; std 0.1768 |",
        "| training rows | 4 |",
        "| finished | 2025-03-02 10:41 UTC |",
        "| `sea` | 25.00% |",
        "| `wood` | 50.00% |",
        "- `model.rnn.units=8`",
        "- ``competition.label_columns=['a`b']``",
        "- A longer text is cut to 256 tokens, the first.",
    ):
        assert f"\n{line}\n" in card
    assert f"Written with regard {__version__}, keras " in card
    assert "## Thresholds" not in card
    assert "## Members" not in card
    assert "regard.load" in card


@pytest.mark.parametrize("kind", CASES)
def test_every_task_has_a_card(kind, tmp_path):
    card = render_card(run_of(tmp_path, kind))
    assert header_of(card)["tags"] == ["regard", kind]
    for name in CASES[kind][0].classes or CASES[kind][0].label_names:
        assert f"\n| `{name}` | " in card


def test_labels_of_several_columns_have_their_share_of_positives(tmp_path):
    card = render_card(run_of(tmp_path, "multi_label"))
    assert "\n| `toxic` | 50.00% |\n| `threat` | 0.00% |\n" in card


def test_numbers_have_their_mean_and_range(tmp_path):
    assert "\n| `ease` | mean 0, -1.5 to 1 |\n" in render_card(run_of(tmp_path, "regression"))


def test_a_run_that_was_copied_alone_has_a_card(tmp_path):
    run = run_of(tmp_path)
    (run.folder / "oof.csv").write_text("id,fold,sea\na,0,0.5\nb,1,0.5\n", encoding="utf-8")
    shutil.rmtree(tmp_path / "prepare")
    card = render_card(run)
    assert "\n| training rows | 2 |\n" in card
    assert "\nLabels: `sea`, `wood`, `town`.\n" in card
    (run.folder / "oof.csv").unlink()
    assert "\n| training rows | not known |\n" in render_card(run)


def test_hostile_names_stay_in_their_place(tmp_path):
    task = TASKS["multi_class"](NAMES)
    run = run_of(tmp_path, task=task, labels=np.arange(7, dtype=np.int32))
    page = "a: b\n---\n'\""
    run.config = dataclasses.replace(
        run.config, competition=dataclasses.replace(run.config.competition, text_columns=[page])
    )
    card = render_card(run)
    assert header_of(card)["library_name"] == "regard"
    rows = [line for line in card.splitlines() if line.endswith("| 14.29% |")]
    assert rows == [
        r"| `a\|b` | 14.29% |",
        "| `` it's `code` `` | 14.29% |",
        "| `two lines` | 14.29% |",
        '| `--- license: "x"` | 14.29% |',
        "| `<script>` | 14.29% |",
        "| `naïve 東京` | 14.29% |",
        '| `""` | 14.29% |',
    ]
    assert "Each row has one text: `a: b --- '\"`." in card


def test_tuned_thresholds_are_listed(tmp_path):
    tuned = {"all_rows": [0.5, 0.3, 0.2], "score": 0.8, "by_fold": []}
    card = render_card(run_of(tmp_path, thresholds=tuned))
    assert "\n| `sea` | 1.5000 |\n| `wood` | 0.9000 |\n| `town` | 0.6000 |\n" in card
    assert "; the thresholds" in card


def test_a_blend_lists_its_members(tmp_path):
    members = {**BLEND["members"], "stacked": {"seed": 1, "score": 0.5, "weight": [0.1, 0.9]}}
    run = run_of(tmp_path, members=members, blend={**BLEND, "members": members})
    card = render_card(run)
    assert "A blend of 3 runs for texts of" in card
    assert "\n| `cnn-02` | 0.75 | 0.6000 |\n" in card
    assert "\n| `stacked` | by output | 0.5000 |\n" in card
    assert "A text is cut" not in card


@pytest.mark.parametrize(
    ("files", "library", "words"),
    [("onnx", "regard", "`model.onnx` takes"), ("keras", "keras", '"fold_1.keras"')],
)
def test_a_card_of_an_export_tells_how_to_load_it(files, library, words, tmp_path):
    card = render_card(run_of(tmp_path), files=files)
    header = header_of(card)
    assert header["library_name"] == library
    assert header["tags"][-1] == files
    assert words in card
    assert "regard.load" not in card


def test_the_same_run_has_the_same_card(tmp_path):
    run = run_of(tmp_path)
    assert render_card(run) == render_card(run)
    assert Path(run.folder / "README.md").exists() is False
