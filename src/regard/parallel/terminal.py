"""Draw the display of a command in a terminal, below the lines that are logged meanwhile.

At 80 columns, while two of four folds are trained:

    time left  about 4.5 minutes (1:12 so far)       ━━━━━━━━━━
    train      f1_macro
    fold 0     done: 0.4535 at epoch 4               ━━━━━━━━━━━━━━━━━━━━━━━━━━━━
    fold 1     epoch  5 of 13  0.4511 (best 0.4602)  ━━━━━━━━━━
    fold 2     epoch  1 of 13                        ━━
    fold 3     waiting
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from regard.parallel.display import Display, Line, Step, shown
from regard.parallel.forecast import clock, in_words

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live

_LABELS = {
    "blend": "blending",
    "embed": "vectors",
    "explain": "explanations",
    "predict": "prediction",
    "submit": "submission",
    "tables": "reading",
    "test_tables": "reading",
}
_BAR_WIDTH = 30
_MIN_BAR_WIDTH = 6
_GAP = 2
_TEXT_WIDTH = 37
_FRAMES_PER_SECOND = 4


@contextlib.contextmanager
def command_progress(console: Console | None = None) -> Iterator[Display]:
    """Draw the steps of a command while it runs, from the first step on.

    Nothing is drawn where standard output is a file or a pipe: lines are logged there as ever.

    Args:
        console: where to draw; by default standard output, if it is a terminal.
    """
    if console is None and not _is_terminal(sys.stdout):
        with shown(Display()) as display:
            yield display
        return
    with contextlib.ExitStack() as stack:
        display = Display(on_first_step=lambda: _begin(display, console, stack))
        yield stack.enter_context(shown(display))


def _is_terminal(stream: TextIO) -> bool:
    """Return whether a stream is a terminal in which the cursor can move."""
    try:
        return stream.isatty() and os.environ.get("TERM", "dumb") not in ("dumb", "unknown")
    except ValueError:  # it is closed
        return False


def _begin(display: Display, console: Console | None, stack: contextlib.ExitStack) -> None:
    """Begin to draw; `stack` ends it."""
    from rich.console import Console  # takes a tenth of a second
    from rich.live import Live

    console = console or Console(file=sys.stdout)
    fractions = [0.0]
    live = Live(
        console=console,
        get_renderable=lambda: frame(display, console.size, fractions),
        refresh_per_second=_FRAMES_PER_SECOND,
        transient=True,  # the log holds the results
        vertical_overflow="crop",
    )
    stack.enter_context(_logs_above(live))
    stack.enter_context(live)


@contextlib.contextmanager
def _logs_above(live: Live) -> Iterator[None]:
    """Let all log handlers that write to the terminal write above the bars."""
    root = logging.getLogger()
    known = (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
    streams = [stream for stream in known if stream is not None and stream.isatty()]
    changed: list[tuple[logging.StreamHandler[Any], Any]] = []
    for handler in root.handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream in streams:
            changed.append((handler, handler.stream))
            handler.setStream(_Above(live))
    try:
        yield
    finally:
        for handler, stream in changed:
            handler.setStream(stream)


class _Above(io.TextIOBase):
    """A stream whose lines are printed above the bars, as they are: a long path is not cut."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def write(self, text: str) -> int:
        self._live.console.print(
            text.removesuffix("\n"), soft_wrap=True, markup=False, highlight=False, emoji=False
        )
        return len(text)


def frame(display: Display, size: tuple[int, int], fractions: list[float]) -> RenderableType:
    """Return the lines to draw.

    Args:
        display: the steps.
        size: columns and rows of the terminal.
        fractions: the greatest share of the whole command that was drawn, which is updated: the
            bar never goes back.
    """
    now = time.monotonic()
    left = display.seconds_left(now)
    elapsed = now - display.started
    if left is not None:
        fractions[0] = max(fractions[0], elapsed / max(elapsed + left, 1e-9))
    lines = [_whole_line(left, elapsed, fractions[0])]
    if step := display.running:
        lines.append(_step_line(step, elapsed=now - (step.started or now)))
        lines += fitting_lines(list(step.lines), size[1] - len(lines) - 1)
    return _table(lines, size[0])


def _whole_line(left: float | None, elapsed: float, fraction: float) -> Line:
    about = "estimating" if left is None else f"about {in_words(left)}"
    text = f"{about} ({clock(elapsed)} so far)"
    return Line("time left", text, None if left is None else fraction, is_running=True)


def _step_line(step: Step, elapsed: float) -> Line:
    share = 0.0 if step.lines else step.share  # its lines have bars
    text = step.text if step.lines else f"{step.text}  {clock(elapsed)}".strip()
    return Line(_LABELS.get(step.name, step.name), text, share, is_running=not step.lines)


def fitting_lines(lines: Sequence[Line], n_rows: int) -> list[Line]:
    """Return the lines that fit into some rows: those of running jobs before all others.

    Example:
        3 rows, fold 0 done, folds 1 and 2 running, folds 3 and 4 waiting
        -> fold 1, fold 2, "3 more"
    """
    if len(lines) <= n_rows:
        return list(lines)
    n_shown = max(n_rows - 1, 0)
    # Running ones, then those that wait, then those that are done.
    order = sorted(range(len(lines)), key=lambda i: (not lines[i].is_running, lines[i].share or 0))
    kept = sorted(order[:n_shown])
    rest = Line("", f"{len(lines) - n_shown} more")
    return [*(lines[index] for index in kept), rest][: max(n_rows, 0)]


def _table(lines: Sequence[Line], width: int) -> RenderableType:
    """Lay out lines: name, text, and a bar as wide as there is room for. Nothing wraps."""
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    names = max(len(line.name) for line in lines)
    # At least as wide as an epoch with its scores, so that the bars do not move.
    texts = max(_TEXT_WIDTH, *(len(line.text) for line in lines))
    # One column stays empty: some terminals wrap a line that is full.
    texts = min(texts, width - 1 - names - _GAP)
    room = min(width - 1 - names - texts - 2 * _GAP, _BAR_WIDTH)
    table = Table.grid(padding=(0, _GAP, 0, 0), pad_edge=False)
    table.add_column(width=names, no_wrap=True)
    table.add_column(width=max(texts, 1), no_wrap=True, overflow="ellipsis")
    if room >= _MIN_BAR_WIDTH:
        table.add_column(width=room)
    for line in lines:
        cells: list[Any] = [line.name, line.text]
        if room >= _MIN_BAR_WIDTH:
            has_bar = line.is_running or line.share
            total = None if line.share is None else 1.0
            bar = ProgressBar(total=total, completed=line.share or 0.0, width=room)
            cells.append(bar if has_bar else "")
        table.add_row(*cells)
    return table
