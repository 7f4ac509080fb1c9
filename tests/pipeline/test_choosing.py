import pytest
from helpers.damage import without_lists

from regard.artefacts import read_json, write_json
from regard.errors import ConfigError
from regard.pipeline import blend_runs, make
from regard.pipeline.choosing import matching_runs, named_runs
from regard.pipeline.runner import Session

pytestmark = pytest.mark.slow  # many whole runs, which together take seconds


@pytest.fixture
def runs(tmp_path):
    """The folder of the runs."""
    return tmp_path / "outputs" / "tiny" / "runs"


@pytest.fixture
def choose(quick, runs, caplog):
    """A function that returns the names of the runs to blend, and the lines on those left out."""

    def matching(*overrides):
        caplog.clear()
        with caplog.at_level("INFO"):
            found = matching_runs(quick(*overrides), runs, Session())
        lines = [line for line in caplog.messages if line.startswith("blend: ")]
        return [folder.name for folder in found], lines

    return matching


def test_runs_with_the_folds_of_the_best_are_chosen(quick, choose):
    three = [make(quick(f"seed={seed}", "folds.n_folds=3"), "train") for seed in (1, 2)]
    two = [make(quick(f"seed={seed}"), "train") for seed in (1, 2)]
    best = max([*three, *two], key=lambda run: run.scores["oof_score"])
    same, others = (three, two) if best in three else (two, three)
    found, lines = choose()
    assert found == sorted(run.name for run in same)
    assert lines == [
        f"blend: left out: run {name} has other folds than the best, {best.name}"
        for name in sorted(run.name for run in others)
    ]


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("competition.metric=f1_macro", "has competition.metric=f1_macro, not accuracy"),
        ("competition.label_values=[wood,town,sea]", "was not made with the current labels"),
    ],
)
def test_run_that_cannot_be_compared_is_left_out(override, words, quick, choose):
    fitting = sorted(make(quick(f"seed={seed}"), "train").name for seed in (1, 2))
    other = make(quick("name=b", override), "train").name
    found, lines = choose()
    assert found == fitting
    assert len(lines) == 1
    assert lines[0].startswith(f"blend: left out: run {other} {words}")


def test_blends_and_other_versions_are_left_out(quick, choose):
    made = [make(quick(f"seed={seed}"), "predict") for seed in (1, 2, 3)]
    blend = blend_runs(quick("blend.method=mean"))
    without_lists(made[0].folder)
    manifest = read_json(made[0].folder / "manifest.json")
    del manifest["folders"]
    write_json(made[0].folder / "manifest.json", manifest)
    found, lines = choose()
    assert found == sorted(run.name for run in made[1:])
    assert lines == [
        f"blend: left out: run {blend.name} is a blend",
        f"blend: left out: run {made[0].name} was made by another version",
    ]


def test_broken_run_is_left_out(quick, choose):
    made = [make(quick(f"seed={seed}"), "train") for seed in (1, 2, 3)]
    (made[0].folder / "oof.csv").unlink()
    found, lines = choose()
    assert found == sorted(run.name for run in made[1:])
    assert "oof.csv: is missing" in lines[0]


def test_fewer_than_two_that_fit_are_one_line(quick, choose, runs):
    first = make(quick(), "train").name
    with pytest.raises(ConfigError, match=f"two finished runs .* there is only {first}; first run"):
        choose()
    make(quick("folds.n_folds=3"), "train")
    with pytest.raises(ConfigError, match=r"two finished runs that fit each other in .* only "):
        choose()


def test_named_runs_are_chosen_in_the_order_of_their_names(quick, runs):
    first = make(quick(), "train").name
    others = [make(quick(f"seed={seed}", f"name=other{seed}"), "train").name for seed in (2, 3)]
    assert named_runs(runs, ["other3", "other2"]) == sorted(runs / name for name in others)
    assert len(named_runs(runs, ["lstm_att", "latest"])) == 2
    with pytest.raises(ConfigError, match=f"run 'other' may be any of {others[0]}, {others[1]}"):
        named_runs(runs, ["lstm_att", "other"])
    with pytest.raises(ConfigError, match=f"run {first} is named twice"):
        named_runs(runs, ["lstm_att", first])
    with pytest.raises(ConfigError, match=f"two finished runs .* there is only {first}"):
        named_runs(runs, [first])
    with pytest.raises(ConfigError, match=f"no run 'othre2-.*did you mean '{others[0]}'"):
        named_runs(runs, ["lstm_att", others[0].replace("other", "othre")])


def test_named_run_that_cannot_be_blended_is_one_line(quick, runs, tmp_path):
    names = [make(quick(f"seed={seed}"), "predict").name for seed in (1, 2)]
    blend = blend_runs(quick("blend.method=mean")).name
    with pytest.raises(ConfigError, match=f"run {blend} is a blend; name its members instead"):
        named_runs(runs, [blend, names[0]])
    elsewhere = tmp_path / "elsewhere"
    (runs / names[0]).rename(elsewhere)
    with pytest.raises(ConfigError, match=r"elsewhere is not in .*; blend the runs of one compet"):
        named_runs(runs, [str(elsewhere), names[1]])
    without_lists(runs / names[1])
    manifest = read_json(runs / names[1] / "manifest.json")
    del manifest["folders"]
    write_json(runs / names[1] / "manifest.json", manifest)
    with pytest.raises(ConfigError, match=f"run {names[1]} was made by another version"):
        named_runs(runs, [names[1]])
