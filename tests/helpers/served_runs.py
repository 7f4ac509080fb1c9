"""Runs to serve that take no time: they count words instead of asking a model."""

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import httpx
import numpy as np
import pandas as pd

from helpers.cases import WORDS, competition, serve_settings
from regard.errors import DataError
from regard.serving.app import build_app
from regard.serving.predictor import Predictor
from regard.serving.server import bind, make_server
from regard.tasks import Binary, MultiClass, MultiLabel, Regression, SoftLabels

SUBJECTS = MultiClass(tuple(WORDS))


class FakeRun:
    """A run whose classes are as likely as the row has words of them.

    Attributes:
        batches: the number of rows of each call of `predict`.
        threads: the threads that called it.
        seconds: the time that a call takes.
    """

    name = "fake-0123"
    joined = None

    def __init__(self, task=SUBJECTS, seconds=0.0, **columns):
        columns = {"label_columns": ["category"], "task": task.kind, **columns}
        page = competition(**{"name": "tiny", **columns})
        self.config = SimpleNamespace(
            competition=page, model=SimpleNamespace(learner="network"), serve=serve_settings()
        )
        self.task = task
        self.scores = {
            "metric": "accuracy",
            "greater_is_better": True,
            "oof_score": 0.9,
            "fold_scores": [0.8, 1.0],
        }
        self.seconds = seconds
        self.batches = []
        self.threads = set()

    def predict(self, rows, *, form):
        assert form == "all"
        self.batches.append(len(rows))
        self.threads.add(threading.current_thread().name)
        time.sleep(self.seconds)
        texts = rows[self.config.competition.text_columns].agg(" ".join, axis=1)
        if texts.str.contains("unreadable").any():
            raise DataError("a row is unreadable")
        if texts.str.contains("crash").any():
            raise KeyError("a bug")
        outputs = np.array([self._outputs(text) for text in texts])
        columns = self.config.competition.label_columns
        if not self.task.has_classes:
            return pd.DataFrame(outputs, columns=columns, index=rows.index)
        labels = pd.DataFrame(
            self.task.hard_labels(outputs).reshape(len(rows), -1), columns=columns, index=rows.index
        )
        names = [f"probability_{name}" for name in self.task.probability_names]
        return labels.join(pd.DataFrame(outputs, columns=names, index=rows.index))

    def explain(self, row, *, method):
        words = [
            (column, word, float(len(word)))
            for column in self.config.competition.text_columns
            for word in row[column].lower().split()
        ]
        frame = pd.DataFrame(words, columns=["column", "word", "weight"])
        frame["weight"] /= frame["weight"].sum() or 1.0
        return frame

    def _outputs(self, text):
        counts = [1.0 + 5.0 * sum(word in text.split() for word in WORDS[name]) for name in WORDS]
        shares = (np.array(counts) / sum(counts))[: self.task.n_outputs]
        return (
            shares if self.task.activation == "softmax" else np.resize(shares, self.task.n_outputs)
        )


def pair_run(**options):
    """Return a run of pairs with a number and a category, and one label of yes or no."""
    return FakeRun(
        Binary(("target",)),
        text_columns=["question", "other"],
        texts="pair",
        numeric_columns=["age"],
        categorical_columns=["place"],
        label_columns=["target"],
        **options,
    )


def label_run():
    """Return a run of several labels."""
    return FakeRun(MultiLabel(("toxic", "threat")), label_columns=["toxic", "threat"])


def soft_run():
    """Return a run that predicts shares."""
    return FakeRun(SoftLabels(("a", "b"), exclusive=True), label_columns=["a", "b"])


def number_run():
    """Return a run that predicts numbers."""
    return FakeRun(Regression(("ease",), ranges=((0.0, 2.0),)), label_columns=["ease"])


@contextlib.contextmanager
def served(run=None, **settings):
    """Serve a run on a free port, and yield a client."""
    settings = serve_settings(**settings)
    with ThreadPoolExecutor(1) as worker, bind(settings) as listener:
        app = build_app(worker.submit(Predictor, run or FakeRun()).result(), settings, worker)
        server = make_server(app)
        listener.listen()
        port = listener.getsockname()[1]
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()
