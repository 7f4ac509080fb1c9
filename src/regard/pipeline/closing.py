"""The last lines of a run: its time, its rank, the test score if known, and what to type next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from regard.config import page_options
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
    # By the clock if that is known: folds are trained side by side.
    by_clock = run.scores.get("training", {}).get("seconds")
    lines = [f"{_time(by_clock or run.scores['seconds_of_all_folds'])} of training"]
    if board is not None:
        lines[0] += f"; {rank_in_words(board, run.folder)}"
    if test_score := solution_line(run, solution_file(run.config)):
        lines.append(test_score)
    if with_next and board is not None:
        is_latest = (run.folder.parent.parent / "latest").resolve() == run.folder.resolve()
        command = next_command(run.config.competition, None if is_latest else run.folder)
        if run.config.competition.name not in page_options().get("competition", ()):
            # A frame of a notebook has no page: its run is opened by its folder.
            command = f'regard predict run="{run.folder}" input="new.csv"'
        lines.append(f"next: {command}")
    return lines


def _time(seconds: float) -> str:
    """Return a time in words.

    Example:
        0.9, 42, 312 -> "1 second", "42 seconds", "5.2 minutes"
    """
    if seconds >= 60:
        return f"{seconds / 60:.1f} minutes"
    return "1 second" if round(seconds) == 1 else f"{seconds:.0f} seconds"


def next_command(competition: CompetitionConfig, run: Path | None = None) -> str:
    """Return the command that usually follows a training.

    Args:
        competition: a competition on Kaggle gets an upload, or a bundle if it runs notebooks;
            others predict new texts.
        run: the folder of the run to name; None: the latest run, which needs no name.

    Example:
        'make upload COMPETITION=toxic MESSAGE="describe the change"'
    """
    named = {} if run is None else {"run": run.name}
    if competition.slug and competition.is_code:
        return shell_command("bundle", competition.name, **named)
    if competition.slug:
        return shell_command("upload", competition.name, **named, message="describe the change")
    return shell_command("predict", competition.name, **named, input="new.csv")
