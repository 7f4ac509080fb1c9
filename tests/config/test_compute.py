import pytest
from helpers.cases import compose_config

from regard.errors import ConfigError


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["compute.engine=dask"], "compute.engine=dask is not known"),
        (["compute.gpus_per_fold=1"], "compute.gpus_per_fold is for folds on a cluster"),
        (["compute=ray", "compute.budget_minutes=5"], "it is for compute=local, not ray"),
        (["compute=ray", "compute.gpus_per_fold=1.5"], "a share of one GPU, such as 0.5"),
        (["compute=ray", "compute.cpus_per_fold=0"], "whole number of at least 1"),
        (["compute=ray", "compute.memory_gb_per_fold=-1"], "give a number above 0"),
        (["compute=ray", "compute.ray.address='ray://a:1'"], "give that of the head node"),
        (["compute=slurm", "compute.gpus_per_fold=0.5"], "Slurm gives whole GPUs"),
        (["compute=slurm", "compute.slurm.executor=k8s"], "there are: local, slurm"),
        (["compute=slurm", "compute.slurm.timeout_minutes=0"], "at least 1"),
    ],
)
def test_setting_that_cannot_be_is_refused(words, message):
    with pytest.raises(ConfigError, match=message):
        compose_config(*words)


def test_pages():
    assert compose_config().compute.is_local
    ray = compose_config("compute=ray", "compute.gpus_per_fold=0.5").compute
    assert (ray.engine, ray.is_local, ray.gpus_per_fold) == ("ray", False, 0.5)
    assert compose_config("compute=slurm").compute.slurm.executor == "slurm"
