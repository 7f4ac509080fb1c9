"""The command leaderboard: the finished runs of a competition as a table."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from regard.errors import ArtefactError, ConfigError, shell_command
from regard.pipeline.opening import load
from regard.pipeline.solution import note_test_score, solution_file
from regard.runs.board_text import board_lines, terminal_width
from regard.runs.finding import finished_runs
from regard.runs.leaderboard import update_leaderboard

if TYPE_CHECKING:
    from regard.config import Config

_log = logging.getLogger(__name__)


def show_leaderboard(config: Config) -> None:
    """Log the leaderboard of a competition and bring its files up to date.

    Raises:
        ConfigError: there is no finished run.
    """
    home = Path(config.output_dir) / config.competition.name
    note_test_scores(config, home / "runs")
    board = update_leaderboard(home) if home.is_dir() else None
    if board is None or board.empty:
        command = shell_command("train", config.competition.name)
        raise ConfigError(f"{home} has no finished run; first run: {command}")
    for line in board_lines(board, width=terminal_width()):
        _log.info("%s", line)
    _log.info("all columns: %s; as a page: leaderboard.html", home / "leaderboard.csv")


def note_test_scores(config: Config, runs: Path) -> None:
    """Note the test score of every finished run that has a submission and no current note."""
    solution = solution_file(config)
    for folder in finished_runs(runs) if solution.is_file() else ():
        try:
            note_test_score(load(folder), solution)
        except (ArtefactError, ConfigError):
            continue  # broken or of another version: the leaderboard names such runs
