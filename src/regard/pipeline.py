"""The stages, in the order data flows: prepare, divide into folds, embed, train, predict, submit, report.

Each stage makes sure of the ones before it, does nothing where its artefact is there already, and returns the plan of
where everything is. None of them imports Keras: that is for the processes that train and predict.
"""

import dataclasses
import functools
import itertools
import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from regard import (
    artefacts,
    compute,
    data,
    datasets,
    embeddings,
    features,
    folds,
    metrics,
    prior,
    submission,
    task,
    text,
    thresholds,
)
from regard.artefacts import Plan
from regard.config import CompetitionConfig, Config, section_values
from regard.errors import DataError
from regard.progress import JobsProgress
from regard.report import AttentionText, ReportData, render_report
from regard.seeds import derive_seed

logger = logging.getLogger(__name__)

_TOLD: set[tuple[str, Path]] = set()  # stages that ask for one another tell of each folder once


def prepare(config: Config) -> Plan:
    """Turn the CSV files into a vocabulary, token ids and labels."""
    metrics.check_metric(config.competition)
    ensure_data(config)
    plan = artefacts.plan(config, inputs=_csv_files(config), vectors=embeddings.source_paths(config.embeddings))
    if _is_done("prepare", plan.prepare):
        return plan
    tables = _tables(config)
    task_ = task.task_of(tables.train, config.competition)
    submission.submission_columns(tables.sample, task_, config.competition)
    labels = task.encode_labels(tables.train, config.competition, task_)
    stands_beside = features.build_features(
        tables.train, tables.test, config.competition, config.features.text_statistics
    )
    texts = (data.each_text(frame, config.competition) for frame in (tables.train, tables.test))
    indexed = text.index_texts(itertools.chain.from_iterable(texts), config.text.cleaning)
    n_train = len(tables.train)
    n_texts = len(indexed.ragged) // (n_train + len(tables.test))
    identical = _identical_rows(indexed.identical, n_train, n_texts, config.competition)
    _log_duplicates(identical, n_train)
    counted = slice(None) if config.text.use_test else slice(0, n_train * n_texts)
    counts = text.token_counts(indexed, counted)
    vocabulary = text.build_vocabulary(
        indexed.tokens, counts, max_size=config.text.vocabulary_size, min_count=config.text.min_count
    )
    if len(vocabulary) <= text.UNK + 1:
        raise DataError(f"no token is seen text.min_count={config.text.min_count} times; lower it")
    with artefacts.new_folder(plan.prepare) as folder:
        artefacts.write_text(folder / "vocabulary.txt", "".join(f"{token}\n" for token in vocabulary))
        artefacts.write_json(folder / "task.json", dataclasses.asdict(task_))
        tokens = text.to_vocabulary(indexed, vocabulary)
        artefacts.write_inputs(folder, tokens, stands_beside, n_texts=n_texts)
        np.save(folder / "labels.npy", labels)
        np.save(folder / "identical.npy", identical[:n_train])
    return plan


def divide(config: Config) -> Plan:
    """Divide the training rows into folds, once and for all runs that ask for the same."""
    plan = prepare(config)
    if _is_done("folds", plan.folds):
        return plan
    train, competition = _tables(config).train, config.competition
    if column := competition.fold_column:
        numbers = folds.ready_made_folds(train[column].tolist(), column=column, groups=_groups(config, plan))
        if group_column := competition.group_column:
            folds.check_groups(train[group_column].tolist(), numbers, column=group_column, fold_column=column)
    elif config.folds.kind == "time" and competition.time_column:
        times = train[competition.time_column]
        numbers = folds.time_ordered_folds(times.tolist(), column=competition.time_column, n_folds=config.folds.n_folds)
    else:
        numbers = _dealt_out(config, plan)
    with artefacts.new_folder(plan.folds) as folder:
        np.save(folder / "folds.npy", numbers)
    return plan


