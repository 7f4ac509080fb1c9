import dataclasses

import optuna
import pytest
from helpers.cases import CONF, compose_config
from hypothesis import given
from hypothesis import strategies as st

from regard.config import Range
from regard.errors import ConfigError
from regard.pipeline.tuning.space import Setting, changed, space_of, typed

SETTINGS = ("competition=bbc_news", "model=tfidf_linear")
PAGES = sorted(page.stem for page in (CONF / "tune").glob("*.yaml") if "base" not in page.stem)


def with_space(space, *words):
    config = compose_config(*(words or SETTINGS))
    return dataclasses.replace(config, tune=dataclasses.replace(config.tune, space=space))


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_every_value_of_a_shipped_space_is_valid(page):
    words = ["competition=quora_pairs"] if page in ("esim", "decomposable_attention") else []
    words += ["model.encoder_folder=here"] if page == "encoder_linear" else []
    config = compose_config(f"tune={page}", *words)
    assert (config.model.name, config.tune.study) == (page, page)
    assert space_of(config).first().keys() == config.tune.space.keys()


def test_every_model_has_a_space():
    assert (
        sorted(page.stem for page in (CONF / "model").glob("*.yaml") if "base" not in page.stem)
        == PAGES
    )


def test_settings_of_classes_are_left_out_for_other_tasks():
    space = {"training.class_weights": [None, "balanced"], "model.min_df": {"low": 1, "high": 3}}
    found = space_of(with_space(space, "competition=commonlit", "model=tfidf_linear"))
    assert [setting.key for setting in found.settings] == ["model.min_df"]


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({}, "there is no conf/tune/tfidf_linear.yaml"),
        ({"model.minn_df": [1, 2]}, "no setting 'model.minn_df'; did you mean 'model.min_df'"),
        ({"model.rnn.units": [1, 2]}, "there is no setting 'model.rnn.units'"),
        ({"tune.trials": [1, 2]}, "tune.trials is the same for all trials"),
        ({"folds.n_folds": [2, 3]}, "folds.n_folds is the same for all trials"),
        ({"seed": [1, 2]}, "seed is the same for all trials"),
        ({"model.min_df": {"low": 1.5, "high": 3}}, "model.min_df is a whole number"),
        ({"model.cased": {"low": 0, "high": 1}}, "model.cased is false by default, .* no range"),
        ({"training.clip_norm": [1.0, -1.0]}, "training.clip_norm=-1.0 is out of range"),
        ({"batches.size": [32, "big"]}, "batches.size=big has another type than its default, 64"),
    ],
)
def test_a_mistake_in_a_space_is_one_line(space, message):
    with pytest.raises(ConfigError, match=message):
        space_of(with_space(space))


def test_the_default_is_among_the_choices():
    space = space_of(with_space({"model.C": [[1.0], [2.0]]}))
    assert list(space.settings[0].choices) == ["[1.0,4.0,16.0]", "[1.0]", "[2.0]"]
    assert space.first() == {"model.C": "[1.0,4.0,16.0]"}


def test_the_default_of_a_range_lies_in_it():
    assert Setting("x", Range(0.1, 2.0), 7.0).first == 2.0
    assert Setting("x", Range(0.1, 20.0), [1.0, 4.0, 16.0]).first == 4.0


@given(st.integers(0, 2**31 - 1), st.booleans())
def test_drawn_numbers_are_short_and_within_the_range(seed, log):
    trial = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed)).ask()
    value = Setting("x", Range(0.00123, 0.987, log=log), 0.5).suggest(trial)
    assert 0.00123 <= value <= 0.987
    assert float(f"{value:.3g}") == value
    assert Setting("x", Range(0.00123, 0.987, log=log), 0.5).restored(trial.params["x"]) == value
    whole = Setting("n", Range(1, 9), 3).suggest(trial)
    assert isinstance(whole, int)
    listed = Setting("c", Range(1, 9), [3.0]).suggest(trial)
    assert [type(number) for number in listed] == [float]


def test_changed_settings_are_those_of_the_command_line():
    config = compose_config("competition=bbc_news")
    found = changed(config, {"training.epochs": 3, "model.rnn.units": 8})
    assert (found.training.epochs, found.training.min_steps, found.model.rnn.units) == (3, 0, 8)
    assert found.overrides[-3:-1] == ["training.epochs=3", "model.rnn.units=8"]
    assert config.model.rnn.units == 64
    with pytest.raises(ConfigError, match=r"model.rnn.units=0 is out of range"):
        changed(config, {"model.rnn.units": 0})


def test_values_are_shown_as_they_are_typed():
    values = [["max", "mean"], None, True, 0.00001, 3, "lstm"]
    assert [typed(value) for value in values] == [
        "[max,mean]",
        "null",
        "true",
        "1e-05",
        "3",
        "lstm",
    ]
