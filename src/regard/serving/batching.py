"""One queue and one worker thread: requests that arrive together are predicted together."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

from regard.config import ServeConfig


class QueueFullError(Exception):
    """Too many rows wait already, or the server stops: the client may try again later."""


@dataclass
class _Job:
    """The rows of one request."""

    rows: Sequence[Any]
    done: asyncio.Future[list[Any]]
    arrived: float = field(default_factory=time.monotonic)


class Batcher:
    """Gathers the rows of concurrent requests into batches, and predicts them in one thread.

    A batch waits until `serve.window_ms` after its first request arrived; while the thread is busy,
    requests gather anyway, so the next batch starts at once. A request is never split.

    Args:
        predict: returns a result for each row; it is called in the worker.
        worker: an executor of one thread.
        settings: the window, the rows of a batch and of the queue.
        on_batch: called with the number of rows and the seconds of each batch.
    """

    def __init__(
        self,
        predict: Callable[[Sequence[Any]], list[Any]],
        worker: Executor,
        settings: ServeConfig,
        on_batch: Callable[[int, float], None] = lambda n_rows, seconds: None,
    ) -> None:
        self._predict = predict
        self._worker = worker
        self._window = settings.window_ms / 1000
        self._max_rows = settings.max_rows
        self._queue_rows = settings.queue_rows
        self._on_batch = on_batch
        self._waiting: deque[_Job] = deque()
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.n_waiting = 0

    async def predict(self, rows: Sequence[Any]) -> list[Any]:
        """Return the results of the rows of one request, in their order.

        Raises:
            QueueFullError: `serve.queue_rows` rows wait, or the server stops.
            Exception: as `predict` raised it for these rows.
        """
        if self._task is None or self.n_waiting + len(rows) > self._queue_rows:
            raise QueueFullError
        job = _Job(rows, asyncio.get_running_loop().create_future())
        self._waiting.append(job)
        self.n_waiting += len(rows)
        self._arrived.set()
        return await job.done

    def start(self) -> None:
        """Begin to predict, in the running event loop."""
        self._task = asyncio.get_running_loop().create_task(self._work())

    async def stop(self) -> None:
        """Answer the requests that wait, and take no more."""
        task = self._task
        self._task = None
        while task is not None and self.n_waiting and not task.done():
            await asyncio.sleep(0.01)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            await self._answer(await self._next_batch())

    async def _next_batch(self) -> list[_Job]:
        """Wait for requests, and take as many from the queue as fit into a batch."""
        await self._arrived.wait()
        pause = self._waiting[0].arrived + self._window - time.monotonic()
        if pause > 0 and self.n_waiting < self._max_rows:
            await asyncio.sleep(pause)
        batch: list[_Job] = []
        room = self._max_rows
        # The first request is taken whatever its size.
        while self._waiting and (not batch or len(self._waiting[0].rows) <= room):
            batch.append(self._waiting.popleft())
            room -= len(batch[-1].rows)
        if not self._waiting:
            self._arrived.clear()
        return batch

    async def _answer(self, batch: list[_Job]) -> None:
        try:
            await self._answer_together(batch)
        finally:
            self.n_waiting -= sum(len(job.rows) for job in batch)

    async def _answer_together(self, batch: list[_Job]) -> None:
        """Predict a batch; if that fails, predict each request alone, so only one of them fails."""
        rows = [row for job in batch for row in job.rows]
        start = time.perf_counter()
        try:
            loop = asyncio.get_running_loop()
            results = await loop.run_in_executor(self._worker, self._predict, rows)
        except Exception as error:
            if len(batch) > 1:
                for job in batch:
                    await self._answer_together([job])
            elif not batch[0].done.done():
                batch[0].done.set_exception(error)
            return
        self._on_batch(len(rows), time.perf_counter() - start)
        begin = 0
        for job in batch:
            end = begin + len(job.rows)
            # The client of a request that was cancelled waits no more.
            if not job.done.done():
                job.done.set_result(results[begin:end])
            begin = end
