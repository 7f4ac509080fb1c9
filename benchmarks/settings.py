"""Compose Regard's settings for the scripts in this folder."""

from pathlib import Path

from hydra import compose, initialize_config_dir

from regard.config import Config, from_hydra, register_schema

CONF = Path(__file__).resolve().parent.parent / "conf"
# These scripts skip the stage that chooses them by the lengths of the texts.
CUT = ("batches.max_tokens=256", "batches.truncate=head")


def compose_settings(*overrides: str) -> Config:
    """Return the settings of conf/ with overrides, as on the command line."""
    register_schema()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return from_hydra(compose("config", overrides=["overrides=[]", *CUT, *overrides]))
