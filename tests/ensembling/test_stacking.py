import numpy as np
import pytest
from helpers.blend_cases import TASKS_AND_METRICS, TUNED, blend_case

from regard.ensembling import Objective, combine, fit
from regard.tasks import Targets


@pytest.mark.parametrize("seed", range(5))
def test_a_stacker_keeps_probabilities_of_ranks_falling(seed):
    members, objective, _ = blend_case("ordinal", seed=seed)
    members = np.minimum.accumulate(members, axis=2)
    stacked = combine(fit("stacker", members, objective), members, objective.task)
    assert (np.diff(stacked, axis=1) <= 0).all()


def test_a_stacker_corrects_probabilities_that_are_too_sure():
    random = np.random.default_rng(0)
    chance = random.random(4000)
    labels = (random.random(4000) < chance).astype(np.float32)[:, None]
    log_odds = np.log(chance / (1 - chance))
    too_sure = 1 / (1 + np.exp(-3 * log_odds))
    objective = Objective("log_loss", TASKS_AND_METRICS["binary"][0], Targets(labels), TUNED)
    fitted = fit("stacker", too_sure[None, :, None], objective)
    found = combine(fitted, too_sure[None, :, None], objective.task)[:, 0]
    assert np.abs(found - chance).max() < 0.1
