"""Fixture: folders for data and settings."""

import shutil
from pathlib import Path

import pytest
from helpers.cases import CONF


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Return the folder of all data and a copy of conf/."""
    shutil.copytree(CONF, tmp_path / "conf")
    return tmp_path / "data", tmp_path / "conf"
