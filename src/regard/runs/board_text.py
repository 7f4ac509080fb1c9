"""The leaderboard as lines of text, for a terminal or a pipe, and the rank of a run in words."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

_GAP = "  "
_MIN_CHARACTERS = 4  # of a fingerprint, as a shortened name shows it


def board_lines(
    board: pd.DataFrame, *, last: str = "differs_from_defaults", width: int | None = None
) -> list[str]:
    """Return a leaderboard as lines: a header for each metric, then a line for each run.

    Args:
        board: rows of `leaderboard`.
        last: the column that is shown last, where lines are cut.
        width: characters of a line; longer ones are cut, and names of runs are shortened to a
            beginning that still names one run. None: neither is done.

    Example:
        rank  run                   accuracy  spread  minutes  differs from defaults
           1  lstm_attention-3f2a     0.9753  0.0041      5.2  model.rnn.units=128
    """
    names = dict(zip(board["run"], board["run"], strict=True))
    if width is not None:
        names = shortened(list(board["run"]))
    lines: list[str] = []
    for metric, block in board.groupby("metric", sort=False):
        lines += [""] * bool(lines) + _block_lines(block, str(metric), names, last)
    return [line if width is None else _cut(line, width) for line in lines]


def terminal_width() -> int | None:
    """Return the width of the terminal that stdout is; None if it is a file or a pipe."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def shortened(names: Sequence[str]) -> dict[str, str]:
    """Return a beginning of each name that no other name has, cut within its fingerprint.

    Example:
        ["lstm-0123456789ab", "lstm-0123ff6789ab"] -> "lstm-01234", "lstm-0123f"
    """
    short = {}
    for name in names:
        length = name.rfind("-") + 1 + _MIN_CHARACTERS
        while any(other.startswith(name[:length]) for other in names if other != name):
            length += 1
            if length > len(name):
                break
        short[name] = name[:length]
    return short


def ordinal(number: int) -> str:
    """Return a number as a rank.

    Example:
        1, 2, 3, 4, 11, 21 -> "1st", "2nd", "3rd", "4th", "11th", "21st"
    """
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"


def rank_in_words(board: pd.DataFrame, run: Path) -> str:
    """Return the rank of a run among those of the same metric.

    Args:
        board: rows of `leaderboard`, the run among them.
        run: the folder of the run.

    Example:
        "2nd of 7 runs by accuracy"
    """
    row = board[board["run"] == run.name].iloc[0]
    n_runs = int((board["metric"] == row["metric"]).sum())
    runs = "run" if n_runs == 1 else "runs"
    return f"{ordinal(int(row['rank']))} of {n_runs} {runs} by {row['metric']}"


def _block_lines(block: pd.DataFrame, metric: str, names: dict[str, str], last: str) -> list[str]:
    """Return the lines of the runs of one metric; columns that are empty in all rows are left out.

    The last column is aligned to the left, as the name is; numbers are aligned to the right.
    """
    columns = {
        "rank": [str(rank) for rank in block["rank"]],
        "run": [names[run] for run in block["run"]],
        metric: [_number(score) for score in block["oof_score"]],
        "spread": [_number(spread) for spread in block["std_of_folds"]],
        "folds": list(block["folds"]),
        "minutes": [f"{seconds / 60:.1f}" for seconds in block["seconds_of_all_folds"]],
        "public": [str(score) for score in block["public_score"]],
        "test": [_number(score) for score in block["test_score"]],
        last.replace("_", " "): [str(value) for value in block[last]],
    }
    shown = {title: cells for title, cells in columns.items() if any(cells)}
    rows = [list(shown), *map(list, zip(*shown.values(), strict=True))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    to_left = [title in ("run", last.replace("_", " ")) for title in shown]
    return [
        _GAP.join(
            cell.ljust(width) if left else cell.rjust(width)
            for cell, width, left in zip(row, widths, to_left, strict=True)
        ).rstrip()
        for row in rows
    ]


def _number(value: float | None) -> str:
    """Return a score with four decimals; nothing for an unknown one."""
    return "" if value is None or pd.isna(value) else f"{value:.4f}"


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else f"{line[: width - 2].rstrip()}.."
