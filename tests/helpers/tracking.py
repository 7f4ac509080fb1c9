"""A tracker that notes its calls."""

import time

from regard.runs.tracking import Subject, Tracker


class Notes:
    """The calls of trackers: the name of the method and its arguments.

    Attributes:
        known: the last epoch of each fold that an earlier command has written.
    """

    def __init__(self):
        self.calls = []
        self.known = {}

    def add(self, *call):
        self.calls.append(call)

    def of(self, name):
        """Return the arguments of the calls of a method."""
        return [tuple(arguments) for kind, *arguments in self.calls if kind == name]

    def wait_for(self, *beginning):
        """Wait until a call that begins so is made by another thread."""
        wait_until(lambda: any(call[: len(beginning)] == beginning for call in self.calls))


def wait_until(condition):
    """Wait for another thread."""
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "another thread took too long"
        time.sleep(0.001)


def noting(notes):
    """Return a class of trackers that add their calls to some notes."""

    class Noting(Tracker):
        extra = "tensorboard"

        def start(self):
            notes.add("start", self.subject)
            return notes.known

        def log_epoch(self, fold, epoch, values):
            notes.add("epoch", fold, epoch, dict(values))

        def log_result(self, scores, folder):
            notes.add("result", dict(scores), folder)

        def close(self, *, is_finished):
            notes.add("close", is_finished)

    return Noting


def subject(home, **changes):
    """Return a run of two folds, as trackers show it."""
    fields = {
        "name": "lstm-0123",
        "competition": "tiny",
        "home": home,
        "folds": [0, 1],
        "settings": {"seed": 1},
        "project": "tiny",
    }
    return Subject(**{**fields, **changes})
