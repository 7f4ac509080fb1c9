from regard.config import ComputeConfig
from regard.parallel import slots
from regard.parallel.slots import visible_gpus, worker_slots

ANY = ComputeConfig(n_workers=None, threads_per_worker=None, budget_minutes=None)
TWO = ComputeConfig(n_workers=2, threads_per_worker=None, budget_minutes=None)


def test_each_worker_gets_one_gpu(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,5")
    assert visible_gpus() == ["2", "5"]
    assert [dict(slot.environment)["CUDA_VISIBLE_DEVICES"] for slot in worker_slots(ANY, 5)] == [
        "2",
        "5",
    ]
    three = ComputeConfig(n_workers=3, threads_per_worker=1, budget_minutes=None)
    assert [dict(slot.environment)["CUDA_VISIBLE_DEVICES"] for slot in worker_slots(three, 5)] == [
        "2",
        "5",
        "2",
    ]
    assert "TF_DETERMINISTIC_OPS" not in dict(worker_slots(three, 5)[0].environment)


def test_every_core_belongs_to_one_worker(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setattr(slots, "available_cores", lambda: list(range(7)))
    shared = worker_slots(TWO, 5)
    assert sorted(core for slot in shared for core in slot.cores) == list(range(7))
    assert [dict(slot.environment)["OMP_NUM_THREADS"] for slot in shared] == ["4", "3"]
    assert len(worker_slots(ANY, 3)) == 3
