import numpy as np
import pytest
from helpers.blend_cases import TUNED, blend_case, every_kind, every_method, with_labels
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.ensembling import Objective, blend, check_method, honest_score, methods_for
from regard.errors import ConfigError
from regard.metrics.registry import greater_is_better
from regard.tasks import MultiClass, Ordinal, Targets


def test_the_mean_of_two_members():
    members = np.array([[[0.9, 0.1], [0.6, 0.4]], [[0.7, 0.3], [0.2, 0.8]]])
    objective = Objective("accuracy", MultiClass(("a", "b")), Targets(np.array([0, 1])), TUNED)
    made = blend(members, objective, np.array([0, 1]), method="mean")
    np.testing.assert_allclose(made.outputs, [[0.8, 0.2], [0.4, 0.6]], atol=1e-7)
    assert made.scores == {"mean": 1.0}
    assert made.fit.weights.tolist() == [0.5, 0.5]


@pytest.mark.slow
def test_auto_takes_the_method_with_the_best_score():
    members, objective, folds = blend_case("multi_class")
    made = blend(members, objective, folds)
    assert set(made.scores) == {"mean", "hill_climbing", "nnls", "stacker"}
    assert made.scores[made.fit.method] == min(made.scores.values())
    assert made.scores[made.fit.method] == honest_score(objective, made.outputs, folds)


@pytest.mark.slow
@every_kind
@pytest.mark.parametrize("weighted", [False, True])
def test_every_method_makes_valid_outputs_of_every_kind(kind, weighted):
    members, objective, folds = blend_case(kind, weighted=weighted)
    for method in methods_for(objective.metric, objective.task):
        made = blend(members, objective, folds, method=method)
        assert made.outputs.shape == members.shape[1:]
        assert made.outputs.dtype == np.float32
        assert np.isfinite(made.scores[method])
        assert objective.task.valid_outputs(made.outputs)[0].all()
        if objective.task.activation == "softmax":
            np.testing.assert_allclose(made.outputs.sum(axis=1), 1, atol=1e-5)


@pytest.mark.slow
@every_kind
def test_the_best_of_all_blends_is_about_as_good_as_the_best_member(kind):
    members, objective, folds = blend_case(kind, n_rows=300)
    alone = [honest_score(objective, member, folds) for member in members]
    best = blend(members, objective, folds).scores
    if greater_is_better(objective.metric):
        assert max(best.values()) > max(alone) - 0.02
    else:
        assert min(best.values()) < min(alone) + 0.02


@pytest.mark.slow
@every_method
@given(seed=st.integers(0, 1000), fold=st.integers(0, 2))
@settings(max_examples=5, deadline=None)
def test_the_labels_of_a_fold_change_only_the_blend_of_other_folds(method, seed, fold):
    members, objective, folds = blend_case(seed=seed)
    before = blend(members, objective, folds, method=method).outputs
    labels = np.where(
        folds[:, None] == fold, 1 - objective.targets.labels, objective.targets.labels
    )
    after = blend(members, with_labels(objective, labels), folds, method=method).outputs
    np.testing.assert_array_equal(after[folds == fold], before[folds == fold])
    if method in ("nnls", "stacker"):
        assert (after[folds != fold] != before[folds != fold]).any()


@every_kind
def test_rows_that_no_fold_held_out_change_nothing_and_get_nan(kind):
    members, objective, folds = blend_case(kind)
    folds = np.where(np.arange(60) < 6, -1, folds)
    members[1, 7, 0] = np.nan
    left_out = np.array([*range(6), 7])
    kept = np.setdiff1d(np.arange(60), left_out)
    made = blend(members, objective, folds, method="nnls")
    alone = blend(members[:, kept], objective.take(kept), folds[kept], method="nnls")
    assert np.isnan(made.outputs[left_out]).all()
    np.testing.assert_array_equal(made.outputs[kept], alone.outputs)
    assert made.scores == alone.scores


@pytest.mark.slow
def test_a_column_without_a_positive_among_the_other_folds_is_still_blended():
    members, objective, folds = blend_case("multi_label", metric="log_loss")
    labels = objective.targets.labels.copy()
    labels[folds != 1, 0] = 0
    made = blend(members, with_labels(objective, labels), folds)
    assert np.isfinite(made.outputs).all()


def test_a_method_that_does_not_suit_is_refused_with_those_that_do():
    message = r"blend.method=rank_mean does not suit .* ordinal; for it there are: auto, mean, hill"
    with pytest.raises(ConfigError, match=message):
        check_method("rank_mean", "spearman", Ordinal(("1", "2")))
    members, objective, folds = blend_case("multi_class", metric="roc_auc")
    with pytest.raises(ConfigError, match=r"rank_mean does not suit"):
        blend(members, objective, folds, method="rank_mean")
