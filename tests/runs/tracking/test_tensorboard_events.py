import math
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.tracking import subject

from regard.runs.tracking.tensorboard_events import TensorBoardTracker

pytestmark = pytest.mark.slow  # the package that reads the events imports TensorFlow


def read(folder):
    """Return the scalars of a folder by tag, as pairs of step and value."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder))
    events.Reload()
    tags = events.Tags()
    scalars = {
        tag: [(event.step, round(event.value, 6)) for event in events.Scalars(tag)]
        for tag in tags["scalars"]
    }
    texts = {
        tag: events.Tensors(tag)[0].tensor_proto.string_val[0].decode() for tag in tags["tensors"]
    }
    return scalars, texts


def test_events_are_there_before_the_end_and_are_read_back(tmp_path):
    tracker = TensorBoardTracker(subject(tmp_path, settings={"name": "a|b", "seed": 1}))
    assert tracker.start() == {}
    tracker.log_epoch(0, 1, {"loss": 0.5, "score": 0.25})
    tracker.log_epoch(1, 1, {"loss": 0.75, "score": math.nan})
    tracker.log_epoch(0, 2, {"loss": 0.25, "score": 0.5})
    folder = tmp_path / "tensorboard" / "lstm-0123"
    # The tracker is still open.
    assert read(folder / "fold_0")[0] == {
        "loss": [(1, 0.5), (2, 0.25)],
        "score": [(1, 0.25), (2, 0.5)],
    }
    scalars, _ = read(folder / "fold_1")
    assert scalars["loss"] == [(1, 0.75)]
    assert math.isnan(scalars["score"][0][1])
    tracker.log_result({"oof_score": 0.5}, tmp_path / "run")
    tracker.close(is_finished=True)
    scalars, texts = read(folder)
    assert scalars == {"oof_score": [(0, 0.5)]}
    assert "| name | a\\|b |" in texts["settings"]
    assert f"| folder | {tmp_path / 'run'} |" in texts["result"]


def test_another_command_replaces_the_events(tmp_path):
    for n_epochs in (3, 2):
        tracker = TensorBoardTracker(subject(tmp_path))
        assert tracker.start() == {}
        for epoch in range(1, n_epochs + 1):
            tracker.log_epoch(0, epoch, {"loss": 1.0})
        tracker.close(is_finished=False)
    scalars, _ = read(tmp_path / "tensorboard" / "lstm-0123" / "fold_0")
    assert scalars == {"loss": [(1, 1.0), (2, 1.0)]}


def test_writing_imports_no_tensorflow(tmp_path):
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from helpers.tracking import subject\n"
        "from regard.runs.tracking.tensorboard_events import TensorBoardTracker\n"
        f"tracker = TensorBoardTracker(subject(Path({str(tmp_path)!r})))\n"
        "tracker.start()\n"
        "tracker.log_epoch(0, 1, {'loss': 1.0})\n"
        "sys.exit('tensorflow' in sys.modules)\n"
    )
    tests = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=tests)
    assert done.returncode == 0
