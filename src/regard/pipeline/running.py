"""The stages from training on: train, predict, submit, report."""

import logging
from typing import Any

import numpy as np

from regard import artefacts
from regard.config import Config, section_values
from regard.data.inputs import read_inputs
from regard.errors import ConfigError
from regard.metrics import registry, thresholds
from regard.network import pseudo_labels
from regard.parallel import slots, workers
from regard.parallel.backend import keras_backend
from regard.parallel.progress import JobsProgress
from regard.pipeline.preparing import divide, embed
from regard.pipeline.reading import (
    data_folder,
    hashes_of,
    input_files,
    is_done,
    read_scores,
    read_task,
    read_thresholds,
    read_truth,
    tables_of,
)
from regard.pipeline.scoring import write_scores
from regard.pipeline.showing import report_data
from regard.report import render_report
from regard.runs.leaderboard import leaderboard, point_latest
from regard.runs.planning import Plan
from regard.seeds import derive_seed
from regard.tasks import Task, class_weights, submission

logger = logging.getLogger(__name__)

_JOBS = "regard.network.learner"  # what a worker of networks needs; it imports Keras
_LINEAR_JOBS = "regard.linear.learner"  # what one of linear models needs; it does not


def train(config: Config) -> Plan:
    """Train the folds side by side, and score the out-of-fold predictions."""
    if config.seeds is not None:
        raise ConfigError(
            f"seeds={config.seeds} is for make train, which goes the whole way; here give one: seed=..."
        )
    if config.members:
        raise ConfigError(
            f"members ({', '.join(config.members)}) are for make train, which goes the whole way; here give one model, "
            "such as model=bigru_pool, and no experiment with members"
        )
    plan = divide(config)
    if not artefacts.is_finished(plan.run):
        _refuse_what_training_could_not_use(config, plan)
        if not config.model.is_linear:
            # while the vectors are made
            workers.warm_up(_JOBS, config.compute, config.folds.n_folds)
    if not config.model.is_linear:
        embed(config)
    if is_done("train", plan.run):
        return plan
    with artefacts.locked(plan.unfinished_run):
        if artefacts.is_finished(plan.run):  # by a process that held the lock until now
            return plan
        _train_folds(config, plan)
    return plan


def predict(config: Config) -> Plan:
    """Predict the test texts with every fold's model."""
    plan = train(config)
    if is_done("predict", plan.predict):
        return plan
    n_folds = len(read_scores(plan)["fold_scores"])
    rows = _attention_rows(config, len(read_inputs(plan.prepare, "test", config.competition)))
    task_ = read_task(plan)
    n_jobs = len(slots.worker_slots(config.compute, n_folds))
    shares = [list(range(n_folds))[job::n_jobs] for job in range(n_jobs)]
    function = _predict_linear_folds if config.model.is_linear else _predict_folds
    jobs = [
        workers.Job(f"predict {share}", function, (config, plan, task_, share, rows))
        for share in shares
    ]
    by_fold: dict[int, Any] = {}
    for share, results in zip(
        shares, workers.run_jobs(jobs, config.compute, imports=_imports(config)), strict=True
    ):
        by_fold.update(zip(share, results, strict=True))
    outputs = [by_fold[fold][0] for fold in range(n_folds)]
    attention = [by_fold[fold][1] for fold in range(n_folds)]
    test_file = artefacts.hash_file(input_files(config)[1])
    with artefacts.new_folder(plan.predict, test_file=test_file) as folder:
        np.save(folder / "fold_outputs.npy", np.stack(outputs))
        np.save(folder / "outputs.npy", submission.mean_over_folds(outputs))
        if attention[0] is not None:
            np.save(folder / "attention_rows.npy", rows)
            for place, weights in enumerate(zip(*attention, strict=True)):
                np.save(
                    folder / f"attention_weights_{place + 1}.npy",
                    submission.mean_over_folds(weights),
                )
    logger.info("predict: %s test rows by %d models", f"{outputs[0].shape[0]:,}", n_folds)
    return plan


def submit(config: Config) -> Plan:
    """Write the submission, also under a name that says its score, and bring the leaderboard up to date."""
    plan = predict(config)
    write_submission(config, plan)
    return plan


def report(config: Config) -> Plan:
    """Write report.html."""
    plan = submit(config)
    write_report(config, plan)
    return plan


def write_submission(config: Config, plan: Plan) -> None:
    """Write the submission of a run that has predicted, and note it in the leaderboard."""
    path = plan.run / "submission.csv"
    sample = data_folder(config) / config.competition.sample_file
    made_by = artefacts.fingerprint(
        plan.predict.name,
        config.competition.submit,
        artefacts.hash_file(sample),
        ("tasks", "data/csv_files"),
    )
    if not artefacts.is_current(path, made_by):
        tables = tables_of(config)
        outputs = np.asarray(artefacts.read_array(plan.predict / "outputs.npy"))
        ids = tables.test[config.competition.id_column_of_test].tolist()
        frame = submission.make_submission(
            outputs,
            ids,
            tables.sample,
            read_task(plan),
            config.competition,
            thresholds=read_thresholds(plan),
        )
        named = f"{submission.score_in_name(read_scores(plan)['oof_score'])}_{plan.run.name}.csv"
        artefacts.write_csv(plan.run / named, frame)
        artefacts.write_csv(path, frame)
        artefacts.note_current(path, made_by)
    artefacts.write_csv(
        plan.competition / "leaderboard.csv", leaderboard(plan.competition / "runs")
    )
    point_latest(plan.run)


