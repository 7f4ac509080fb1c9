"""The settings of compute: where folds are trained, and what each of them may use."""

import math
from dataclasses import dataclass

from regard.config.checks import at_least, choice, positive
from regard.errors import ConfigError

LOCAL_ENGINE = "local"
SLURM_EXECUTORS = ("slurm", "local")
MIN_BUDGET = 0.5
_PER_FOLD = ("cpus_per_fold", "gpus_per_fold", "memory_gb_per_fold")


@dataclass
class RayConfig:
    """The cluster of the engine `ray`."""

    address: str | None

    def __post_init__(self) -> None:
        if self.address is not None and "://" in self.address:
            raise ConfigError(
                f"compute.ray.address={self.address} is an address of clients; give that of the "
                "head node, such as 10.0.0.1:6379, or auto, on a machine of the cluster"
            )


@dataclass
class SlurmConfig:
    """The jobs of the engine `slurm`."""

    executor: str
    partition: str | None
    timeout_minutes: int

    def __post_init__(self) -> None:
        choice("compute.slurm.executor", self.executor, SLURM_EXECUTORS)
        at_least("compute.slurm.timeout_minutes", self.timeout_minutes, 1)


@dataclass
class ComputeConfig:
    """The place where folds are trained, and how many cores, GPUs and processes they take.

    It is not part of a run's identity, as results differ only by rounding.
    """

    engine: str
    n_workers: int | None
    threads_per_worker: int | None
    budget_minutes: float | None
    cpus_per_fold: int | None
    gpus_per_fold: float | None
    memory_gb_per_fold: float | None
    ray: RayConfig
    slurm: SlurmConfig

    def __post_init__(self) -> None:
        choice("compute.engine", self.engine)
        if self.budget_minutes is not None and not MIN_BUDGET <= self.budget_minutes < math.inf:
            raise ConfigError(
                f"compute.budget_minutes={self.budget_minutes} is out of range; give at least "
                f"{MIN_BUDGET}: it takes about 20 seconds to import all libraries"
            )
        for key in ("n_workers", "threads_per_worker", "cpus_per_fold"):
            if getattr(self, key) is not None:
                at_least(f"compute.{key}", getattr(self, key), 1)
        if self.memory_gb_per_fold is not None:
            positive("compute.memory_gb_per_fold", self.memory_gb_per_fold)
        self._check_gpus()
        self._check_engine()

    @property
    def is_local(self) -> bool:
        """Whether folds are trained in processes that share this machine."""
        return self.engine == LOCAL_ENGINE

    def _check_gpus(self) -> None:
        n_gpus = self.gpus_per_fold
        if n_gpus is None:
            return
        whole = float(n_gpus).is_integer()
        if not 0.0 <= n_gpus < math.inf or (n_gpus > 1 and not whole):
            raise ConfigError(
                f"compute.gpus_per_fold={n_gpus} is out of range; give a whole number, or a share "
                "of one GPU, such as 0.5"
            )
        if self.engine == "slurm" and not whole:
            raise ConfigError(
                f"compute.gpus_per_fold={n_gpus}: Slurm gives whole GPUs; set it to 0, 1 or more"
            )

    def _check_engine(self) -> None:
        """Refuse settings that belong to other engines."""
        if self.is_local:
            for key in _PER_FOLD:
                if getattr(self, key) is not None:
                    raise ConfigError(
                        f"compute.{key} is for folds on a cluster: compute=ray or compute=slurm; "
                        "set it to null, or see compute.n_workers and compute.threads_per_worker"
                    )
        elif self.budget_minutes is not None:
            raise ConfigError(
                "compute.budget_minutes plans by the speed of this machine, so it is for "
                f"compute=local, not {self.engine}; set it to null"
            )