def embed(config: Config) -> Plan:
    """Make the embedding matrix of the vocabulary."""
    plan = prepare(config)
    if _is_done("embed", plan.embed):
        return plan
    vocabulary = read_vocabulary(plan)
    tokens = _texts_to_train_vectors_on(config, plan)
    counts = np.bincount(tokens.token_ids, minlength=len(vocabulary))
    seed = derive_seed(config.seed, "embeddings")
    matrix, coverage = embeddings.build_embedding_matrix(vocabulary, counts, tokens, config.embeddings, seed=seed)
    with artefacts.new_folder(plan.embed) as folder:
        np.save(folder / "embedding_matrix.npy", matrix)
        artefacts.write_json(folder / "coverage.json", [dataclasses.asdict(source) for source in coverage])
    return plan


def train(config: Config) -> Plan:
    """Train the folds side by side, and score the out-of-fold predictions."""
    plan = divide(config)
    if not artefacts.is_finished(plan.run):
        _refuse_what_training_could_not_use(config, plan)
        compute.warm_up("regard.jobs", config.compute, config.folds.n_folds)  # while the vectors are made
    embed(config)
    if _is_done("train", plan.run):
        return plan
    with artefacts.locked(plan.unfinished_run):
        if artefacts.is_finished(plan.run):  # by a process that held the lock until now
            return plan
        _train_folds(config, plan)
    return plan


def _refuse_what_training_could_not_use(config: Config, plan: Plan) -> None:
    """Tell of mistakes in settings that no earlier stage depends on before the work rather than after it."""
    task_ = read_task(plan)
    submission.submission_columns(_tables(config).sample, task_, config.competition)
    labels = artefacts.read_array(plan.prepare / "labels.npy")
    prior.class_weights(labels, task_, config.training.class_weights)


def _train_folds(config: Config, plan: Plan) -> None:
    """Train the folds that are not there yet, and gather their scores."""
    numbers = np.asarray(artefacts.read_array(plan.folds / "folds.npy"))
    task_, metric = read_task(plan), config.competition.metric
    truth = _truth(config, plan)
    with artefacts.new_folder(plan.run, unfinished=plan.unfinished_run, overrides=config.overrides) as folder:
        waiting = [fold for fold in range(numbers.max() + 1) if not artefacts.is_finished(folder / f"fold_{fold}")]
        logger.info("train: %d of %d folds to train", len(waiting), numbers.max() + 1)
        jobs = [compute.Job(f"fold {fold}", _train_one_fold, (config, plan, task_, truth, fold)) for fold in waiting]
        better = metrics.greater_is_better(metric)
        tuned = config.thresholds.tuned and thresholds.is_tuned(metric, task_)
        shown = f"{metric} (at the fold's own best thresholds)" if tuned else metric
        with JobsProgress(shown, config.training.epochs, greater_is_better=better) as progress:
            compute.run_jobs(jobs, config.compute, on_event=progress)
        _write_scores(config, folder, task_, truth, numbers)


def predict(config: Config) -> Plan:
    """Predict the test texts with every fold's model."""
    plan = train(config)
    if _is_done("predict", plan.predict):
        return plan
    n_folds = len(read_scores(plan)["fold_scores"])
    rows = _attention_rows(config, len(artefacts.read_inputs(plan.prepare, "test", config.competition)))
    task_ = read_task(plan)
    n_jobs = len(compute.worker_places(config.compute, n_folds))
    shares = [list(range(n_folds))[job::n_jobs] for job in range(n_jobs)]
    jobs = [compute.Job(f"predict {share}", _predict_folds, (config, plan, task_, share, rows)) for share in shares]
    by_fold: dict[int, Any] = {}
    for share, results in zip(shares, compute.run_jobs(jobs, config.compute), strict=True):
        by_fold.update(zip(share, results, strict=True))
    outputs = [by_fold[fold][0] for fold in range(n_folds)]
    attention = [by_fold[fold][1] for fold in range(n_folds)]
    with artefacts.new_folder(plan.predict) as folder:
        np.save(folder / "fold_outputs.npy", np.stack(outputs))
        np.save(folder / "outputs.npy", submission.mean_over_folds(outputs))
        if attention[0] is not None:
            np.save(folder / "attention_rows.npy", rows)
            for place, weights in enumerate(zip(*attention, strict=True)):
                np.save(folder / f"attention_weights_{place + 1}.npy", submission.mean_over_folds(weights))
    logger.info("predict: %s test rows by %d models", f"{outputs[0].shape[0]:,}", n_folds)
    return plan


