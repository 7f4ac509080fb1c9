import copy
import dataclasses

import pytest
from helpers.cases import SMALL, compose_config

from regard.config import from_saved
from regard.errors import ConfigError


@pytest.fixture
def saved():
    return copy.deepcopy(dataclasses.asdict(compose_config(*SMALL)))


def test_saved_settings_are_the_same_again(saved):
    assert dataclasses.asdict(from_saved(saved)) == saved


@pytest.mark.parametrize(
    "key", ["text.use_test", "training.refit", "model.encoder", "model.attention.score", "predict"]
)
def test_newer_setting_gets_its_default(key, saved):
    expected = copy.deepcopy(saved)
    *sections, name = key.split(".")
    section = saved
    for part in sections:
        section = section[part]
    del section[name]
    assert dataclasses.asdict(from_saved(saved)) == expected


def test_settings_that_are_gone_are_left_out(saved):
    expected = from_saved(saved)
    saved["report"]["n_attention_texts"] = 12
    assert from_saved(saved) == expected


def test_setting_of_another_version_is_named(saved):
    saved["training"]["momentum"] = 0.9
    with pytest.raises(ConfigError, match="momentum"):
        from_saved(saved)
