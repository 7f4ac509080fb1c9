import dataclasses

import numpy as np
from helpers.blend_cases import TUNED, blend_case, every_kind
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.ensembling import Objective, fit_score, fitting
from regard.ensembling.fitting import hill_climbing, least_squares
from regard.tasks import Regression, Targets


def test_hill_climbing_adds_the_members_that_help():
    labels = np.array([[0.0], [0.0], [1.0], [1.0]])
    objective = Objective("rmse", Regression(("y",), ranges=((0.0, 1.0),)), Targets(labels), TUNED)
    errors = np.array([[0.2, 0.0, 0.0, 0.0], [-0.2, 0.0, 0.0, 0.0], [0.4, 0.4, -0.4, -0.4]])
    ranged = dataclasses.replace(objective.task, ranges=((-1.0, 2.0),))
    objective = dataclasses.replace(objective, task=ranged)
    weights = hill_climbing(labels + errors[:, :, None], objective)
    np.testing.assert_allclose(weights, [0.5, 0.5, 0.0])


def test_least_squares_finds_the_shares_that_the_labels_were_made_of():
    random = np.random.default_rng(0)
    members = random.random((3, 50, 2))
    labels = np.tensordot([0.7, 0.0, 0.3], members, axes=1)
    task = Regression(("u", "v"), ranges=((0.0, 1.0),) * 2)
    objective = Objective("rmse", task, Targets(labels), TUNED)
    np.testing.assert_allclose(least_squares(members, objective), [0.7, 0.0, 0.3], atol=1e-9)


@every_kind
@given(seed=st.integers(0, 1000))
@settings(max_examples=5, deadline=None)
def test_hill_climbing_is_never_worse_than_the_best_member_on_its_rows(kind, seed):
    members, objective, _ = blend_case(kind, seed=seed)
    weights = hill_climbing(members, objective)
    blended = np.tensordot(weights, members.astype(np.float64), axes=1)
    best = max(fit_score(objective, member) for member in members)
    assert fit_score(objective, blended) >= best - 1e-12


def test_hill_climbing_on_some_rows_is_not_worse_on_all_rows(monkeypatch):
    monkeypatch.setattr(fitting, "_N_ROWS", 4)
    for seed in range(10):
        members, objective, _ = blend_case(seed=seed, metric="log_loss")
        weights = hill_climbing(members, objective)
        blended = np.tensordot(weights, members.astype(np.float64), axes=1)
        best = max(fit_score(objective, member) for member in members)
        assert fit_score(objective, blended) >= best - 1e-12