def submit(config: Config) -> Plan:
    """Write the submission, also under a name that says its score, and bring the leaderboard up to date."""
    plan = predict(config)
    path = plan.run / "submission.csv"
    sample = _data_folder(config) / config.competition.sample_file
    made_by = artefacts.fingerprint(
        plan.predict.name, config.competition.submit, artefacts.hash_file(sample), ("submission", "data", "task")
    )
    if not artefacts.is_current(path, made_by):
        tables = _tables(config)
        outputs = np.asarray(artefacts.read_array(plan.predict / "outputs.npy"))
        ids = tables.test[_test_id_column(config)].tolist()
        frame = submission.make_submission(
            outputs, ids, tables.sample, read_task(plan), config.competition, thresholds=read_thresholds(plan)
        )
        named = f"{submission.score_in_name(read_scores(plan)['oof_score'])}_{plan.run.name}.csv"
        artefacts.write_csv(plan.run / named, frame)
        artefacts.write_csv(path, frame)
        artefacts.note_current(path, made_by)
    artefacts.write_csv(plan.competition / "leaderboard.csv", artefacts.leaderboard(plan.competition / "runs"))
    artefacts.point_latest(plan.run)
    return plan


def report(config: Config) -> Plan:
    """Write report.html."""
    plan = submit(config)
    path = plan.run / "report.html"
    made_by = artefacts.fingerprint(plan.predict.name, section_values(config.report), ("report", "report/report.css"))
    if not artefacts.is_current(path, made_by):
        artefacts.write_text(path, render_report(_report_data(config, plan)))
        artefacts.note_current(path, made_by)
    return plan


def run(config: Config) -> Plan:
    """Go the whole way, and say where everything is."""
    plan = report(config)
    scores = read_scores(plan)
    by_fold = ", ".join(f"{score:.4f}" for score in scores["fold_scores"])
    logger.info("oof %s: %.4f (folds %s)", scores["metric"], scores["oof_score"], by_fold)
    for name in ("submission.csv", "report.html", "metrics.json"):
        logger.info("%-12s %s", name.partition(".")[0] + ":", plan.run / name)
    return plan


def read_task(plan: Plan) -> task.Task:
    """Read what is predicted, as `prepare` found it."""
    return task.task_from(artefacts.read_json(plan.prepare / "task.json"))


def read_vocabulary(plan: Plan) -> list[str]:
    """Read the tokens by id."""
    return (plan.prepare / "vocabulary.txt").read_text(encoding="utf-8").split("\n")[:-1]


def read_scores(plan: Plan) -> dict[str, Any]:
    """Read metrics.json of a finished run."""
    scores: dict[str, Any] = artefacts.read_json(plan.run / "metrics.json")
    return scores


def read_thresholds(plan: Plan) -> np.ndarray | None:
    """Read from which value on a finished run says a label; None if that was not tuned."""
    found = read_scores(plan)["thresholds"]
    return None if found is None else np.asarray(found["all_rows"])


def _train_one_fold(*arguments: Any, progress: Any) -> None:
    from regard.jobs import train_one_fold  # here, in the fold's own process: Keras takes seconds to import

    train_one_fold(*arguments, progress=progress)


def _predict_folds(*arguments: Any, progress: Any) -> Any:
    from regard.jobs import predict_folds  # see above

    return predict_folds(*arguments, progress=progress)


