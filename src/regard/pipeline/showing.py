"""Gather the data of a report."""

import numpy as np
import pandas as pd

from regard import artefacts
from regard.config import Config
from regard.data import csv_files
from regard.data.inputs import read_inputs
from regard.pipeline.reading import (
    read_scores,
    read_task,
    read_truth,
    read_vocabulary,
    tables_of,
)
from regard.report import (
    AttentionText,
    ReportData,
    attention_texts,
    choose_sections,
    held_out_rows,
)
from regard.runs.planning import Plan


def report_data(config: Config, plan: Plan) -> ReportData:
    """Return the data of a run's report."""
    scores, task, train = read_scores(plan), read_task(plan), tables_of(config).train
    manifest = artefacts.read_json(plan.run / artefacts.MANIFEST)
    is_network = "blend" not in scores and not config.model.is_linear
    extra = ["curves", "attention", "coverage"] if is_network else []
    if "blend" in scores:
        extra = ["members"]
    n_models = 0 if "blend" in scores else len(scores["fold_scores"])
    texts = zip(*csv_files.texts_of(train, config.competition), strict=True)
    return ReportData(
        competition=config.competition.name,
        run=plan.run.name,
        finished=manifest["finished"],
        overrides=manifest["overrides"],
        sections=choose_sections(task, extra, thresholds_tuned=scores["thresholds"] is not None),
        task=task,
        scores=scores,
        histories=[
            artefacts.read_json(plan.run / f"fold_{fold}" / "history.json")
            for fold in range(n_models)
        ],
        held_out=held_out_rows(
            ids=train[config.competition.id_column].tolist(),
            texts=["\n".join(columns) for columns in texts],
            targets=read_truth(config, plan),
            outputs=pd.read_csv(plan.run / "oof.csv").iloc[:, 2:].to_numpy(np.float32),
        ),
        n_train=len(train),
        n_test=len(tables_of(config).test),
        vocabulary_size=len(read_vocabulary(plan)) if is_network else None,
        coverage=artefacts.read_json(plan.embed / "coverage.json") if is_network else [],
        attention_texts=_attention_texts(config, plan),
        n_worst_rows=config.report.n_worst_rows,
    )


def _attention_texts(config: Config, plan: Plan) -> list[AttentionText] | None:
    """Return test texts with their attention weights; None for a model without attention."""
    if not (plan.predict / "attention_rows.npy").exists():
        return None
    rows = artefacts.read_array(plan.predict / "attention_rows.npy")
    ids = tables_of(config).test[config.competition.id_column_of_test]
    columns = read_inputs(plan.prepare, "test", config.competition).texts
    return attention_texts(
        ids=[ids[row] for row in rows],
        token_ids=[[tokens[int(row)] for row in rows] for tokens in columns],
        weights=[
            artefacts.read_array(plan.predict / f"attention_weights_{index + 1}.npy")
            for index in range(len(columns))
        ],
        vocabulary=read_vocabulary(plan),
        outputs=np.asarray(artefacts.read_array(plan.predict / "outputs.npy"))[rows],
    )
