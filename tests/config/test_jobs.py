import pytest
from helpers.cases import CONF
from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig

from regard.config import register_schema
from regard.config.jobs import no_empty_folder, sweep_overrides


@pytest.fixture
def job(tmp_path, monkeypatch):
    """A function that pretends to be in a job of Hydra and returns the folder of its output."""
    monkeypatch.setattr(HydraConfig.instance(), "cfg", None)
    folder = tmp_path / "job"
    folder.mkdir()

    def enter(mode):
        register_schema()
        words = ["seed=2", f"hydra.mode={mode}", f"hydra.runtime.output_dir={folder}"]
        with initialize_config_dir(str(CONF), version_base="1.3"):
            HydraConfig.instance().set_config(
                compose("config", overrides=words, return_hydra_config=True)
            )
        return folder

    return enter


def test_settings_of_a_job_are_those_of_its_command_line(job):
    job("MULTIRUN")
    assert sweep_overrides() == ["seed=2"]
    job("RUN")
    assert sweep_overrides() is None


def test_empty_folder_of_a_job_is_removed(job):
    folder = job("MULTIRUN")
    with pytest.raises(ZeroDivisionError), no_empty_folder():
        raise ZeroDivisionError
    assert not folder.exists()


def test_folder_with_a_file_stays_and_so_does_that_of_a_single_run(job):
    folder = job("RUN")
    with no_empty_folder():
        pass
    assert folder.exists()
    job("MULTIRUN")
    (folder / "multirun.yaml").touch()
    with no_empty_folder():
        pass
    assert folder.exists()
