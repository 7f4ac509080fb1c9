"""Learners for tests of the pipeline, which take no time and import no Keras."""

import os
import time
import zlib

import numpy as np

from regard import artefacts
from regard.data.tables import texts_of
from regard.network.learner import NetworkLearner
from regard.runs.fitted_model import FittedModel
from regard.runs.learner import Learner


class FakeLearner(Learner):
    """Write the files of a training: the labels with some noise, drawn by the run's seed."""

    def settings(self, config):
        return NetworkLearner().settings(config)

    def train_fold(self, run, fold, *, progress):
        random = np.random.default_rng([run.config.seed, fold])
        ideal = run.task.ideal_outputs(run.labels[run.folds == fold])
        outputs = ideal + random.random(ideal.shape) * 1.5
        write_fold(run, fold, outputs / outputs.sum(axis=1, keepdims=True))

    def refit(self, run, folder, *, progress):
        pass

    def load_model(self, run, folder):
        return FakeModel(run, folder)


class FakeModel(FittedModel):
    """Predict each row by its texts and the seed of the run."""

    def __init__(self, run, folder):
        self.run = run
        self.folder = folder

    def predict(self, rows):
        alpha = np.ones(self.run.task.n_outputs)
        seeds = [
            [self.seed(), zlib.crc32(repr(texts).encode())]
            for texts in zip(*self.texts(rows), strict=True)
        ]
        rows = [np.random.default_rng(seed).dirichlet(alpha) for seed in seeds]
        return np.array(rows, np.float32)

    def seed(self):
        return self.run.config.seed

    def texts(self, rows):
        competition = self.run.config.competition
        return texts_of(rows.frame, competition.text_columns, competition.texts)


class EmbeddingLearner(FakeLearner):
    """Need the embedding matrix, as networks do."""

    needs = ("embed",)


class CrashingLearner(FakeLearner):
    """Be interrupted at a fold, after those before it."""

    def __init__(self, fold):
        self._fold = fold

    def train_fold(self, run, fold, *, progress):
        if fold == self._fold:
            raise KeyboardInterrupt
        super().train_fold(run, fold, progress=progress)


class ExitingLearner(FakeLearner):
    """End the worker process in the middle of a fold, as if it were killed."""

    def train_fold(self, run, fold, *, progress):
        os._exit(7)


class RefusingLearner(FakeLearner):
    """Fail the test if a fold is trained."""

    def train_fold(self, run, fold, *, progress):
        raise AssertionError(f"fold {fold} was trained")


class ReadingLearner(FakeLearner):
    """Predict each row by its text and its token ids, so that a wrong row is noticed."""

    def load_model(self, run, folder):
        return ReadingModel(run, folder)


class ReadingModel(FakeModel):
    def seed(self):
        return 0  # the same file gives the same predictions, whatever the seed

    def texts(self, rows):
        tokens = rows.inputs(self.run.preprocessor).texts[0]
        return [super().texts(rows)[0], [tokens[row].tolist() for row in range(len(tokens))]]


def calling(learner, function):
    """Return a learner of the same kind that calls a function before it trains a fold."""

    class Calling(type(learner)):
        def train_fold(self, run, fold, *, progress):
            function()
            super().train_fold(run, fold, progress=progress)

    return Calling()


def write_fold(run, fold, outputs):
    """Write the files that every learner leaves for a fold."""
    with artefacts.new_folder(run.unfinished_folder / f"fold_{fold}") as folder:
        np.save(folder / "oof_outputs.npy", outputs.astype(np.float32))
        epoch = {"epoch": 1.0, "loss": 1.0, "valid_loss": 1.0, "score": 0.5, "seconds": 1.0}
        history = {"best_epoch": 1, "n_trainable_parameters": 3, "epochs": [epoch]}
        artefacts.write_json(folder / "history.json", history)


class TimedLearner(FakeLearner):
    """Measure a given speed, and take a given time for each fold.

    Args:
        speed: the measured speed.
        seconds: of each fold, in order of their numbers; the last one counts for all others.
    """

    preload = "json"

    def __init__(self, speed, seconds=(0.0,)):
        self._speed = speed
        self._seconds = seconds

    def measure_speed(self, run, fold, seconds, *, progress):
        return self._speed

    def train_fold(self, run, fold, *, progress):
        time.sleep(self._seconds[min(fold, len(self._seconds) - 1)])
        super().train_fold(run, fold, progress=progress)


class NoisyLearner(FakeLearner):
    """Predict the labels with noise that grows with `model.head.dropout`; some values fail.

    Args:
        fails: refuses a run by its settings, or returns the error to raise.
        interrupts: the number of a call of `train_fold`, from 1, that is interrupted; 0: none.
    """

    def __init__(self, fails=lambda config: None, interrupts=0):
        self._fails = fails
        self._interrupts = interrupts
        self._n_calls = 0

    def train_fold(self, run, fold, *, progress):
        self._n_calls += 1
        if self._n_calls == self._interrupts:
            raise KeyboardInterrupt
        if error := self._fails(run.config):
            raise error
        random = np.random.default_rng([run.config.seed, fold])
        ideal = run.task.ideal_outputs(run.labels[run.folds == fold])
        noise = random.random(ideal.shape) * (0.5 + 4 * run.config.model.head.dropout)
        outputs = ideal + noise
        write_fold(run, fold, outputs / outputs.sum(axis=1, keepdims=True))
