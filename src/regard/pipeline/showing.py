"""What a report shows, gathered."""

import numpy as np
import pandas as pd

from regard import artefacts
from regard.config import Config
from regard.data import csv_files
from regard.data.inputs import read_inputs
from regard.pipeline.reading import (
    read_scores,
    read_task,
    read_thresholds,
    read_truth,
    read_vocabulary,
    tables_of,
)
from regard.report import AttentionText, ReportData
from regard.runs.planning import Plan


def report_data(config: Config, plan: Plan) -> ReportData:
    """Return what the report shows."""
    scores, task_ = read_scores(plan), read_task(plan)
    vocabulary, train, blend = read_vocabulary(plan), tables_of(config).train, scores.get("blend")
    outputs = pd.read_csv(plan.run / "oof.csv").iloc[:, 2:].to_numpy(np.float32)
    held_out = np.flatnonzero(~np.isnan(outputs[:, 0]))
    texts = list(map("\n".join, zip(*csv_files.texts_of(train, config.competition), strict=True)))
    ids = train[config.competition.id_column]
    n_trained = 0 if blend else len(scores["fold_scores"])
    folds_ = [
        artefacts.read_json(plan.run / f"fold_{fold}" / "history.json") for fold in range(n_trained)
    ]
    manifest = artefacts.read_json(plan.run / artefacts.MANIFEST)
    return ReportData(
        competition=config.competition.name,
        run=plan.run.name,
        finished=manifest["finished"],
        task=task_,
        metric=scores["metric"],
        greater_is_better=scores["greater_is_better"],
        oof_score=scores["oof_score"],
        fold_scores=scores["fold_scores"],
        best_epochs=scores["best_epochs"],
        n_train=len(train),
        n_test=len(tables_of(config).test),
        vocabulary_size=len(vocabulary),
        n_trainable_parameters=scores["n_trainable_parameters"],
        seconds=scores["seconds_of_all_folds"],
        overrides=manifest["overrides"],
        histories=[fold["epochs"] for fold in folds_],
        coverage=[]
        if blend or config.model.is_linear
        else artefacts.read_json(plan.embed / "coverage.json"),
        truth=read_truth(config, plan).take(held_out),
        outputs=outputs[held_out],
        ids=[ids[row] for row in held_out],
        texts=[texts[row] for row in held_out],
        thresholds=scores["thresholds"],
        attention_texts=_attention_texts(config, plan, vocabulary),
        n_worst_rows=config.report.n_worst_rows,
        blend=blend,
        is_linear=config.model.is_linear and not blend,
    )


def _attention_texts(
    config: Config, plan: Plan, vocabulary: list[str]
) -> list[AttentionText] | None:
    """Some test texts as their tokens, with the weights; None for a model without attention."""
    if not (plan.predict / "attention_rows.npy").exists():
        return None
    task_, outputs = read_task(plan), np.asarray(artefacts.read_array(plan.predict / "outputs.npy"))
    if task_.has_classes:
        predicted = task_.hard_labels(outputs, read_thresholds(plan)).reshape(
            len(outputs), -1
        )
    else:
        predicted = np.char.mod("%.3g", task_.numbers(outputs))
    ids = tables_of(config).test[config.competition.id_column_of_test]
    columns = read_inputs(plan.prepare, "test", config.competition).texts
    weights = [
        artefacts.read_array(plan.predict / f"attention_weights_{place + 1}.npy")
        for place in range(len(columns))
    ]
    shown = []
    for place, row in enumerate(artefacts.read_array(plan.predict / "attention_rows.npy")):
        texts = []
        for tokens, column_weights in zip(columns, weights, strict=True):
            words = [
                vocabulary[token_id] for token_id in tokens[int(row)][: column_weights.shape[1]]
            ]
            texts.append((words, column_weights[place][: len(words)].tolist()))
        shown.append(AttentionText(ids[row], texts, ", ".join(predicted[row])))
    return shown
