import pytest
from helpers.cases import serve_settings

from regard.config import ServeConfig
from regard.errors import ConfigError


def test_the_page_of_settings_is_valid():
    settings = serve_settings()
    assert isinstance(settings, ServeConfig)
    assert settings.host == "127.0.0.1"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"host": " "}, "serve.host is empty"),
        ({"port": -1}, "serve.port=-1 is out of range"),
        ({"port": 65536}, "serve.port=65536 is out of range"),
        ({"window_ms": -0.5}, "serve.window_ms=-0.5 is out of range"),
        ({"window_ms": float("nan")}, "serve.window_ms=nan is out of range"),
        ({"max_rows": 0}, "serve.max_rows=0 is out of range"),
        ({"max_characters": 0}, "serve.max_characters=0 is out of range"),
        ({"max_body_kb": 0}, "serve.max_body_kb=0 is out of range"),
        ({"max_rows": 9, "queue_rows": 8}, "serve.queue_rows=8 is less than serve.max_rows=9"),
    ],
)
def test_values_out_of_range_are_refused(changed, message):
    with pytest.raises(ConfigError, match=message):
        serve_settings(**changed)
