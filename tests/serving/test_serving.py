import importlib.util

import pytest
from helpers.cases import compose_config

from regard import serving
from regard.errors import ConfigError


@pytest.mark.slow
def test_a_missing_extra_is_one_line(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        serving, "find_spec", lambda name: None if name == "uvicorn" else find(name)
    )
    with pytest.raises(ConfigError, match=r"serving needs uvicorn: pip install 'regard\[serve\]' "):
        serving.serve(compose_config("competition=bbc_news"))
