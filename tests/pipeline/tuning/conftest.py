import dataclasses

import pytest
from helpers.learners import NoisyLearner

from regard.pipeline.learners import LEARNERS

optuna = pytest.importorskip("optuna", reason="needs the extra tune")

SPACE = {
    "model.head.dropout": {"low": 0.0, "high": 0.9},
    "model.pooling": [["max"], ["max", "mean"]],
}


@pytest.fixture
def searched(tiny, monkeypatch, tmp_path, in_this_process):
    """A function from overrides to settings of a search whose trials take no time."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(LEARNERS, "network", NoisyLearner())

    def settings(*overrides, space=SPACE):
        words = ["embeddings=word2vec", "folds.n_folds=3", "compute.n_workers=1"]
        config = tiny(*words, "tune.study=s", "tune.minutes=null", "tune.trials=8", *overrides)
        return dataclasses.replace(config, tune=dataclasses.replace(config.tune, space=space))

    return settings
