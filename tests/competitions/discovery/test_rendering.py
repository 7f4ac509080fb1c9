import random

import pytest
import yaml
from helpers.tables import BASE, frame, numbered, sentences
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from regard.competitions.discovery import Guess, discover, render_page
from regard.config import CompetitionConfig
from regard.data.tables import Tables
from regard.errors import RegardError


def test_page():
    guesses = [
        Guess("id_column", "id", "shared"),
        Guess("task", "binary", "two values", "task: a doubt"),
        Guess("separator", None, ""),
    ]
    assert render_page("foo", guesses, BASE).splitlines()[1:] == [
        "# Please check:",
        "# - task: a doubt",
        "defaults: [base]",
        "",
        "name: foo",
        "id_column: id                     # shared",
        "task: binary                      # two values",
    ]


def test_long_list_is_written_below_its_key():
    names = [f"quality_number_{number}" for number in range(30)]
    page = render_page("foo", [Guess("label_columns", names, "the sample has them")], BASE)
    assert yaml.safe_load(page)["label_columns"] == names
    assert max(map(len, page.splitlines())) <= 120


NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\x00"), min_size=1, max_size=8
)
NAMES |= st.sampled_from(
    ["${x}", "\\${x}", "???", "1e3", "yes", "~", "a: b", "a #b", "[a", "'", '"', "\u2028", "id"]
)


@pytest.mark.slow
@given(
    names=st.lists(NAMES, min_size=4, max_size=5, unique=True),
    values=st.lists(NAMES, min_size=2, max_size=4, unique=True),
    seed=st.integers(0, 3),
)
@settings(max_examples=60, deadline=None)
def test_any_page_reads_back_as_guessed(names, values, seed):
    id_column, text, label, other, *rest = names
    rng = random.Random(seed)
    columns = {
        id_column: numbered(0, 40),
        text: sentences(40, seed),
        other: [rng.choice(values) for _ in range(40)],
    }
    train = frame(**columns, **{label: [values[row % len(values)] for row in range(40)]})
    train = train.assign(**{name: numbered(7, 40) for name in rest})
    test = frame(**columns)
    sample = frame(**{id_column: columns[id_column], label: [values[0]] * 40})
    try:
        guesses = discover(Tables(train, test, sample), base=BASE, pages={})
        page = render_page("foo", guesses, BASE)
    except RegardError:
        return
    settings = {**BASE, "name": "", "task": "", "label_columns": []}
    merged = OmegaConf.to_container(OmegaConf.merge(settings, OmegaConf.create(page)), resolve=True)
    assert merged.pop("defaults") == ["base"]
    guessed = {guess.key: guess.value for guess in guesses}
    assert {key: merged[key] for key in guessed} == guessed
    CompetitionConfig(**merged)
