import json
import struct

import pytest
from helpers.tracking import subject

from regard.runs.tracking.wandb_runs import WandbTracker

pytestmark = pytest.mark.slow  # starts a process of the package


def records(home):
    """Return the records of all files of offline runs, in order."""
    from wandb.proto.wandb_internal_pb2 import Record

    found = []
    for path in sorted(home.glob("wandb/offline-run-*/*.wandb")):
        for data in chunks(path.read_bytes()):
            record = Record()
            record.ParseFromString(data)
            found.append(record)
    return found


def chunks(data, block=32768):
    """Yield the records of a file in LevelDB's log format, after a header of seven bytes.

    A record is one full chunk (type 1), or a first, any middle and a last one (2, 3, 4).
    """
    at, whole = 7, b""
    while at + 7 <= len(data):
        if block - at % block < 7:
            at += block - at % block
            continue
        _, length, kind = struct.unpack("<IHB", data[at : at + 7])
        whole += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):
            yield whole
            whole = b""


def test_offline_files_are_read_back_and_continued(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_API_KEY", "0123456789" * 4)
    tracker = WandbTracker(subject(tmp_path, settings={"seed": 1, "model.name": "lstm"}))
    assert tracker.start() == {}
    tracker.log_epoch(0, 1, {"loss": 0.5, "score": 0.25})
    tracker.close(is_finished=False)

    again = WandbTracker(subject(tmp_path))
    assert again.start() == {0: 1}
    again.log_epoch(1, 1, {"loss": 0.75, "score": 0.5})
    again.log_result({"oof_score": 0.5}, tmp_path / "run")
    again.close(is_finished=True)

    found = records(tmp_path)
    (first, *_) = [record.run for record in found if record.HasField("run")]
    assert (first.run_id, first.display_name, first.project) == ("lstm-0123", "lstm-0123", "tiny")
    config = {item.key: json.loads(item.value_json) for item in first.config.update}
    assert (config["seed"], config["model.name"]) == (1, "lstm")
    history = [record.history for record in found if record.HasField("history")]
    values = [
        {item.key or item.nested_key[0]: json.loads(item.value_json) for item in one.item}
        for one in history
    ]
    assert [one.get("fold_0/loss") for one in values] == [0.5, None]
    assert [one.get("fold_1/epoch") for one in values] == [None, 1]
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"0123456789" * 4 not in everything
    assert b"oof_score" in everything
