"""The log of a search: a line for each trial as it ends, and what to type next."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regard.errors import shell_command
from regard.parallel.forecast import in_words
from regard.pipeline.tuning.space import is_of_search, typed
from regard.runs.board_text import terminal_width

if TYPE_CHECKING:
    from regard.config import Config
    from regard.pipeline.tuning.study import Progress

_COLUMNS = {"trial": 5, "result": 8, "score": 9, "best": 9, "folds": 5, "minutes": 7, "left": 12}
# Words of a command line that belong to no page of settings: the next command repeats them.
_OF_PLACE = ("competition.", "compute.", "compute=", "data_dir=", "output_dir=", "tracking")


def short_names(keys: Sequence[str]) -> dict[str, str]:
    """Return the ends of settings' names that no other one shares.

    Example:
        ["model.rnn.units", "model.head.units", "seed"] -> "rnn.units", "head.units", "seed"
    """
    short = {}
    for key in keys:
        parts = key.split(".")
        for n_parts in range(1, len(parts) + 1):
            name = ".".join(parts[-n_parts:])
            if not any(f".{other}".endswith(f".{name}") for other in keys if other != key):
                break
        short[key] = name
    return short


def header(metric: str) -> str:
    """Return the first line of the table of trials."""
    cells = [title if title != "score" else metric[:9] for title in _COLUMNS]
    return _row([*cells, "settings"])


def trial_line(trial: Progress, best: Progress | None, left: str) -> str:
    """Return the line of a trial that has ended.

    Args:
        trial: the trial.
        best: the best one so far; None if none is complete.
        left: the rest of the budget.

    Example:
        "    3  pruned      0.9123     0.9412      1      0.4   12 minutes  units=96 dropout=0.31"
    """
    scores = trial.notes.get("fold_scores", ())
    settings = trial.notes.get("settings", {})
    names = short_names(list(settings))
    words = [f"{names[key]}={value}" for key, value in settings.items()] or ["(the defaults)"]
    if trial.result == "failed":
        words = [str(trial.notes.get("reason", ""))]
    line = _row(
        [
            str(trial.number),
            trial.result,
            "" if math.isnan(trial.score) else f"{trial.score:.4f}",
            "" if best is None else f"{best.score:.4f}",
            str(len(scores)),
            f"{trial.notes.get('seconds', 0.0) / 60:.1f}",
            left,
            " ".join(words),
        ]
    )
    width = terminal_width()
    return line if width is None or len(line) <= width else f"{line[: width - 2].rstrip()}.."


def budget_left(config: Config, end: float, n_trials: int) -> str:
    """Return what is left of the budget in words.

    Args:
        config: the settings of the budget.
        end: the end of the time, by `time.monotonic`; infinite without a limit.
        n_trials: the trials that were begun.
    """
    most = config.tune.trials
    seconds = end - time.monotonic()
    if math.isinf(seconds):
        return f"{max((most or 0) - n_trials, 0)} trials"
    return "no time" if seconds <= 0 else in_words(seconds)


def closing_lines(
    config: Config, trials: Sequence[Progress], best: Progress | None, files: Mapping[str, Path]
) -> list[str]:
    """Return the lines that end a search.

    Args:
        config: the settings of the command.
        trials: all trials of the study.
        best: the best one; None if none is complete.
        files: what was written, by its kind; the page of settings is `"page"`.
    """
    counts = {
        result: sum(trial.result == result for trial in trials)
        for result in ("complete", "pruned", "failed", "unfinished")
    }
    shown = ", ".join(f"{count} {result}" for result, count in counts.items() if count)
    name = config.tune.study
    if best is None:
        return [
            f"tune: {len(trials)} trials of {name} ({shown or 'none'}), none complete in this "
            "time; the same command continues, and a greater tune.minutes reaches further"
        ]
    lines = [f"tune: {len(trials)} trials of {name} ({shown})", best_line(config, trials, best)]
    lines += [f"{kind + ':':7} {path}" for kind, path in files.items()]
    return [*lines, f"next: {next_command(config, files['page'].stem)}"]


def best_line(config: Config, trials: Sequence[Progress], best: Progress) -> str:
    """Return the score of the best trial, and how it compares with the defaults.

    Example:
        "best accuracy 0.9412 (trial 17), +0.0113 to the defaults, better in 4 of 5 folds; the best
        of several looks a little better than it is"
    """
    metric = config.competition.metric
    line = f"best {metric} {best.score:.4f} (trial {best.number})"
    first = next((trial for trial in trials if trial.number == 0), None)
    if best.number == 0 or first is None or first.result != "complete":
        return f"{line}: the defaults; no other trial was better" if best.number == 0 else line
    n_better, n_folds = folds_better(first, best)
    return (
        f"{line}, {best.score - first.score:+.4f} to the defaults, better in {n_better} of "
        f"{n_folds} folds; the best of several looks a little better than it is"
    )


def folds_better(first: Progress, best: Progress) -> tuple[int, int]:
    """Return in how many folds a trial is better than another one, and the number of folds.

    The scores of all folds together decide which way is better.
    """
    pairs = list(zip(first.notes["fold_scores"], best.notes["fold_scores"], strict=False))
    sign = 1 if best.score >= first.score else -1
    return sum(sign * (after - before) > 0 for before, after in pairs), len(pairs)


def next_command(config: Config, page: str) -> str:
    """Return the command that trains the page of the best settings."""
    words = [
        word
        for word in config.overrides
        if word.lstrip("+~").startswith(_OF_PLACE) and not is_of_search(word)
    ]
    return shell_command("train", config.competition.name, f"experiment={page}", *words)


def shown_settings(values: Mapping[str, Any]) -> dict[str, str]:
    """Return settings as they are typed in a command."""
    return {key: typed(value) for key, value in values.items()}


def _row(cells: Sequence[str]) -> str:
    widths = [*_COLUMNS.values(), 0]
    left = ("result", "settings")
    names = [*_COLUMNS, "settings"]
    return "  ".join(
        cell.ljust(width) if name in left else cell.rjust(width)
        for name, cell, width in zip(names, cells, widths, strict=True)
    ).rstrip()
