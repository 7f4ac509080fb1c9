"""Measure how fast a served run answers, and whether its memory grows.

    python benchmarks/serving.py outputs/bbc_news/latest    # about five minutes
    python benchmarks/serving.py outputs/bbc_news/latest --seconds 2 --requests 2000

The server runs in another process. Clients send one short text after another over connections that
they keep. "alone" predicts each request by itself, "no window" waits for no others but takes those
that have arrived, "window" is the default.
"""

import argparse
import asyncio
import contextlib
import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
TEXT = "Shares in the company rose after the chancellor announced new rules for banks."
MODES = {
    "alone": ["serve.window_ms=0", "serve.max_rows=1"],
    "no window": ["serve.window_ms=0"],
    "window": [],
}
N_WARM_UP = 100


@dataclass(frozen=True)
class Load:
    """The answers to some clients.

    Attributes:
        milliseconds: of each request.
        seconds: of all of them together.
    """

    milliseconds: list[float]
    seconds: float

    def percentile(self, share: float) -> float:
        """Return the time within which this share of the requests was answered, in percent."""
        return float(np.percentile(self.milliseconds, share))


@contextlib.contextmanager
def server(run: Path, settings: Sequence[str] = ()) -> Iterator[tuple[str, int]]:
    """Serve a run in another process, and yield its host and port."""
    script = str(ROOT / "scripts" / "serve.py")
    command = [sys.executable, script, f"run={run.resolve()}", "port=0", *settings]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if found := re.search(r" on http://([\d.]+):(\d+);", line):
                    yield found[1], int(found[2])
                    break
            else:
                raise SystemExit(f"{run} could not be served")
        finally:
            process.terminate()
            process.stdout.read()


def request_of(text: str) -> bytes:
    """Return the bytes of a request that predicts one text."""
    body = json.dumps({"text": text}).encode()
    head = "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> float:
    """Send a request, read the answer, and return the milliseconds between."""
    start = time.perf_counter()
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    assert head.startswith(b"HTTP/1.1 200")
    assert length is not None
    await reader.readexactly(int(length[1]))
    return 1000 * (time.perf_counter() - start)


async def load(address: tuple[str, int], clients: int, requests: Iterator[bytes]) -> Load:
    """Let some clients send requests, each one after another, until there are no more."""
    times: list[float] = []

    async def client() -> None:
        reader, writer = await asyncio.open_connection(*address)
        for request in requests:
            times.append(await ask(reader, writer, request))
        writer.close()
        await writer.wait_closed()

    start = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return Load(times, time.perf_counter() - start)


def for_seconds(seconds: float) -> Iterator[bytes]:
    """Yield the same request for some time."""
    request = request_of(TEXT)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        yield request


def of_all_lengths(n_requests: int) -> Iterator[bytes]:
    """Yield requests whose texts have 1 to 400 words."""
    rng = np.random.default_rng(0)
    words = TEXT.split()
    for _ in range(n_requests):
        yield request_of(" ".join(rng.choice(words, rng.integers(1, 400))))


def measure(address: tuple[str, int], name: str) -> float:
    """Return one of the server's own measures."""
    with urllib.request.urlopen(f"http://{address[0]}:{address[1]}/metrics") as answer:
        text = answer.read().decode()
    found = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
    assert found is not None
    return float(found[1])


def measure_latency(run: Path, clients: Sequence[int], seconds: float) -> None:
    """Print the latency of one short text, by the way of batching and the number of clients."""
    print(f"{'batches':12}{'clients':>8}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'rows':>7}")
    for mode, settings in MODES.items():
        with server(run, settings) as address:
            request = request_of(TEXT)
            asyncio.run(load(address, max(clients), iter([request] * N_WARM_UP)))
            for n_clients in clients:
                before = [
                    measure(address, f"regard_batch_rows_{part}") for part in ("sum", "count")
                ]
                found = asyncio.run(load(address, n_clients, for_seconds(seconds)))
                after = [measure(address, f"regard_batch_rows_{part}") for part in ("sum", "count")]
                rows = (after[0] - before[0]) / (after[1] - before[1])
                rate = len(found.milliseconds) / found.seconds
                print(
                    f"{mode:12}{n_clients:8}{rate:12,.0f}{found.percentile(50):9.1f}"
                    f"{found.percentile(99):9.1f}{rows:7.1f}",
                    flush=True,
                )


def measure_memory(run: Path, n_requests: int) -> None:
    """Print the memory of the server before and after many texts of all lengths."""
    with server(run) as address:
        # The first texts of each length make buffers that stay.
        asyncio.run(load(address, 8, of_all_lengths(n_requests // 10)))
        before = measure(address, "process_resident_memory_bytes")
        found = asyncio.run(load(address, 8, of_all_lengths(n_requests)))
        after = measure(address, "process_resident_memory_bytes")
    print(
        f"memory: {before / 1e6:,.0f} MB before, {after / 1e6:,.0f} MB after "
        f"{len(found.milliseconds):,} requests of all lengths (p99 {found.percentile(99):.1f} ms)"
    )


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="the folder of a finished run")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 50])
    parser.add_argument("--seconds", type=float, default=20, help="of each row of the table")
    parser.add_argument("--requests", type=int, default=20_000, help="of the memory test")
    arguments = parser.parse_args(words)
    measure_latency(arguments.run, arguments.clients, arguments.seconds)
    measure_memory(arguments.run, arguments.requests)


if __name__ == "__main__":
    main()
