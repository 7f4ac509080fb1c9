"""Measure the engines that train folds: overhead, memory of the driver, and killed workers.

    python benchmarks/engines.py
    python benchmarks/engines.py --engines ray --jobs 20 --kills 3

All of it runs on this machine: `ray` on a cluster that is started here, `slurm` by submitit's local
executor. Overhead is the time from sending a tiny job to its result, less the time that the job
itself took; the first job is left out, as its engine starts meanwhile. Memory is the most that the
driver has held, after a tenth of the jobs and after all. For the kills, a linear run trains five
folds; a process that trains one is killed at a random moment, and the submission is compared with
that of a run on the engine `local`.
"""

import argparse
import contextlib
import dataclasses
import json
import os
import random
import signal
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import generated
from engine_jobs import fit
from settings import compose_settings

from regard.config import ComputeConfig, Config
from regard.parallel.engines import ENGINES, engine_of
from regard.parallel.usage import peak_mb
from regard.parallel.workers import Job
from regard.pipeline import make

PAGES = {"local": [], "ray": ["compute=ray"]}
PAGES["slurm"] = ["compute=slurm", "compute.slurm.executor=local"]
N_SINGLE = 5
_EVENTS = "*/runs/.*/.jobs/*.jsonl"


def main() -> None:
    """Print the figures of each engine."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engines", nargs="*", default=list(ENGINES), choices=list(ENGINES))
    parser.add_argument("--jobs", type=int, default=200, help="for the memory; 0: not measured")
    parser.add_argument("--kills", type=int, default=10, help="of workers of ray")
    arguments = parser.parse_args()
    # Workers import the job from here.
    here = str(Path(__file__).resolve().parent)
    os.environ["PYTHONPATH"] = os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])
    for name in arguments.engines:
        with tempfile.TemporaryDirectory() as folder:
            compute = compose_settings(*PAGES[name]).compute
            print(
                f"{name:6} overhead of a job: {overhead(compute, Path(folder)):.2f} s", flush=True
            )
            if arguments.jobs and name != "slurm":  # its local executor starts all jobs at once
                print(f"{name:6} {memory(compute, Path(folder), arguments.jobs)}", flush=True)
    if arguments.kills and "ray" in arguments.engines:
        print(f"ray    {kills(arguments.kills)}", flush=True)


def overhead(compute: ComputeConfig, folder: Path) -> float:
    """Return the median of the seconds that a job takes besides its own."""
    found = []
    for number in range(N_SINGLE + 1):
        own: list[float] = []

        def note(name: str, event: dict, own: list[float] = own) -> None:
            if "usage" in event:
                own.append(event["usage"].seconds)

        started = time.perf_counter()
        engine_of(compute).run([Job("fold 0", fit, (number,))], folder, on_event=note)
        found.append(time.perf_counter() - started - sum(own))
    return statistics.median(found[1:])


def memory(compute: ComputeConfig, folder: Path, n_jobs: int) -> str:
    """Return the most memory of this process after a tenth of some jobs, and after all."""
    peaks: list[float] = []

    def note(name: str, event: dict) -> None:
        if "usage" in event:
            peaks.append(peak_mb())

    started = time.perf_counter()
    jobs = [Job(f"job {number}", fit, (number,)) for number in range(n_jobs)]
    engine_of(compute).run(jobs, folder, on_event=note)
    seconds = time.perf_counter() - started
    return (
        f"memory of the driver: {peaks[n_jobs // 10]:.0f} MB after {n_jobs // 10} of {n_jobs} "
        f"jobs, {peaks[-1]:.0f} MB after all; {seconds:.0f} s"
    )


def kills(n_kills: int) -> str:
    """Return in how many runs with a killed worker the submission was that of a run without."""
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        generated.write_competition(home / "data" / "generated", 2000, 100)
        expected = submission(settings(home, "local"))
        by_ray = settings(home, "ray", "compute=ray")
        started = time.perf_counter()
        same = [submission(by_ray) == expected]
        seconds = time.perf_counter() - started
        n_killed = 0
        for number in range(n_kills):
            outputs = home / f"killed_{number}"
            config = dataclasses.replace(by_ray, output_dir=str(outputs))
            with one_killed(outputs, random.Random(number).uniform(0, seconds / 5)) as killed:
                same.append(submission(config) == expected)
            n_killed += len(killed)
    return f"{sum(same[1:])} of {n_kills} runs had the same submission; {n_killed} workers killed"


def settings(home: Path, outputs: str, *words: str) -> Config:
    """Return the settings of a linear run of the generated competition."""
    return compose_settings(
        "competition=toxic",
        "competition.name=generated",
        "model=tfidf_linear",
        "report.n_explained_rows=0",
        f"data_dir={home / 'data'}",
        f"output_dir={home / outputs}",
        *words,
    )


def submission(config: Config) -> bytes:
    """Make a run, and return its submission."""
    return (make(config, "submit").folder / "submission.csv").read_bytes()


@contextlib.contextmanager
def one_killed(outputs: Path, delay: float) -> Iterator[list[int]]:
    """Kill one process that trains a fold, so many seconds after the first has begun.

    Yields:
        The ids of processes that were killed: one, or none if all folds were done before.
    """
    killed: list[int] = []
    ended = threading.Event()

    def watch() -> None:
        while not list(outputs.glob(_EVENTS)) and not ended.wait(0.01):
            pass
        ended.wait(delay)
        while not ended.wait(0.01) and not killed:
            for file in outputs.glob(_EVENTS):
                # It may have begun no fold yet, or have ended.
                with contextlib.suppress(IndexError, KeyError, OSError):
                    process = json.loads(file.read_text().splitlines()[-1])["process"]
                    os.kill(process, signal.SIGKILL)
                    killed.append(process)
                    break

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield killed
    finally:
        ended.set()
        thread.join()


if __name__ == "__main__":
    main()
