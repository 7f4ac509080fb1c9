import dataclasses
import pickle

import pytest
from helpers.cases import compose_config

from regard.config import from_values, known_keys
from regard.errors import ConfigError


@pytest.mark.parametrize("words", [[], ["experiment=medal", "seed=7"], ["model=nb_svm"]])
def test_settings_are_rebuilt_from_their_values(words):
    config = compose_config(*words)
    assert from_values(dataclasses.asdict(config)) == config
    assert pickle.loads(pickle.dumps(config)) == config


def test_settings_of_another_version_are_refused():
    values = dataclasses.asdict(compose_config())
    for other in ({**values, "more": 1}, {key: values[key] for key in values if key != "seed"}):
        with pytest.raises(ConfigError, match="not the settings of this version"):
            from_values(other)


def test_the_settings_of_every_learner_are_known():
    keys = known_keys()
    assert {"seed", "model.rnn.units", "model.C", "competition.task", "plugins"} <= set(keys)
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("spellings", "expected"),
    [("[-1]", ["-1"]), ("[nan,'']", ["nan", ""]), ("[null,NA]", ["null", "NA"]), ("[]", [])],
)
def test_spellings_of_a_missing_label_are_text(spellings, expected):
    config = compose_config(f"competition.label_missing={spellings}")
    assert config.competition.label_missing == expected


@pytest.mark.parametrize("task", ["ordinal", "regression"])
def test_only_probabilities_have_a_temperature(task):
    words = ["competition.metric=auto", "competition.submit=auto", f"competition.task={task}"]
    with pytest.raises(ConfigError, match=rf"not for the task {task}; set it to false$"):
        compose_config(*words, "calibration.temperature=true")
    assert not compose_config(*words).calibration.temperature
