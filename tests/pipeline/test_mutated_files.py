"""Any damage to the three files ends in a submission that fits the sample, or in one line.

`MUTATIONS=5000 pytest tests/pipeline/test_mutated_files.py` tries 5,000 competitions.
"""

import contextlib
import dataclasses
import signal
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.cases import CONF, compose_config
from helpers.mutations import COMPETITIONS, many, mutated, mutations
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from regard.cli import one_line_errors
from regard.competitions.check import check
from regard.competitions.discovery import new_page
from regard.config import ROW_NUMBERS, CompetitionConfig, Config
from regard.errors import mistake_line
from regard.pipeline.runner import make
from regard.tasks.submission import make_submission

pytestmark = pytest.mark.slow

LONGEST = 60  # seconds for one competition, after which it hangs


def config_of(page: Path, folder: Path) -> Config:
    """Return the settings of a competition, as a command composes them."""
    base = OmegaConf.load(CONF / "competition" / "base.yaml")
    own = OmegaConf.load(page)
    values = OmegaConf.to_container(OmegaConf.merge(base, own), resolve=True)
    values.pop("defaults", None)
    config = compose_config("competition=bbc_news", "folds.n_folds=2", "model=tfidf_linear")
    return dataclasses.replace(
        config,
        competition=CompetitionConfig(**values),
        data_dir=str(folder / "data"),
        output_dir=str(folder / "outputs"),
    )


def submit(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, CompetitionConfig]:
    """Go from files to a submission, as `make new check train` does, with the outputs made up.

    Returns:
        The submission, the sample, and the settings of the competition.
    """
    page = new_page("x", folder / "data", folder / "conf", shipped_dir=CONF)
    config = config_of(page, folder)
    check(config)
    run = make(config, "folds")
    ideal = run.task.ideal_outputs(run.labels)
    outputs = np.tile(ideal.mean(axis=0), (len(run.test_ids), 1)).astype(np.float32)
    sample = run.table("sample")
    submission = make_submission(
        outputs, run.test_ids.tolist(), sample, run.task, config.competition
    )
    return submission, sample, config.competition


@contextlib.contextmanager
def time_limit(seconds: int):
    def stop(number, frame):
        raise TimeoutError(f"no end after {seconds} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@given(name=st.sampled_from(sorted(COMPETITIONS)), changes=mutations)
@many(200)
def test_damaged_files_end_in_a_submission_or_in_one_line(name, changes):
    files = mutated(COMPETITIONS[name], changes)
    mistakes = []
    with tempfile.TemporaryDirectory() as temporary, time_limit(LONGEST):
        folder = Path(temporary)
        (folder / "data" / "x").mkdir(parents=True)
        for file, content in files.items():
            (folder / "data" / "x" / file).write_bytes(content)
        with one_line_errors(mistakes):
            submission, sample, competition = submit(folder)
    if mistakes:
        assert len(mistake_line(mistakes[0]).splitlines()) == 1
        return
    if ROW_NUMBERS in sample:  # no submission has them
        assert list(submission.columns) == list(sample.columns.drop(ROW_NUMBERS))
        assert len(submission) == len(sample)
        return
    assert list(submission.columns) == list(sample.columns)
    ids = competition.id_column_of_test
    assert submission[ids].tolist() == sample[ids].tolist()
    assert len(submission)
    values = submission.drop(columns=ids)
    if competition.submit != "labels":
        assert np.isfinite(values.to_numpy(dtype=float)).all()
    assert not values.isna().to_numpy().any()


@pytest.mark.parametrize("name", sorted(COMPETITIONS))
def test_files_without_damage_give_a_submission(name, tmp_path):
    (tmp_path / "data" / "x").mkdir(parents=True)
    for file, content in COMPETITIONS[name].items():
        (tmp_path / "data" / "x" / file).write_bytes(content)
    submission, sample, _ = submit(tmp_path)
    assert list(submission.columns) == list(sample.columns)
    assert submission["id"].tolist() == sample["id"].tolist()
