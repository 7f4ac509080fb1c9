"""What the stages read: a competition's files, and what earlier stages have left."""

import functools
import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from regard import artefacts, tasks
from regard.config import CompetitionConfig, Config, section_values
from regard.data import csv_files, shipped
from regard.errors import DataError
from regard.runs.planning import Plan
from regard.tasks import class_weights

logger = logging.getLogger(__name__)

_TOLD: set[tuple[str, Path]] = set()  # stages that ask for one another tell of each folder once


def read_task(plan: Plan) -> tasks.Task:
    """Read what is predicted, as `prepare` found it."""
    return tasks.task_from(artefacts.read_json(plan.prepare / "task.json"))


def read_vocabulary(plan: Plan) -> list[str]:
    """Read the tokens by id."""
    return (plan.prepare / "vocabulary.txt").read_text(encoding="utf-8").split("\n")[:-1]


def read_scores(plan: Plan) -> dict[str, Any]:
    """Read metrics.json of a finished run."""
    scores: dict[str, Any] = artefacts.read_json(plan.run / "metrics.json")
    return scores


def read_thresholds(plan: Plan) -> np.ndarray | None:
    """Read the tuned thresholds of a finished run, as `tasks.decide` takes them; None if none were tuned."""
    found = read_scores(plan)["thresholds"]
    return None if found is None else np.asarray(found["all_rows"])


def read_truth(config: Config, plan: Plan) -> tasks.Targets:
    """Return what predictions are scored against."""
    labels = np.asarray(artefacts.read_array(plan.prepare / "labels.npy"))
    weights = class_weights.prior_weights(labels, config.prior)
    subgroups = None
    if config.competition.subgroup_columns:
        cells = tables_of(config).train[config.competition.subgroup_columns]
        # an empty cell is in no subgroup
        subgroups = cells.apply(pd.to_numeric, errors="coerce").to_numpy() >= 0.5
    return tasks.Targets(
        labels, None if weights is None else class_weights.row_weights(labels, weights), subgroups
    )


def hashes_of(config: Config, plan: Plan) -> dict[str, str]:
    """Return what a run notes of its labels and test file: runs can only be blended if they share both."""
    test = data_folder(config) / config.competition.test_file
    return {
        "labels": artefacts.hash_file(plan.prepare / "labels.npy"),
        "test_file": artefacts.hash_file(test),
    }


def ensure_data(config: Config) -> None:
    """Write the files of a shipped data set where its folder has none: what is there is the user's."""
    folder = data_folder(config)
    if folder.exists() and any(folder.iterdir()):
        return
    if not config.competition.source:
        name, slug = config.competition.name, config.competition.slug
        way = (
            f"make download COMPETITION={name} gets them from Kaggle"
            if slug
            else "data/README.md says how to get them"
        )
        raise DataError(f"{folder} has no files; {way}")
    with artefacts.new_folder(folder, source=config.competition.source) as place:
        for name, frame in shipped.shipped(config.competition.source).items():
            artefacts.write_csv(place / f"{name}.csv", frame)
    logger.info(
        "data: %s written from the package %s", folder, config.competition.source.partition(":")[2]
    )


def is_done(stage: str, folder: Path) -> bool:
    """Return whether a stage has left its folder, and tell of it once."""
    done = artefacts.is_finished(folder)
    if (stage, folder) not in _TOLD:
        logger.info("%s: %s%s", stage, folder, " is there already" if done else "")
    _TOLD.add((stage, folder))
    return done


def data_folder(config: Config) -> Path:
    """Return the folder of the competition's files."""
    return Path(config.data_dir) / config.competition.name


def tables_of(config: Config) -> csv_files.Tables:
    """Return the CSV files, read once however many stages ask for them."""
    folder, competition = data_folder(config), config.competition
    names = (competition.train_file, competition.test_file, competition.sample_file)
    hashes = tuple(artefacts.hash_file(folder / name) for name in names if (folder / name).exists())
    return _read_tables(json.dumps(section_values(competition)), folder, hashes)


def input_files(config: Config) -> list[Path]:
    """Return the files that decide what `prepare` makes; the sample only decides the submission."""
    return [
        data_folder(config) / name
        for name in (config.competition.train_file, config.competition.test_file)
    ]


@functools.lru_cache(maxsize=1)
def _read_tables(competition: str, folder: Path, hashes: tuple[str, ...]) -> csv_files.Tables:
    (values,) = json.loads(competition)
    return csv_files.read_tables(CompetitionConfig(**values), folder)