def _write_scores(config: Config, folder: Path, task_: task.Task, truth: task.Truth, numbers: np.ndarray) -> None:
    """Gather what the folds held out: oof.csv and metrics.json."""
    outputs = np.full((len(numbers), task_.n_outputs), np.nan, np.float32)
    summaries = []
    for fold in range(numbers.max() + 1):
        outputs[folds.held_out_rows(numbers, fold)] = artefacts.read_array(folder / f"fold_{fold}" / "oof_outputs.npy")
        summaries.append(artefacts.read_json(folder / f"fold_{fold}" / "history.json"))
    _write_oof(config, folder, task_, outputs, numbers)
    oof_score, fold_scores, tuned = _scores(config, task_, truth, outputs, numbers)
    seconds = sum(epoch["seconds"] for summary in summaries for epoch in summary["epochs"])
    scores = {
        "metric": config.competition.metric,
        "greater_is_better": metrics.greater_is_better(config.competition.metric),
        "oof_score": oof_score,
        "fold_scores": fold_scores,
        "mean_of_folds": float(np.mean(fold_scores)),
        "standard_deviation_of_folds": float(np.std(fold_scores, ddof=1)),
        "thresholds": tuned,
        "seconds_of_all_folds": round(seconds, 1),
        "best_epochs": [summary["best_epoch"] for summary in summaries],
        "n_trainable_parameters": summaries[0]["n_trainable_parameters"],
    }
    artefacts.write_json(folder / "metrics.json", scores)
    artefacts.write_json(folder / "config.json", dataclasses.asdict(config))


def _scores(
    config: Config, task_: task.Task, truth: task.Truth, outputs: np.ndarray, numbers: np.ndarray
) -> tuple[float, list[float], dict[str, Any] | None]:
    """The out-of-fold score, those of the folds, and the thresholds they were made with, if any were tuned.

    Tuned thresholds would flatter the rows they were tuned on: each fold is decided by those of the other folds.
    """
    metric = config.competition.metric
    if config.thresholds.tuned and thresholds.is_tuned(metric, task_):
        tuned = thresholds.tune_over_folds(
            metric, task_, truth, outputs, numbers, per_label=config.thresholds.per_label
        )
        by_fold = [
            {"thresholds": fold.thresholds.tolist(), "score": fold.score, "honest_score": fold.honest_score}
            for fold in tuned.by_fold
        ]
        kept = {"all_rows": tuned.thresholds.tolist(), "score": tuned.score, "by_fold": by_fold}
        return tuned.honest_score, [fold.honest_score for fold in tuned.by_fold], kept

    def score(rows: np.ndarray) -> float:
        return metrics.score(metric, task_, truth.take(rows), outputs[rows])

    held_out = [folds.held_out_rows(numbers, fold) for fold in range(numbers.max() + 1)]
    return score(np.flatnonzero(numbers >= 0)), list(map(score, held_out)), None


def _write_oof(config: Config, folder: Path, task_: task.Task, outputs: np.ndarray, numbers: np.ndarray) -> None:
    """Write the out-of-fold predictions; rows that no fold held out, as the earliest of ordered ones, have none."""
    oof = pd.DataFrame(outputs, columns=list(task_.output_names))
    ids = _tables(config).train[config.competition.id_column].to_numpy()
    for name, values in (("fold", numbers), (config.competition.id_column, ids)):
        oof.insert(0, name, values, allow_duplicates=True)  # a class may be called "fold"
    artefacts.write_csv(folder / "oof.csv", oof)


def _truth(config: Config, plan: Plan) -> task.Truth:
    """What predictions are scored against."""
    labels = np.asarray(artefacts.read_array(plan.prepare / "labels.npy"))
    weights = prior.prior_weights(labels, config.prior)
    subgroups = None
    if config.competition.subgroup_columns:
        cells = _tables(config).train[config.competition.subgroup_columns]
        subgroups = cells.apply(pd.to_numeric, errors="coerce").to_numpy() >= 0.5  # an empty cell is in no subgroup
    return task.Truth(labels, None if weights is None else prior.row_weights(labels, weights), subgroups)


