import keras
import pandas as pd
import pytest

from regard import pipeline
from regard.artefacts import read_json
from regard.errors import ConfigError
from regard.network.callbacks import CALLBACKS

pytestmark = pytest.mark.slow  # trains networks

EVENTS = []


class Recorder(keras.callbacks.Callback):
    """Record every event with the names of its logs, and stop after the second epoch."""

    def on_train_begin(self, logs=None):
        EVENTS.append("begin")

    def on_train_batch_end(self, batch, logs=None):
        EVENTS.append((batch, sorted(logs)))

    def on_epoch_end(self, epoch, logs=None):
        EVENTS.append((f"epoch {epoch}", sorted(logs)))
        self.model.stop_training = epoch == 1

    def on_train_end(self, logs=None):
        EVENTS.append("end")


@pytest.mark.usefixtures("in_this_process")
def test_callbacks_see_every_batch_and_epoch_and_can_stop_the_training(tiny, monkeypatch):
    monkeypatch.setitem(CALLBACKS, "recorder", lambda folder: Recorder())
    EVENTS.clear()
    run = pipeline.make(
        tiny("training.callbacks=[recorder]", "training.patience=9", "embeddings=word2vec"), "train"
    )
    assert [len(history["epochs"]) for history in run.histories] == [2, 2]
    batches = [(batch, ["loss"]) for batch in range(3)]  # 24 rows in batches of 8
    logs = ["loss", "val_accuracy", "val_loss"]
    fold = ["begin", *batches, ("epoch 0", logs), *batches, ("epoch 1", logs), "end"]
    assert fold * 2 == EVENTS


@pytest.mark.usefixtures("in_this_process")
def test_csv_logger_leaves_a_line_for_each_epoch(tiny):
    settings = ["training.epochs=2", "embeddings=word2vec"]
    run = pipeline.make(tiny("training.callbacks=[csv_logger]", *settings), "train")
    epochs = pd.read_csv(run.folder / "fold_0" / "epochs.csv")
    history = read_json(run.folder / "fold_0" / "history.json")["epochs"]
    assert epochs["epoch"].tolist() == [0, 1]
    assert epochs["val_loss"].tolist() == pytest.approx([epoch["valid_loss"] for epoch in history])


def test_an_unknown_callback_is_refused_with_the_known_ones(tiny):
    with pytest.raises(ConfigError, match=r"training\.callbacks=csv_loger .*did you mean 'csv_lo"):
        tiny("training.callbacks=[csv_loger]")
