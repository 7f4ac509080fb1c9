import os
import time

import pytest

from regard.parallel.usage import Usage, peak_mb, total_peak_mb, usage_notes, usage_since


def test_the_peak_of_this_process_never_falls():
    before = peak_mb()
    block = bytearray(64 * 2**20)
    with_block = peak_mb()
    del block
    assert 10 < before <= with_block + 1  # the system counts roughly
    assert with_block <= peak_mb() + 1 < 100_000


def test_a_worker_with_several_jobs_counts_once():
    usages = [Usage(-7, 1.0, 300.0), Usage(-7, 1.0, 400.0), Usage(-8, 1.0, 50.0)]
    assert total_peak_mb(usages) == pytest.approx(peak_mb() + 450, abs=5)
    assert total_peak_mb([usage_since(time.perf_counter())]) == pytest.approx(peak_mb(), abs=5)


def test_notes_of_a_prediction_have_its_speed():
    started = time.perf_counter() - 2
    notes = usage_notes([Usage(os.getpid(), 1.5, 0.0)] * 2, started, n_texts=1000)
    assert notes["seconds"] == pytest.approx(2, abs=0.5)
    assert notes["seconds_of_jobs"] == 3.0
    assert notes["texts_per_second"] == pytest.approx(500, rel=0.3)
    assert "texts_per_second" not in usage_notes([], started)