def _report_data(config: Config, plan: Plan) -> ReportData:
    """Gather what the report shows."""
    scores, task_ = read_scores(plan), read_task(plan)
    vocabulary, train = read_vocabulary(plan), _tables(config).train
    outputs = pd.read_csv(plan.run / "oof.csv").iloc[:, 2:].to_numpy(np.float32)
    held_out = np.flatnonzero(~np.isnan(outputs[:, 0]))
    texts = list(map("\n".join, zip(*data.texts_of(train, config.competition), strict=True)))
    ids = train[config.competition.id_column]
    folds_ = [
        artefacts.read_json(plan.run / f"fold_{fold}" / "history.json") for fold in range(len(scores["fold_scores"]))
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
        n_test=len(_tables(config).test),
        vocabulary_size=len(vocabulary),
        n_trainable_parameters=scores["n_trainable_parameters"],
        seconds=scores["seconds_of_all_folds"],
        overrides=manifest["overrides"],
        histories=[fold["epochs"] for fold in folds_],
        coverage=artefacts.read_json(plan.embed / "coverage.json"),
        truth=_truth(config, plan).take(held_out),
        outputs=outputs[held_out],
        ids=[ids[row] for row in held_out],
        texts=[texts[row] for row in held_out],
        thresholds=scores["thresholds"],
        attention_texts=_attention_texts(config, plan, vocabulary),
        n_worst_rows=config.report.n_worst_rows,
    )


def _attention_texts(config: Config, plan: Plan, vocabulary: list[str]) -> list[AttentionText] | None:
    """Some test texts as their tokens, with the weights; None for a model without attention."""
    if not (plan.predict / "attention_rows.npy").exists():
        return None
    task_, outputs = read_task(plan), np.asarray(artefacts.read_array(plan.predict / "outputs.npy"))
    if task_.classes or task_.kind == "multi_label":
        predicted = task.hard_labels(outputs, task_, read_thresholds(plan)).reshape(len(outputs), -1)
    else:
        predicted = np.char.mod("%.3g", task.numbers(outputs, task_))
    ids = _tables(config).test[_test_id_column(config)]
    columns = artefacts.read_inputs(plan.prepare, "test", config.competition).texts
    weights = [
        artefacts.read_array(plan.predict / f"attention_weights_{place + 1}.npy") for place in range(len(columns))
    ]
    shown = []
    for place, row in enumerate(artefacts.read_array(plan.predict / "attention_rows.npy")):
        texts = []
        for tokens, column_weights in zip(columns, weights, strict=True):
            words = [vocabulary[token_id] for token_id in tokens[int(row)][: column_weights.shape[1]]]
            texts.append((words, column_weights[place][: len(words)].tolist()))
        shown.append(AttentionText(ids[row], texts, ", ".join(predicted[row])))
    return shown


def _is_done(stage: str, folder: Path) -> bool:
    done = artefacts.is_finished(folder)
    if (stage, folder) not in _TOLD:
        logger.info("%s: %s%s", stage, folder, " is there already" if done else "")
    _TOLD.add((stage, folder))
    return done


def _data_folder(config: Config) -> Path:
    return Path(config.data_dir) / config.competition.name


def _test_id_column(config: Config) -> str:
    return config.competition.test_id_column or config.competition.id_column


def _tables(config: Config) -> data.Tables:
    """The CSV files, read once however many stages ask for them."""
    folder, competition = _data_folder(config), config.competition
    names = (competition.train_file, competition.test_file, competition.sample_file)
    hashes = tuple(artefacts.hash_file(folder / name) for name in names if (folder / name).exists())
    return _read_tables(json.dumps(section_values(competition)), folder, hashes)


@functools.lru_cache(maxsize=1)
def _read_tables(competition: str, folder: Path, hashes: tuple[str, ...]) -> data.Tables:
    (values,) = json.loads(competition)
    return data.read_tables(CompetitionConfig(**values), folder)


def _csv_files(config: Config) -> list[Path]:
    """The files that decide what `prepare` makes; the sample only decides the submission."""
    return [_data_folder(config) / name for name in (config.competition.train_file, config.competition.test_file)]


