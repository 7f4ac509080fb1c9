import contextlib
import io
import logging
import os
import pty
import re
import sys
import time

import pytest
from rich.console import Console

from regard.parallel.display import Display, Line, current
from regard.parallel.progress import JobsProgress
from regard.parallel.terminal import command_progress, fitting_lines, frame

RECORD = {"score": 0.5, "honest_score": 0.4567, "seconds": 30.0}


def drawn(display, width, height=24, fractions=None):
    """Return the lines of a frame, without the spaces at their ends."""
    console = Console(file=io.StringIO(), width=width, height=height)
    console.print(frame(display, (width, height), fractions or [0.0]))
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


@pytest.fixture
def training():
    """Return a display in which two of four folds are trained."""
    display = Display()
    display.plan({"train": "train", "report": "report"})
    with display.step("train", "train") as step:
        step.text = "quadratic_weighted_kappa"
        step.lines = [
            Line("fold 0", "done: 0.4535 at epoch 4", 1.0),
            Line("fold 1", "epoch 12 of 13  0.4511 (best 0.4602)", 0.9, is_running=True),
            Line("fold 2", "epoch  1 of 13", 0.05, is_running=True),
            Line("fold 3", "waiting"),
        ]
        yield display


@pytest.mark.parametrize("width", [120, 80, 60, 50])
def test_names_epochs_and_scores_fit_and_nothing_wraps(training, width):
    training.running.expect(260)
    lines = drawn(training, width)
    assert len(lines) == 6
    assert all(len(line) < width for line in lines)
    assert lines[0].startswith("time left  about 4.5 minutes (0:00 so far)"[: width - 8])
    assert lines[1] == "train      quadratic_weighted_kappa"
    assert lines[2].startswith("fold 0     done: 0.4535 at epoch 4")
    assert lines[3].startswith("fold 1     epoch 12 of 13  0.4511 (best 0.4602)"[: width - 8])
    assert lines[5] == "fold 3     waiting"


def test_at_80_columns_there_are_bars(training):
    training.running.expect(0)
    training.started -= 100
    lines = drawn(training, 80)
    # Without colors, the part that is not done is empty.
    assert ["━" in line or "╸" in line for line in lines] == [
        True,
        False,
        True,
        True,
        True,
        False,
    ]


def test_the_time_left_is_estimated_at_first(training):
    assert drawn(training, 80)[0].startswith("time left  estimating (0:00 so far)")


def test_the_bar_of_the_command_never_goes_back(training):
    training.started -= 100
    fractions = [0.0]
    training.running.expect(100)
    drawn(training, 80, fractions=fractions)
    assert fractions[0] == pytest.approx(0.49, abs=0.02)  # the report takes some seconds too
    training.running.expect(900, is_news=True)
    drawn(training, 80, fractions=fractions)
    assert fractions[0] == pytest.approx(0.49, abs=0.02)


def test_running_jobs_are_shown_before_others_where_not_all_fit(training):
    lines = training.running.lines
    assert fitting_lines(lines, 4) == lines
    assert [line.name for line in fitting_lines(lines, 3)] == ["fold 1", "fold 2", ""]
    assert fitting_lines(lines, 3)[-1].text == "2 more"
    assert fitting_lines(lines, 0) == []
    assert len(drawn(training, 80, height=6)) == 5


@pytest.mark.slow  # waits for a frame
def test_log_lines_are_printed_above_the_bars_and_the_bars_vanish_at_the_end(monkeypatch):
    terminal = Terminal()
    console = Console(file=terminal, force_terminal=True, width=80, height=24)
    monkeypatch.setattr(sys, "stdout", terminal)
    log = logging.getLogger()
    handler = logging.StreamHandler(terminal)
    log.addHandler(handler)
    path = "/a/long/path/" + "x" * 90
    with command_progress(console) as display:
        assert terminal.getvalue() == ""  # nothing is drawn before the first step
        with display.step("train"), JobsProgress("f1", greater_is_better=True) as progress:
            progress("fold 0", {"epochs": 2, "note": ""})
            log.warning("report: %s [red]", path)
            progress("fold 0", {"epoch": 1.0, **RECORD})
            time.sleep(0.6)  # there are four frames a second
            progress("fold 0", {"finished": {"epoch": 1.0, **RECORD}})
            log.warning("next")
    assert handler.stream is terminal
    log.removeHandler(handler)
    rows = screen(terminal.getvalue())
    assert rows == [f"report: {path} [red]", "next"]
    assert "epoch 1 of 2" in terminal.getvalue()
    assert "0.4567" in terminal.getvalue()


def read_all(terminal):
    """Return the output of a terminal whose other end is closed."""
    content = b""
    with contextlib.suppress(OSError):  # of Linux, at the end
        while part := os.read(terminal, 10_000):
            content += part
    os.close(terminal)
    return content.decode()


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


def screen(output):
    """Return the rows that remain on a screen without a right edge."""
    rows, row = [""], 0
    for text, code in re.findall(r"([^\x1b]*)(\x1b\[[?0-9;]*[A-Za-z])?", output):
        for part in re.findall(r"\n|\r|[^\n\r]+", text):
            if part == "\n":
                row += 1
                rows += [""] * (row == len(rows))
            elif part != "\r":
                rows[row] += part
        if code.endswith("A"):
            row -= int(code[2:-1])
        elif code == "\x1b[2K":
            rows[row] = ""
    return [line for line in rows if line.strip()]


def test_nothing_is_drawn_into_a_file_or_a_pipe(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    with command_progress() as display, display.step("train"):
        assert current() is display
    assert capsys.readouterr() == ("", "")


def test_bars_are_drawn_in_a_terminal_with_a_cursor(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        with command_progress() as display, display.step("train"):
            pass
        monkeypatch.setenv("TERM", "dumb")
        with command_progress() as display, display.step("embed"):
            pass
    output = read_all(ours)
    assert "time left" in output
    assert "vectors" not in output
