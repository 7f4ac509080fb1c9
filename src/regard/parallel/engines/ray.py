"""The engine `ray`: tasks of a Ray cluster, one fold each, in a process that ends with it."""

from __future__ import annotations

import functools
import logging
import os
import socket
from collections.abc import Mapping
from typing import Any, ClassVar

from regard.errors import ConfigError, one_line
from regard.parallel.engines.cluster import ClusterEngine
from regard.parallel.engines.remote import Outcome, RemoteJob, run_remotely
from regard.parallel.process import hidden_stderr
from regard.parallel.slots import available_cores, visible_gpus

_CONNECT_SECONDS = 10.0
# Ray starts a task again on any machine if its process or its machine dies.
_MAX_RETRIES = 3
# Jobs and their results are small: data goes through the shared folder.
_OBJECT_STORE_BYTES = 100 * 2**20
# Read when Ray is imported.
_VARIABLES = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # without it, Ray warns of variables of GPUs
    "RAY_NUM_REDIS_GET_RETRIES": "2",  # to connect; each takes up to 40 seconds
}
_NAMES = {"CPU": "cpus_per_fold", "GPU": "gpus_per_fold", "memory": "memory_gb_per_fold"}


class RayEngine(ClusterEngine):
    """Runs jobs on an existing cluster, or on one that is started here and ends with the command.

    The connection stays open for the next runs of a command.
    """

    modules: ClassVar[tuple[str, ...]] = ("ray",)
    extra: ClassVar[str] = "ray"

    def check(self) -> None:
        """Connect, and make sure that a machine of the cluster has what a job needs."""
        super().check()
        _connect(self.config.ray.address)
        nodes = _nodes()
        if any(_n_places(node, self._resources) for node in nodes):
            return
        for name, amount in self._resources.items():
            most = max((node.get(name, 0.0) for node in nodes), default=0.0)
            if most < amount:
                unit = 2**30 if name == "memory" else 1
                raise ConfigError(
                    f"compute.{_NAMES[name]}={amount / unit:g}, but no machine of the Ray cluster "
                    f"has more than {most / unit:.3g}; set it to less, or add a machine"
                )
        raise ConfigError(
            "no machine of the Ray cluster has all that a fold needs at once: "
            + ", ".join(f"compute.{_NAMES[name]}" for name in self._resources)
        )

    def n_at_once(self, n_jobs: int) -> int:
        """Return for how many jobs the cluster has room."""
        self.check()
        return min(n_jobs, sum(_n_places(node, self._resources) for node in _nodes()))

    def submit(self, job: RemoteJob) -> Any:
        """Send a job as a task."""
        return self._task(job.environment).options(name=f"regard {job.name}").remote(job)

    def outcome(self, handle: Any) -> Outcome | None:
        """Return the outcome of a task; None while it waits or runs."""
        import ray
        from ray.exceptions import RayError, RayTaskError

        if not ray.wait([handle], timeout=0)[0]:
            return None
        try:
            found: Outcome = ray.get(handle)
        except RayTaskError as error:  # the task has not begun to run the job
            if "No module named 'regard" in str(error):
                missing = "a machine of the Ray cluster has no package regard; install it there"
                return "mistake", ConfigError(missing)
            return "bug", str(error)
        except RayError as error:
            return "dead", f"its process ended {_MAX_RETRIES + 1} times ({_first_line(error)})"
        return found

    def cancel(self, handle: Any) -> None:
        """Stop a task by ending its process."""
        import ray

        ray.cancel(handle, force=True)

    @property
    def _resources(self) -> dict[str, float]:
        """Return the needs of a job, as Ray counts them."""
        memory = self.config.memory_gb_per_fold
        needed = {"CPU": float(self.n_cpus), "GPU": self.n_gpus, "memory": (memory or 0) * 2**30}
        return {name: amount for name, amount in needed.items() if amount}

    def _task(self, environment: Mapping[str, str]) -> Any:
        import ray

        return ray.remote(
            num_cpus=self.n_cpus,
            num_gpus=self.n_gpus,
            memory=self._resources.get("memory"),
            max_calls=1,  # the memory of a GPU is free again, and the next job starts as the first
            max_retries=_MAX_RETRIES,
            scheduling_strategy="SPREAD",
            # Before Ray's own code imports numpy, which reads the number of threads.
            runtime_env={"env_vars": dict(environment)},
        )(run_remotely)


def _n_places(node: Mapping[str, float], resources: Mapping[str, float]) -> int:
    """Return how many jobs with such needs fit on a machine at the same time."""
    return min(int(node.get(name, 0.0) / amount) for name, amount in resources.items())


def _nodes() -> list[dict[str, float]]:
    """Return the resources of each machine of the cluster."""
    import ray

    return [node["Resources"] for node in ray.nodes() if node["Alive"]]


def _connect(address: str | None) -> None:
    """Connect to a cluster, or start one here, unless this process has done so.

    Raises:
        ConfigError: no cluster answers there, or it refuses this process.
    """
    for name, value in _VARIABLES.items():
        os.environ.setdefault(name, value)
    import ray

    if ray.is_initialized():
        return
    quiet = functools.partial(ray.init, log_to_driver=False, logging_level=logging.ERROR)
    if address is None:
        quiet(
            "local",
            num_cpus=len(available_cores()),
            num_gpus=len(visible_gpus()),
            include_dashboard=False,
            object_store_memory=_OBJECT_STORE_BYTES,
        )
        return
    _check_answers(address)
    try:
        with hidden_stderr():  # each retry logs several lines
            quiet(address)
    # Ray raises errors of many kinds here: other versions, another token, no cluster at all.
    except Exception as error:
        raise ConfigError(
            f"compute.ray.address={address}: cannot join the cluster ({type(error).__name__}: "
            f"{_first_line(error)}); this machine must belong to it, with the same Python, Ray "
            "and token"
        ) from error


def _check_answers(address: str) -> None:
    """Refuse an address where nothing answers: Ray itself would try for a minute, and abort."""
    host, _, port = address.rpartition(":")
    if not host:  # auto
        return
    try:
        socket.create_connection((host, int(port)), _CONNECT_SECONDS).close()
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"compute.ray.address={address}: nothing answers there ({one_line(error)}); give the "
            "address that `ray start --head` has shown, or null to start a cluster here"
        ) from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
