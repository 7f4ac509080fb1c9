"""The last lines of a run: its time, its rank, the test score if known, and what to type next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from regard.errors import shell_command
from regard.pipeline.solution import solution_file, solution_line
from regard.runs.board_text import rank_in_words

if TYPE_CHECKING:
    import pandas as pd

    from regard.config import CompetitionConfig
    from regard.runs.run import Run


def closing_lines(run: Run, board: pd.DataFrame | None, *, with_next: bool = True) -> list[str]:
    """Return the lines that end a command which made a run.

    Args:
        run: a finished run.
        board: the leaderboard; None for a run that is in none.
        with_next: whether to name the next command; not in the middle of several runs.

    Example:
        "5.2 minutes of training; 2nd of 7 runs by accuracy"
        'next: make upload COMPETITION=toxic MESSAGE="describe the change"'
    """
    seconds = run.scores["seconds_of_all_folds"]
    time = f"{seconds:.0f} seconds" if seconds < 60 else f"{seconds / 60:.1f} minutes"
    rank = "" if board is None else f"; {rank_in_words(board, run.folder)}"
    lines = [f"{time} of training{rank}"]
    if test_score := solution_line(run, solution_file(run.config)):
        lines.append(test_score)
    if with_next:
        lines.append(f"next: {next_command(run.config.competition)}")
    return lines


def next_command(competition: CompetitionConfig, run: Path | None = None) -> str:
    """Return the command that usually follows a training.

    Args:
        competition: a competition on Kaggle gets an upload; others predict new texts.
        run: the folder of the run to name; None: the latest run, which needs no name.

    Example:
        'make upload COMPETITION=toxic MESSAGE="describe the change"'
    """
    named = {} if run is None else {"run": run.name}
    if competition.slug:
        return shell_command("upload", competition.name, **named, message="describe the change")
    return shell_command("predict", competition.name, **named, input="new.csv")
