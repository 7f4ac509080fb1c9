"""A cluster of Ray on this machine: a head without cores, and two machines with one core each."""

import contextlib
import os
from collections.abc import Iterator

import pytest

from helpers.engine_jobs import TESTS


@contextlib.contextmanager
def ray_cluster() -> Iterator[str]:
    """Start a cluster and give its address."""
    with pytest.MonkeyPatch.context() as patch:
        # Its machines import the jobs of tests.
        paths = [str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])]
        patch.setenv("PYTHONPATH", os.pathsep.join(paths))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        import ray
        from ray.cluster_utils import Cluster

        head = {"num_cpus": 0, "num_gpus": 0, "include_dashboard": False}
        cluster = Cluster(initialize_head=True, head_node_args=head)
        try:
            for _ in range(2):
                cluster.add_node(num_cpus=1, num_gpus=0, object_store_memory=10**8)
            yield cluster.address
        finally:
            ray.shutdown()
            cluster.shutdown()