def write_report(config: Config, plan: Plan) -> None:
    """Write the report of a run that has predicted."""
    path = plan.run / "report.html"
    made_by = artefacts.fingerprint(
        plan.predict.name,
        section_values(config.report),
        ("report", "report/report.css", "pipeline/showing"),
    )
    if not artefacts.is_current(path, made_by):
        artefacts.write_text(path, render_report(report_data(config, plan)))
        artefacts.note_current(path, made_by)


def tell(plan: Plan) -> None:
    """Say how good a run is, and where everything is that it has so far."""
    scores = read_scores(plan)
    by_fold = ", ".join(f"{score:.4f}" for score in scores["fold_scores"])
    logger.info("oof %s: %.4f (folds %s)", scores["metric"], scores["oof_score"], by_fold)
    for name in ("submission.csv", "report.html", "metrics.json"):
        if (plan.run / name).exists():
            logger.info("%-12s %s", name.partition(".")[0] + ":", plan.run / name)


def _refuse_what_training_could_not_use(config: Config, plan: Plan) -> None:
    """Tell of mistakes in settings that no earlier stage depends on before the work rather than after it."""
    task_ = read_task(plan)
    submission.submission_columns(tables_of(config).sample, task_, config.competition)
    labels = artefacts.read_array(plan.prepare / "labels.npy")
    class_weights.class_weights(labels, task_, config.training.class_weights)
    if config.training.adversarial_epsilon and keras_backend() != "tensorflow":
        raise ConfigError(
            f"training.adversarial_epsilon is for TensorFlow, but KERAS_BACKEND={keras_backend()}; set it to 0"
        )
    if config.pseudo_labels.run:
        _check_pseudo_labels(config, plan, task_)


def _check_pseudo_labels(config: Config, plan: Plan, task_: Task) -> None:
    """Refuse an earlier run that does not fit, and say how many test rows it adds."""
    ids = tables_of(config).train[config.competition.id_column].to_numpy()
    hashes = hashes_of(config, plan)
    pseudo_labels.check_run(
        config.pseudo_labels,
        plan,
        task_,
        ids,
        labels_hash=hashes["labels"],
        test_hash=hashes["test_file"],
    )
    n_folds = artefacts.read_array(plan.folds / "folds.npy").max() + 1
    counts = [
        len(pseudo_labels.pseudo_labels(config.pseudo_labels, plan, task_, fold).rows)
        for fold in range(n_folds)
    ]
    hint = (
        ""
        if any(counts)
        else f"; no row has pseudo_labels.threshold={config.pseudo_labels.threshold}, lower it"
    )
    shown = ", ".join(f"{count:,}" for count in counts)
    logger.info("pseudo-labels: the folds also learn from %s test rows%s", shown, hint)


def _train_folds(config: Config, plan: Plan) -> None:
    """Train the folds that are not there yet, and gather their scores."""
    numbers = np.asarray(artefacts.read_array(plan.folds / "folds.npy"))
    task_, metric = read_task(plan), config.competition.metric
    truth = read_truth(config, plan)
    noted: dict[str, Any] = {"overrides": config.overrides, **hashes_of(config, plan)}
    with artefacts.new_folder(plan.run, unfinished=plan.unfinished_run, **noted) as folder:
        waiting = [
            fold
            for fold in range(numbers.max() + 1)
            if not artefacts.is_finished(folder / f"fold_{fold}")
        ]
        logger.info("train: %d of %d folds to train", len(waiting), numbers.max() + 1)
        function = _train_one_linear_fold if config.model.is_linear else _train_one_fold
        jobs = [
            workers.Job(f"fold {fold}", function, (config, plan, task_, truth, fold))
            for fold in waiting
        ]
        better = registry.greater_is_better(metric)
        tuned = config.thresholds.tuned and thresholds.is_tuned(metric, task_)
        shown = f"{metric} (at the fold's own best thresholds)" if tuned else metric
        with JobsProgress(shown, greater_is_better=better) as progress:
            workers.run_jobs(jobs, config.compute, imports=_imports(config), on_event=progress)
        write_scores(config, folder, task_, truth, numbers)


def _train_one_fold(*arguments: Any, progress: Any) -> None:
    # here, in the fold's own process: Keras takes seconds to import
    from regard.network.learner import train_one_fold

    train_one_fold(*arguments, progress=progress)


def _predict_folds(*arguments: Any, progress: Any) -> Any:
    from regard.network.learner import predict_folds  # see above

    return predict_folds(*arguments, progress=progress)


def _train_one_linear_fold(*arguments: Any, progress: Any) -> None:
    # its process imports what it needs, and so no Keras
    from regard.linear.learner import train_one_linear_fold

    train_one_linear_fold(*arguments, progress=progress)


def _predict_linear_folds(*arguments: Any, progress: Any) -> Any:
    from regard.linear.learner import predict_linear_folds  # see above

    return predict_linear_folds(*arguments, progress=progress)


def _imports(config: Config) -> str:
    """The module that a worker imports."""
    return _LINEAR_JOBS if config.model.is_linear else _JOBS


def _attention_rows(config: Config, n_test: int) -> np.ndarray:
    """The test texts that the report shows with their attention."""
    random = np.random.default_rng(derive_seed(config.seed, "attention_texts"))
    return np.sort(random.permutation(n_test)[: config.report.n_attention_texts])
