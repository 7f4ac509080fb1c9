"""The first submission of a command with a budget: by a linear model, as cheap as it must be."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from regard.artefacts import is_finished, new_folder
from regard.config import LinearConfig, compose_settings
from regard.data.byte_streams import ByteSource
from regard.data.tables import file_names
from regard.data.whole_files import read_whole
from regard.linear.learner import seconds_to_fit
from regard.parallel import workers
from regard.pipeline.runner import Session, make
from regard.text import tokenize

if TYPE_CHECKING:
    from regard.config import Config, ModelConfig
    from regard.pipeline.budget.clock import Clock
    from regard.runs.run import Run

_PAGE = "tfidf_linear"
_SAMPLE_ROWS = 500
_SAMPLE_BYTES = 2**18
# Reading, cleaning, indexing and storing a file takes so many times as long as its tokens.
_READING_FACTOR = 4.0
# A text file takes about so many times as many bytes as when it is packed.
_UNPACKED_FACTOR = 3.0
# A fit of more rows takes more steps.
_FIT_FACTOR = 1.5
_FEWEST_ROWS = 1000
# Of each label, so many rows are kept in a part of the train file, as far as there are.
_ROWS_PER_LABEL = 20


def make_first(config: Config, clock: Clock, session: Session, *, share: float) -> Run | None:
    """Make a submission by a linear model of n-grams, in a share of the time that is left.

    Args:
        config: the settings of the command.
        clock: its time.
        session: the command.
        share: of the time that is left.

    Returns:
        The run with its submission; None if even a few rows took too long.
    """
    allowed = share * clock.left
    n_rows = rows_in_time(config, allowed)
    if n_rows is None:
        # The alarm rings later than planned, but leaves time for the second attempt.
        made = clock.attempt(
            lambda: _make(config, allowed, clock, session),
            "the fast model on all rows",
            reserve=0.4 * clock.left,
        )
        if made is not None:
            return made
        n_rows = _FEWEST_ROWS
    clock.cut(f"the first model reads {n_rows:,} train rows")

    def make_of_some() -> Run | None:
        return _make(some_rows(config, n_rows), allowed, clock, session, is_last=True)

    return clock.attempt(make_of_some, "the fast model")


def page_model() -> ModelConfig:
    """Return the settings of the fast model, as its page gives them."""
    return compose_settings([f"model={_PAGE}"], {}).model


def target_of(config: Config) -> str:
    """Return the last stage to make before the report."""
    return "submit" if config.competition.has_test else "train"


def quicker_models(model: LinearConfig) -> Iterator[LinearConfig]:
    """Yield the settings of a linear model, then cheaper ones: one C, then no characters."""
    yield model
    middle = sorted(model.C)[len(model.C) // 2]
    quick = dataclasses.replace(model, name=f"{model.name}_quick", C=[middle], ngram_weights=[1.0])
    if len(model.C) > 1:
        yield quick
    if model.characters:
        yield dataclasses.replace(quick, characters=False)


def forecast(
    model: LinearConfig, sample: tuple[float, float], growth: float, n_folds: int
) -> float:
    """Return the expected seconds of a run from those of a sample of its rows.

    Args:
        model: of several C, a fold fits each to a part of its rows, and the best one to all.
        sample: the seconds of counting the n-grams of the sample, and of a fit with a single C.
        growth: how many times as many rows the train file has.
        n_folds: the folds, which share the counts.

    Example:
        0.1 and 0.2 seconds, 10 times as many rows, 5 folds, 3 C
        -> 1.5 * 10 * (0.1 + 5 * 0.2 * (3 * 0.8 + 1)) = 52.5
    """
    n_fits = 1.0 if len(model.C) == 1 else 0.8 * len(model.C) + 1
    counting, fitting = sample
    return _FIT_FACTOR * growth * (counting + n_folds * n_fits * fitting)


def rows_in_time(config: Config, seconds: float) -> int | None:
    """Return the number of train rows that can be read in time; None for all of them."""
    names = file_names(config.competition)
    paths = [config.competition_dir / name for part in names.values() for name in part]
    n_bytes = sum(path.stat().st_size for path in paths if path.exists())
    train = paths[: len(names["train"])]
    if n_bytes <= _SAMPLE_BYTES or not all(path.exists() for path in train):
        return None
    with contextlib.closing(ByteSource(train[0])) as source:
        encoding = config.competition.dialect("train").encoding
        text = source.content.read(_SAMPLE_BYTES).decode(encoding, errors="ignore")
        growth = _UNPACKED_FACTOR if source.is_packed else 1.0
    started = time.perf_counter()
    for line in text.splitlines():
        tokenize(line, config.text.cleaning)
    rate = (time.perf_counter() - started) / _SAMPLE_BYTES
    needed = _READING_FACTOR * rate * n_bytes * growth
    if needed <= seconds / 2:
        return None
    n_train_bytes = growth * sum(path.stat().st_size for path in train)
    n_lines = max(text.count("\n"), 1) * n_train_bytes / _SAMPLE_BYTES
    return max(int(n_lines * seconds / 4 / needed), _FEWEST_ROWS)


def some_rows(config: Config, n_rows: int) -> Config:
    """Return settings that read a part of the train rows, and all test rows.

    The part is drawn by the seed of the run, with some rows of every label.
    """
    competition = config.competition
    source = config.competition_dir
    key = hashlib.blake2b(
        f"{source.resolve()} {config.seed} {n_rows}".encode(), digest_size=6
    ).hexdigest()
    home = Path(config.output_dir) / competition.name / "budget" / f"{n_rows}-{key}"
    if not is_finished(home / competition.name):
        train = _all_rows(config)
        with new_folder(home / competition.name) as folder:
            kept = train.iloc[_drawn_rows(train, competition.label_columns, n_rows, config.seed)]
            # Parquet is read whatever the dialect of the CSV files and the name of the file.
            kept.to_parquet(folder / competition.train_files[0], index=False)
            parts = file_names(competition).items()
            names = [name for part, (name, *_) in parts if part != "train"]
            for name in [*names, *competition.joined_files]:
                (folder / name).symlink_to((source / name).resolve())
    text = dataclasses.replace(config.text, use_test=False)
    if len(competition.train_files) > 1:
        competition = dataclasses.replace(competition, train_file=competition.train_files[0])
    return dataclasses.replace(config, data_dir=str(home), text=text, competition=competition)


def _all_rows(config: Config) -> pd.DataFrame:
    """Return the rows of all train files."""
    competition = config.competition
    frames = [
        read_whole(config.competition_dir / name, competition.dialect("train")).frame
        for name in competition.train_files
    ]
    return pd.concat(frames, ignore_index=True)


def _drawn_rows(train: pd.DataFrame, labels: list[str], n_rows: int, seed: int) -> np.ndarray:
    """Draw rows, and with them some of every label."""
    order = np.random.default_rng(seed).permutation(len(train))
    chosen = set(order[:n_rows].tolist())
    known = [column for column in labels if column in train]
    if known:
        ranks = train.iloc[order].groupby(known, sort=False).cumcount().to_numpy()
        chosen |= set(order[ranks < _ROWS_PER_LABEL][: 2 * n_rows].tolist())
    return np.sort(np.array(list(chosen), np.int64))


def _make(
    config: Config, allowed: float, clock: Clock, session: Session, *, is_last: bool = False
) -> Run | None:
    """Make the run of the best linear model that takes no longer than allowed.

    The cheapest one may take longer, up to half of the time that is left; the last attempt may take
    all of it.

    Returns:
        None if even the cheapest one would take longer.
    """
    started = time.monotonic()
    page = page_model()
    base = dataclasses.replace(
        config,
        name=page.name,
        model=page,
        members={},
        pseudo_labels=dataclasses.replace(config.pseudo_labels, run=None),
        overrides=[*config.overrides, "(the fast model of its budget)"],
    )
    run = make(base, "folds", session)
    left = allowed - (time.monotonic() - started)
    model = model_in_time(run, cast("LinearConfig", page), left)
    if model is None:
        *_, cheapest = quicker_models(cast("LinearConfig", page))
        if not is_last and _expected(run, cheapest) > clock.left / 2:
            return None
        model = cheapest
    return make_linear(base, model, clock, session)


def make_linear(config: Config, model: LinearConfig, clock: Clock, session: Session) -> Run:
    """Make the run of a linear model in this process, and note how much cheaper it is.

    Args:
        config: the settings of the model, uncut.
        model: the settings that fit into the time.
        clock: the time of the command.
        session: the command.
    """
    if model is not config.model:
        clock.cut(f"{config.name}: one C" + ("" if model.characters else ", words only"))
        config = dataclasses.replace(config, name=model.name, model=model)
    with workers.in_this_process(), one_thread():
        return make(config, target_of(config), session)


def model_in_time(run: Run, model: LinearConfig, seconds: float) -> LinearConfig | None:
    """Return the first of `quicker_models` whose forecast is short enough; None if none is."""
    for quicker in quicker_models(model):
        if _expected(run, quicker) <= seconds:
            return quicker
    return None


def _expected(run: Run, model: LinearConfig) -> float:
    """Return the expected seconds of the run of a model."""
    growth = max(len(run.labels) / _SAMPLE_ROWS, 1.0)
    return forecast(model, _measured(run, model), growth, len(run.chosen_folds))


def _measured(run: Run, model: LinearConfig) -> tuple[float, float]:
    """Return the seconds of counting and of a fit with a single C, for a sample of rows."""
    whole = run.config
    run.config = dataclasses.replace(whole, model=dataclasses.replace(model, C=model.C[:1]))
    try:
        with one_thread():
            return seconds_to_fit(run, min(_SAMPLE_ROWS, len(run.labels)))
    finally:
        run.config = whole


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Compute in one thread: on cores that are busy, threads that wait for each other are slow."""
    import sklearn.linear_model  # noqa: F401  # before the limit, which counts for what is loaded
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1):
        yield
