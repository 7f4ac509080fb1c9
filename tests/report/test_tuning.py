import math

import pytest

from regard.report.tuning import Axis, Trace, TracedTrial, render_trace

AXES = [
    Axis("model.C", "C", low=0.1, high=10.0, log=True),
    Axis("x.<b>", "<b>", choices=("a", "b")),
]


def trial(number, score, result="complete", **values):
    return TracedTrial(
        number=number,
        result=result,
        score=score,
        fold_scores=(score,) * (2 if result == "complete" else 1),
        seconds=3.0,
        params={"model.C": 10.0 ** (number % 3 - 1), "x.<b>": "ab"[number % 2]},
        settings={"model.C": "1", "x.<b>": "<script>"},
        **values,
    )


def trace(*trials, best, **values):
    return Trace(
        competition="c",
        study="s",
        model="m",
        metric="accuracy",
        greater_is_better=True,
        axes=AXES,
        trials=trials,
        best=best,
        folds_better=(2, 2),
        importance=values.get("importance", {}),
        page="c_s",
        command="make train",
    )


@pytest.mark.parametrize(("value", "place"), [(0.1, 0.0), (1.0, 0.5), (10.0, 1.0)])
def test_a_value_has_its_place_on_a_logarithmic_axis(value, place):
    assert AXES[0].place(value) == pytest.approx(place)


def test_choices_are_spread_over_their_axis():
    assert [Axis("k", "k", choices=("a", "b", "c")).place(value) for value in "abc"] == [0, 0.5, 1]


def test_the_page_shows_all_trials_and_escapes_settings():
    trials = [trial(0, 0.5), trial(1, 0.6, "pruned"), trial(2, 0.7)]
    failed = trial(3, math.nan, "failed", reason="no <memory>")
    page = render_trace(trace(*trials, failed, best=2, importance={"model.C": 0.9}))
    assert "<script>" not in page.replace("<script>\n", "").split("<main")[1].split("</main>")[0]
    assert "no &lt;memory&gt;" in page
    assert "The defaults have <b>0.5000</b>" in page
    for section in ("best", "history", "parallel", "importance", "trials"):
        assert f'id="{section}"' in page
    assert page == render_trace(trace(*trials, failed, best=2, importance={"model.C": 0.9}))


def test_a_search_of_one_trial_has_a_page():
    page = render_trace(trace(trial(0, 0.5), best=0))
    assert "no other one was better" in page
    assert 'id="importance"' not in page
