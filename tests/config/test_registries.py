"""Every registry: the schema accepts its entries, messages list them, pages describe them."""

import re
import subprocess
import sys

import pytest
from helpers.cases import CONF, compose_config

from regard.config import registry
from regard.config.registries import REGISTRIES
from regard.errors import ConfigError
from regard.metrics.record import ARGUMENTS, argument_of, name_with
from regard.metrics.registry import METRICS, check_metric

ENTRIES = [(setting, name) for setting in REGISTRIES for name in registry(setting)]
LISTS = ("text.cleaning", "features.text_statistics", "embeddings.sources", "embeddings.lookup")
LISTS += (
    "model.encoder_pooling",
    "model.sequence_attention",
    "model.pooling",
    "model.pair.combination",
)
LISTS += ("training.callbacks",)
WITH_ARGUMENT = ("competition.metric",)
# The other settings that an entry needs.
NEEDS = {
    ("model.rnn.cell", "lstm_gru"): ["model.rnn.n_layers=2"],
    ("model.encoder", "dpcnn"): ["model.skip_connection=false"],
    ("model.attention.query", "last"): ["model.attention.score=additive"],
    ("model.attention.query", "mean"): ["model.attention.score=additive"],
    ("model.attention.query", "other"): ["model.attention.score=additive"],
    ("model.encoder", "hierarchical"): ["model.skip_connection=false"],
    ("model.learner", "linear"): ["model=tfidf_linear"],
    ("model.learner", "frozen_encoder"): ["model=encoder_linear"],
    ("model.learner", "finetuned_encoder"): ["model=encoder_finetuned"],
    **{
        ("competition.metric", name): [f"competition.{ARGUMENTS[argument_of(name)]}=2"]
        for name, metric in METRICS.items()
        if metric.make
    },
}
# The page of the model that has a setting.
MODELS = {"model.encoder_pooling": ["model=encoder_linear"]}
PAGES = {
    "model.encoder_pooling": "model/base_frozen_encoder.yaml",
    "competition": "competition/base.yaml",
    "embeddings": "embeddings/base.yaml",
    "model": "model/base_network.yaml",
    "compute": "compute/local.yaml",
    "tracking": "tracking/none.yaml",
}


def words(setting: str, name: str) -> list[str]:
    """The settings of a command line that choose an entry."""
    if setting == "embeddings.sources" and registry(setting)[name].argument:
        name = f"{name}:x"
    if setting == "embeddings.lookup":
        name = f"exact,{name}" if name != "exact" else name
    value = f"[{name}]" if setting in LISTS else name
    auto = ["competition.metric=auto", "competition.submit=auto"]
    others = auto if setting == "competition.task" else []
    others += MODELS.get(setting, [])
    return [*others, *NEEDS.get((setting, name), []), f"{setting}={value}"]


def comment_of(setting: str) -> str:
    """The comment of a setting: above its line, at its end, and below it."""
    section, _, key = setting.partition(".")
    if section not in PAGES:
        key = setting
    page = (CONF / PAGES.get(setting, PAGES.get(section, "config.yaml"))).read_text(
        encoding="utf-8"
    )
    path: list[str] = []
    comments: dict[str, str] = {}
    above = ""
    for line in page.splitlines():
        comment = line.partition("#")[2]
        if line.startswith("#"):
            above += comment
        elif line.lstrip().startswith("#"):
            comments[".".join(path)] += comment
        elif found := re.match(r"( *)(\w+):", line):
            path = [*path[: len(found[1]) // 2], found[2]]
            comments[".".join(path)] = above + comment
            above = ""
    return comments[key]


@pytest.mark.parametrize(("setting", "name"), ENTRIES)
def test_an_entry_is_accepted(setting, name):
    value = compose_config(*words(setting, name))
    for key in setting.split("."):
        value = getattr(value, key)
    values = value if setting in LISTS else [value]
    # A metric with an argument is named by its value.
    name = name_with(name, 2) if setting in WITH_ARGUMENT and registry(setting)[name].make else name
    assert name in [one.partition(":")[0] for one in values]


@pytest.mark.parametrize("setting", [key for key in REGISTRIES if key != "competition.metric"])
def test_a_wrong_value_is_refused_with_all_entries(setting):
    with pytest.raises(ConfigError) as caught:
        value = "[nonsense]" if setting in LISTS else "nonsense"
        compose_config(*MODELS.get(setting, []), f"{setting}={value}")
    assert str(caught.value).startswith(f"{setting}=nonsense is not known; ")
    assert all(re.search(rf"\b{name}\b", str(caught.value)) for name in registry(setting))


@pytest.mark.parametrize("task", registry("competition.task"))
def test_a_wrong_metric_is_refused_with_those_of_the_task(task):
    config = compose_config(f"competition.task={task}", "competition.metric=nonsense")
    with pytest.raises(ConfigError) as caught:
        check_metric(config.competition)
    suiting = [name for name, metric in METRICS.items() if task in metric.tasks]
    assert all(re.search(rf"\b{name}\b", str(caught.value)) for name in suiting)


@pytest.mark.parametrize("setting", REGISTRIES)
def test_every_entry_is_described_on_the_page_of_its_setting(setting):
    comment = comment_of(setting)
    assert [name for name in registry(setting) if not re.search(rf"\b{name}\b", comment)] == []


@pytest.mark.slow
def test_registries_import_no_keras():
    code = (
        "import sys; from regard.config.registries import REGISTRIES, registry\n"
        "assert all(map(registry, REGISTRIES))\n"
        "sys.exit(bool({'keras', 'tensorflow', 'gensim'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
