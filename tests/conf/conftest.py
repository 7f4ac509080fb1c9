"""Fixture: a small competition of text pairs."""

from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.cases import compose_config, write_tables
from helpers.pairs import PAIRS, pair_tables
from helpers.presets import QUICK

from regard.config import Config


@pytest.fixture
def pairs(tmp_path: Path) -> Callable[..., Config]:
    """Write pairs and return a function from overrides to settings."""
    write_tables(tmp_path / "data" / "pairs", pair_tables())
    folders = [f"data_dir={tmp_path / 'data'}", f"output_dir={tmp_path / 'outputs'}"]
    return lambda *overrides: compose_config(*PAIRS, *folders, *QUICK, *overrides)
