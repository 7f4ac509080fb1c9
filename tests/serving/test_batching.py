import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from helpers.cases import serve_settings

from regard.serving.batching import Batcher, QueueFullError


class Model:
    """Doubles numbers, and keeps its batches; `hold` makes it wait for `release`."""

    def __init__(self):
        self.batches = []
        self.threads = set()
        self.release = threading.Event()
        self.release.set()

    def __call__(self, rows):
        self.batches.append(list(rows))
        self.threads.add(threading.current_thread().name)
        self.release.wait(5)
        if "bad" in rows:
            raise ValueError("a bad row")
        return [2 * row for row in rows]


def with_batcher(use, model=None, **settings):
    """Run a coroutine function of a batcher and its model."""
    model = model or Model()
    seen = []

    async def run():
        with ThreadPoolExecutor(1, "model") as worker:
            batcher = Batcher(
                model, worker, serve_settings(**settings), lambda *batch: seen.append(batch)
            )
            batcher.start()
            try:
                return await use(batcher, model)
            finally:
                model.release.set()
                await batcher.stop()

    return asyncio.run(run()), model, seen


async def ask_all(batcher, requests):
    asked = [batcher.predict(rows) for rows in requests]
    return await asyncio.gather(*asked, return_exceptions=True)


def test_requests_of_one_window_are_one_batch():
    results, model, seen = with_batcher(
        lambda batcher, _: ask_all(batcher, [[1], [2, 3], [4]]), window_ms=30
    )
    assert results == [[2], [4, 6], [8]]
    assert model.batches == [[1, 2, 3, 4]]
    assert seen[0][0] == 4
    assert seen[0][1] >= 0


def test_all_batches_run_in_the_one_thread():
    requests = [[number] for number in range(50)]
    results, model, _ = with_batcher(
        lambda batcher, _: ask_all(batcher, requests), max_rows=7, window_ms=0
    )
    assert results == [[2 * number] for number in range(50)]
    assert model.threads == {"model_0"}
    assert max(map(len, model.batches)) == 7


def test_a_request_is_not_split():
    _, model, _ = with_batcher(
        lambda batcher, _: ask_all(batcher, [[1, 2], [3, 4], [5]]), max_rows=3, window_ms=30
    )
    assert model.batches == [[1, 2], [3, 4, 5]]


def test_requests_gather_while_the_model_works():
    async def use(batcher, model):
        model.release.clear()
        first = asyncio.ensure_future(batcher.predict([1]))
        while not model.batches:
            await asyncio.sleep(0.001)
        others = [asyncio.ensure_future(batcher.predict([number])) for number in (2, 3)]
        await asyncio.sleep(0.01)
        model.release.set()
        return await asyncio.gather(first, *others)

    results, model, _ = with_batcher(use, window_ms=5)
    assert results == [[2], [4], [6]]
    assert model.batches == [[1], [2, 3]]


def test_a_full_queue_refuses_at_once_and_takes_more_later():
    async def use(batcher, model):
        model.release.clear()
        accepted = [asyncio.ensure_future(batcher.predict([number, 0])) for number in range(2)]
        await asyncio.sleep(0)
        assert batcher.n_waiting == 4
        with pytest.raises(QueueFullError):
            await batcher.predict([9])
        model.release.set()
        results = await asyncio.gather(*accepted)
        assert batcher.n_waiting == 0
        return results, await batcher.predict([9])

    results, _, _ = with_batcher(use, max_rows=2, queue_rows=4)
    assert results == ([[0, 0], [2, 0]], [18])


def test_a_row_that_fails_fails_only_its_request():
    results, model, _ = with_batcher(
        lambda batcher, _: ask_all(batcher, [[1], ["bad"], [3]]), window_ms=30
    )
    assert results[0] == [2]
    assert repr(results[1]) == "ValueError('a bad row')"
    assert results[2] == [6]
    assert model.batches == [[1, "bad", 3], [1], ["bad"], [3]]


def test_a_client_that_left_stops_no_other():
    async def use(batcher, model):
        left = asyncio.ensure_future(batcher.predict([1]))
        stays = asyncio.ensure_future(batcher.predict([2]))
        await asyncio.sleep(0)
        left.cancel()
        return await stays

    assert with_batcher(use, window_ms=10)[0] == [4]


def test_stopping_answers_those_who_wait_and_refuses_others():
    async def use(batcher, model):
        model.release.clear()
        waiting = [asyncio.ensure_future(batcher.predict([number])) for number in range(3)]
        await asyncio.sleep(0)
        threading.Timer(0.05, model.release.set).start()
        await batcher.stop()
        with pytest.raises(QueueFullError):
            await batcher.predict([9])
        return [request.result() for request in waiting]

    assert with_batcher(use, max_rows=1)[0] == [[0], [2], [4]]


def test_without_a_window_a_lone_request_does_not_wait():
    async def use(batcher, model):
        start = time.perf_counter()
        for number in range(20):
            await batcher.predict([number])
        return time.perf_counter() - start

    assert with_batcher(use, window_ms=0)[0] < 0.4