def ensure_data(config: Config) -> None:
    """Write the files of a shipped data set where its folder has none: what is there is the user's."""
    folder = _data_folder(config)
    if folder.exists() and any(folder.iterdir()):
        return
    if not config.competition.source:
        name, slug = config.competition.name, config.competition.slug
        way = (
            f"make download COMPETITION={name} gets them from Kaggle" if slug else "data/README.md says how to get them"
        )
        raise DataError(f"{folder} has no files; {way}")
    with artefacts.new_folder(folder, source=config.competition.source) as place:
        for name, frame in datasets.shipped(config.competition.source).items():
            artefacts.write_csv(place / f"{name}.csv", frame)
    logger.info("data: %s written from the package %s", folder, config.competition.source.partition(":")[2])


def _dealt_out(config: Config, plan: Plan) -> np.ndarray:
    """Folds of rows at random, in equal shares."""
    labels, task_ = np.asarray(artefacts.read_array(plan.prepare / "labels.npy")), read_task(plan)
    groups, strata = _groups(config, plan), task.strata(labels, task_)
    if task_.classes:
        folds.check_enough_rows(strata, groups, task_.classes, n_folds=config.folds.n_folds)
    return folds.assign_folds(strata, groups, n_folds=config.folds.n_folds, seed=config.folds.seed)


def _groups(config: Config, plan: Plan) -> np.ndarray:
    """Which rows belong together."""
    identical = np.asarray(artefacts.read_array(plan.prepare / "identical.npy"))
    column = config.competition.group_column
    return folds.group_rows(identical, _tables(config).train[column].tolist() if column else None)


def _identical_rows(identical: np.ndarray, n_train: int, n_texts: int, competition: CompetitionConfig) -> np.ndarray:
    """The first row with the same texts as each row, train rows first; a symmetric pair may stand in either order."""
    parts = identical[: n_train * n_texts], identical[n_train * n_texts :]
    texts = np.concatenate([part.reshape(n_texts, -1) for part in parts], axis=1)
    if competition.texts == "pair" and competition.symmetric_pairs:
        texts = np.sort(texts, axis=0)
    _, first_rows, places = np.unique(texts, axis=1, return_index=True, return_inverse=True)
    rows: np.ndarray = first_rows[places.reshape(-1)]
    return rows


def _texts_to_train_vectors_on(config: Config, plan: Plan) -> text.RaggedTokens:
    """All texts, or those of train; the two of a symmetric pair in an order of their own, as theirs means nothing."""
    parts = ("train", "test") if config.text.use_test else ("train",)
    tokens = artefacts.read_tokens(plan.prepare, None if config.text.use_test else "train")
    if not (config.competition.texts == "pair" and config.competition.symmetric_pairs):
        return tokens
    order, start = [], 0
    for part in parts:
        first, second = artefacts.read_inputs(plan.prepare, part, config.competition).texts
        rows = start + np.arange(len(first))
        swapped = np.array([second[row].tobytes() < first[row].tobytes() for row in range(len(first))])
        order += [rows + swapped * len(first), rows + ~swapped * len(first)]
        start += 2 * len(first)
    return tokens.take(np.concatenate(order))


def _attention_rows(config: Config, n_test: int) -> np.ndarray:
    """The test texts that the report shows with their attention."""
    random = np.random.default_rng(derive_seed(config.seed, "attention_texts"))
    return np.sort(random.permutation(n_test)[: config.report.n_attention_texts])


def _log_duplicates(identical: np.ndarray, n_train: int) -> None:
    """Say how many texts stand more than once, within train and across train and test."""
    n_repeated = int((identical[:n_train] != np.arange(n_train)).sum())
    n_shared = int((identical[n_train:] < n_train).sum())
    if n_repeated:
        logger.info("duplicates: %s train texts stand there before; identical texts share a fold", f"{n_repeated:,}")
    if n_shared:
        logger.warning("duplicates: %s test texts are train texts too", f"{n_shared:,}")
