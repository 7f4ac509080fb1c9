"""Predict the rows of a file by a finished run, in constant memory."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import sys
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import pandas as pd

from regard.artefacts import (
    MANIFEST,
    fingerprint,
    hash_file,
    is_finished,
    new_file,
    note_current,
    noted,
    read_json,
    write_csv,
)
from regard.config import ROW_NUMBERS, Dialect
from regard.config.checks import choice
from regard.data.csv_records import SEPARATORS
from regard.data.joining import digest_with_joins
from regard.data.packing import SUFFIXES
from regard.data.preprocessor import Unknown
from regard.data.row_files import RowFile
from regard.errors import ConfigError
from regard.parallel import workers
from regard.parallel.display import current, update
from regard.parallel.pipes import to_nowhere
from regard.runs.forms import FORMS, in_form
from regard.runs.predicting import ROWS_PER_BLOCK, Predicted, predict_block

if TYPE_CHECKING:
    from regard.config import CompetitionConfig
    from regard.runs.run import Run

_log = logging.getLogger(__name__)

STANDARD = "-"  # standard input or output


def predict_file(run: Run, source: str, output: str = "", form: str = "submission") -> str:
    """Predict the rows of a file, and write the predictions as CSV.

    Rows are read, predicted and written block by block, by the same blocks as the test file: its
    predictions are those of submission.csv, byte for byte.

    Args:
        run: a finished run.
        source: a CSV, TSV, JSONL or Parquet file, packed or not; "-" is standard input.
        output: the file to write; "-" is standard output. By default
            `<output_dir>/<competition>/predictions/<run>-<name of the source>.csv`, and with some
            letters more if that file holds the predictions of another source of this name.
        form: see `Run.predict`.

    Returns:
        The file that was written.

    Raises:
        ConfigError: there is no such form, or the output is not a CSV file, or the source itself.
        DataError: a row is broken, or a column is missing; nothing is written.
    """
    choice("form", form, tuple(FORMS))
    competition = run.config.competition
    target = output or str(_default_output(run, source))
    if target != STANDARD:
        _check_target(Path(target), source)
    with RowFile(source, _dialect(competition)) as rows:
        completed = _completed(run, rows, source)
        blocks = _predictions(run, completed, rows, source, form)
        if target == STANDARD:
            _write_to_reader(blocks)
            return target
        with current().step("predict"), new_file(Path(target)) as temporary:
            with temporary.open("w", encoding="utf-8", newline="") as file:
                _write_blocks(file, blocks)
            if form == "submission" and _hash_of(rows, source, competition) in _test_hashes(run):
                _in_order_of_submission(run, temporary)
    if not output:
        note_current(Path(target), _source_name(source))
    _log.info("predictions: %s", target)
    return target


def _dialect(competition: CompetitionConfig) -> Dialect:
    """Return how new rows are written: as the test file, but with the separator of their header."""
    dialect = competition.dialect("test" if competition.has_test else "train")
    is_usual = dialect.separator in (*SEPARATORS, "\\t")
    return dataclasses.replace(dialect, separator=None) if is_usual else dialect


def _check_target(target: Path, source: str) -> None:
    """Refuse an output that is no CSV file, or that would replace a folder or the source.

    Raises:
        ConfigError: it is one of them.
    """
    if target.is_dir():
        raise ConfigError(f"output={target} is a folder; name a file, such as {target / 'new.csv'}")
    if target.suffix not in (".csv", ""):
        raise ConfigError(f"output={target}: predictions are written as CSV; end the name in .csv")
    both_exist = source != STANDARD and target.exists() and Path(source).exists()
    if both_exist and target.samefile(source):
        raise ConfigError(
            f"output={target} is the file of the rows, which it would replace; name another one"
        )


def _completed(run: Run, rows: RowFile, source: str) -> Iterator[pd.DataFrame]:
    """Yield the rows in blocks, with the columns of joined files that they lack.

    Joined files that lie next to the rows come before those that the run has read.

    Raises:
        DataError: a column is missing, or the joined files lack a key.
    """
    table = run.joined
    columns = run.input_columns
    if table is not None:
        if source != STANDARD:
            table = table.with_files(run.config.competition, Path(source).parent)
        columns = table.columns_to_give(columns, rows.columns)
    rows.need_columns(columns)
    ids = run.config.competition.id_column_of_test
    names = list(dict.fromkeys([*columns, *([ids] if ids in rows.columns else [])]))
    return (
        frame if table is None else table.complete(frame, run.input_columns, source)
        for frame in rows.blocks(ROWS_PER_BLOCK, names)
    )


def _predictions(
    run: Run, completed: Iterator[pd.DataFrame], rows: RowFile, source: str, form: str
) -> Iterator[pd.DataFrame]:
    """Yield the predictions of each block, and log the share of unknown words at the end."""
    ids = run.config.competition.id_column_of_test
    if ids not in (*rows.columns, ROW_NUMBERS) and form == "submission":
        _log.warning("%s has no column %r; its rows are numbered from 0", source, ids)
    waiting: list[pd.DataFrame] = []

    def jobs() -> Iterator[workers.Job]:
        for frame in completed:
            waiting.append(frame)
            arguments = (run, run.config.predict.models, frame[run.input_columns], source)
            yield workers.Job("predict", predict_block, arguments)

    started = time.perf_counter()
    n_rows = 0
    unknown = Unknown(0, 0)
    results: Iterator[Predicted] = workers.stream_jobs(
        jobs(), run.config.compute, imports=run.learner.preload
    )
    for outputs, found in results:
        frame = waiting.pop(0)
        frame.index = pd.RangeIndex(n_rows, n_rows + len(frame))
        n_rows += len(frame)
        share = rows.share_read()
        update(share or 0.0, 0 if share is None else 1, f"{n_rows:,} rows")
        unknown = Unknown(unknown.tokens + found.tokens, unknown.of + found.of)
        yield in_form(form, outputs, frame, run)
    seconds = time.perf_counter() - started
    speed = f", {n_rows / seconds:,.0f} a second" if n_rows > seconds else ""
    rows_in_words = "1 row" if n_rows == 1 else f"{n_rows:,} rows"
    _log.info("%s in %.1f seconds%s", rows_in_words, seconds, speed)
    if unknown.of:
        share = 100 * unknown.tokens / unknown.of
        _log.info("%.2f %% of their words are not in the vocabulary of the run", share)


def _write_blocks(file: TextIO, blocks: Iterator[pd.DataFrame]) -> None:
    for text in _as_csv(blocks):
        file.write(text)


def _write_to_reader(blocks: Iterator[pd.DataFrame]) -> None:
    """Write to standard output, until its reader has gone, as in `| head`."""
    with contextlib.closing(_as_csv(blocks)) as texts:
        for text in texts:
            try:
                sys.stdout.write(text)
                sys.stdout.flush()
            except BrokenPipeError:
                to_nowhere(sys.stdout)
                return


def _as_csv(blocks: Iterator[pd.DataFrame]) -> Generator[str]:
    for number, block in enumerate(blocks):
        yield block.to_csv(index=False, lineterminator="\n", header=number == 0)


def _hash_of(rows: RowFile, source: str, competition: CompetitionConfig) -> str | None:
    """Return the hash by which runs know a file: that of the files next to it that are joined, too.

    None for standard input, and if such a file is missing.
    """
    paths = {name: Path(source).with_name(name) for name in competition.joined_files}
    if rows.digest is None or not all(path.is_file() for path in paths.values()):
        return None
    return digest_with_joins(rows.digest, competition, lambda name: hash_file(paths[name]))


def _test_hashes(run: Run) -> set[str]:
    """Return the hashes of the test files that the run has predicted."""
    folders = [folder for folder in (run.folder / "predict").glob("[!.]*") if is_finished(folder)]
    return {str(read_json(folder / MANIFEST)["test_file"]) for folder in folders}


def _in_order_of_submission(run: Run, path: Path) -> None:
    """Put the predictions of the test file into the order of the sample, as submission.csv is."""
    numbers_rows = run.config.competition.numbers_test_rows
    if numbers_rows or not (run.folder / "submission.csv").exists():
        return
    ids = run.submission[run.config.competition.id_column_of_test]
    found = pd.read_csv(path, dtype=str, keep_default_na=False)
    by_id = found.set_index(found.columns[found.columns.get_loc(ids.name)], drop=False)
    if set(by_id.index) == set(ids):
        write_csv(path, by_id.loc[ids])


def _default_output(run: Run, source: str) -> Path:
    if source == STANDARD:
        return Path(STANDARD)
    # new.csv.gz and new.jsonl become new.csv
    name = Path(source).name
    packed = next((suffix for suffix in SUFFIXES if name.endswith(suffix)), "")
    stem = name.removesuffix(packed).rpartition(".")[0] or name.removesuffix(packed)
    folder = Path(run.config.output_dir) / run.config.competition.name / "predictions"
    path = folder / f"{run.name}-{stem}.csv"
    # a/new.csv and b/new.csv would replace the predictions of each other.
    if noted(path) in (None, _source_name(source)):
        return path
    return path.with_stem(f"{path.stem}-{fingerprint(_source_name(source))[:6]}")


def _source_name(source: str) -> str:
    return str(Path(source).resolve())
