"""The end of a sweep: its runs as a table, the rank of the best one, and what to type next."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import pandas as pd

from regard.pipeline.closing import next_command
from regard.pipeline.opening import load
from regard.runs.board_text import board_lines, rank_in_words, terminal_width
from regard.runs.leaderboard import leaderboard
from regard.runs.sweeps import SweptRun, read_notes, swept_settings

_log = logging.getLogger(__name__)


def log_sweep(notes: Path) -> None:
    """Log the table of a sweep; nothing if no job has made a run.

    Args:
        notes: the file of `sweep_notes`.
    """
    # Two jobs may make the same run, as with settings that its model does not read.
    swept = list({run.folder: run for run in read_notes(notes)}.values())
    swept.sort(key=lambda run: run.folder)
    for home, runs in groupby(swept, key=lambda run: run.folder.parent.parent):
        for line in sweep_lines(home, list(runs)):
            _log.info("%s", line)


def sweep_lines(home: Path, swept: Sequence[SweptRun]) -> list[str]:
    """Return the table of a sweep's runs of one competition, and a line on the best of them.

    Args:
        home: the folder of the competition's artefacts.
        swept: the runs.
    """
    board = leaderboard(home / "runs")
    settings = swept_settings(swept)
    rows = board if board.empty else board[board["run"].isin(settings)]
    if rows.empty:
        return []
    rows = rows.assign(swept_settings=rows["run"].map(settings))
    best = home / "runs" / str(rows["run"].iloc[0])
    width = terminal_width()
    runs = "run" if len(rows) == 1 else "runs"
    return [
        f"sweep: {len(rows)} {runs} of {home.name}",
        *board_lines(pd.DataFrame(rows), last="swept_settings", width=width),
        f"best of the sweep: {best.name}, {rank_in_words(board, best)}",
        f"next: {next_command(load(best).config.competition, best)}",
    ]
