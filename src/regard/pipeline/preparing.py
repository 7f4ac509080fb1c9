"""The stages before any training: prepare, divide into folds, embed."""

import dataclasses
import itertools
import logging

import numpy as np

from regard import artefacts, embeddings, tasks, text
from regard.config import Config
from regard.data import csv_files, features, folds
from regard.data.inputs import read_inputs, read_tokens, write_inputs
from regard.errors import DataError
from regard.metrics import registry
from regard.pipeline.reading import (
    ensure_data,
    input_files,
    is_done,
    read_task,
    read_vocabulary,
    tables_of,
)
from regard.runs import planning
from regard.runs.planning import Plan
from regard.seeds import derive_seed
from regard.tasks import submission

logger = logging.getLogger(__name__)


def prepare(config: Config) -> Plan:
    """Turn the CSV files into a vocabulary, token ids and labels."""
    registry.check_metric(config.competition)
    ensure_data(config)
    vectors = [] if config.model.is_linear else embeddings.source_paths(config.embeddings)
    plan = planning.plan(config, inputs=input_files(config), vectors=vectors)
    if is_done("prepare", plan.prepare):
        return plan
    tables = tables_of(config)
    task_ = tasks.TASKS[config.competition.task].from_labels(
        tables.train, config.competition
    )
    submission.submission_columns(tables.sample, task_, config.competition)
    labels = task_.encode_labels(tables.train, config.competition)
    stands_beside = features.build_features(
        tables.train, tables.test, config.competition, config.features.text_statistics
    )
    texts = (
        csv_files.each_text(frame, config.competition) for frame in (tables.train, tables.test)
    )
    indexed = text.index_texts(itertools.chain.from_iterable(texts), config.text.cleaning)
    n_train = len(tables.train)
    n_texts = len(indexed.ragged) // (n_train + len(tables.test))
    identical = text.identical_rows(
        indexed.identical, n_train, n_texts, any_order=config.competition.in_any_order
    )
    _log_duplicates(identical, n_train)
    counted = slice(None) if config.text.use_test else slice(0, n_train * n_texts)
    counts = text.token_counts(indexed, counted)
    vocabulary = text.build_vocabulary(
        indexed.tokens,
        counts,
        max_size=config.text.vocabulary_size,
        min_count=config.text.min_count,
    )
    if len(vocabulary) <= text.UNK + 1:
        raise DataError(f"no token is seen text.min_count={config.text.min_count} times; lower it")
    with artefacts.new_folder(plan.prepare) as folder:
        artefacts.write_text(
            folder / "vocabulary.txt", "".join(f"{token}\n" for token in vocabulary)
        )
        artefacts.write_json(folder / "task.json", task_.to_dict())
        tokens = text.to_vocabulary(indexed, vocabulary)
        write_inputs(folder, tokens, stands_beside, n_texts=n_texts)
        np.save(folder / "labels.npy", labels)
        np.save(folder / "identical.npy", identical[:n_train])
    return plan


def divide(config: Config) -> Plan:
    """Divide the training rows into folds, once and for all runs that ask for the same."""
    plan = prepare(config)
    if is_done("folds", plan.folds):
        return plan
    train, competition = tables_of(config).train, config.competition
    if column := competition.fold_column:
        numbers = folds.ready_made_folds(
            train[column].tolist(), column=column, groups=_groups(config, plan)
        )
        if group_column := competition.group_column:
            folds.check_groups(
                train[group_column].tolist(), numbers, column=group_column, fold_column=column
            )
    elif config.folds.kind == "time" and competition.time_column:
        times = train[competition.time_column]
        numbers = folds.time_ordered_folds(
            times.tolist(), column=competition.time_column, n_folds=config.folds.n_folds
        )
    else:
        numbers = _dealt_out(config, plan)
    with artefacts.new_folder(plan.folds) as folder:
        np.save(folder / "folds.npy", numbers)
    return plan


def embed(config: Config) -> Plan:
    """Make the embedding matrix of the vocabulary."""
    plan = prepare(config)
    if is_done("embed", plan.embed):
        return plan
    vocabulary = read_vocabulary(plan)
    tokens = _texts_to_train_vectors_on(config, plan)
    counts = np.bincount(tokens.token_ids, minlength=len(vocabulary))
    seed = derive_seed(config.seed, "embeddings")
    matrix, coverage = embeddings.build_embedding_matrix(
        vocabulary, counts, tokens, config.embeddings, seed=seed
    )
    with artefacts.new_folder(plan.embed) as folder:
        np.save(folder / "embedding_matrix.npy", matrix)
        artefacts.write_json(
            folder / "coverage.json", [dataclasses.asdict(source) for source in coverage]
        )
    return plan


def _dealt_out(config: Config, plan: Plan) -> np.ndarray:
    """Folds of rows at random, in equal shares."""
    labels, task_ = np.asarray(artefacts.read_array(plan.prepare / "labels.npy")), read_task(plan)
    groups, strata = _groups(config, plan), task_.strata(labels)
    if task_.classes:
        folds.check_enough_rows(strata, groups, task_.classes, n_folds=config.folds.n_folds)
    return folds.assign_folds(strata, groups, n_folds=config.folds.n_folds, seed=config.folds.seed)


def _groups(config: Config, plan: Plan) -> np.ndarray:
    """Which rows belong together."""
    identical = np.asarray(artefacts.read_array(plan.prepare / "identical.npy"))
    column = config.competition.group_column
    return folds.group_rows(identical, tables_of(config).train[column].tolist() if column else None)


def _texts_to_train_vectors_on(config: Config, plan: Plan) -> text.RaggedTokens:
    """All texts, or those of train; the two of a symmetric pair in an order of their own, as theirs means nothing."""
    parts = ("train", "test") if config.text.use_test else ("train",)
    tokens = read_tokens(plan.prepare, None if config.text.use_test else "train")
    if not config.competition.in_any_order:
        return tokens
    order, start = [], 0
    for part in parts:
        first, second = read_inputs(plan.prepare, part, config.competition).texts
        rows = start + np.arange(len(first))
        swapped = np.array(
            [second[row].tobytes() < first[row].tobytes() for row in range(len(first))]
        )
        order += [rows + swapped * len(first), rows + ~swapped * len(first)]
        start += 2 * len(first)
    return tokens.take(np.concatenate(order))


def _log_duplicates(identical: np.ndarray, n_train: int) -> None:
    """Say how many texts stand more than once, within train and across train and test."""
    n_repeated = int((identical[:n_train] != np.arange(n_train)).sum())
    n_shared = int((identical[n_train:] < n_train).sum())
    if n_repeated:
        logger.info(
            "duplicates: %s train texts stand there before; identical texts share a fold",
            f"{n_repeated:,}",
        )
    if n_shared:
        logger.warning("duplicates: %s test texts are train texts too", f"{n_shared:,}")
