import math

from helpers.cases import serve_settings
from helpers.served_runs import FakeRun, label_run

from regard.serving.card import model_card


def test_the_card_names_the_model_and_its_limits():
    card = model_card(FakeRun(), serve_settings(max_rows=3), explains=False)
    assert (card.name, card.competition, card.learner) == ("fake-0123", "tiny", "network")
    assert (card.metric, card.oof_score, card.fold_scores) == ("accuracy", 0.9, [0.8, 1.0])
    assert (card.limits.rows, card.limits.explained_rows) == (3, 3)
    assert (card.explains, card.positive_value) == (False, None)
    assert set(card.versions) == {"regard", "python"}


def test_an_undefined_score_is_null():
    run = FakeRun()
    run.scores = {**run.scores, "oof_score": math.nan, "fold_scores": [math.nan, 1.0]}
    card = model_card(run, serve_settings(), explains=True)
    assert '"oof_score":null,"fold_scores":[null,1.0]' in card.model_dump_json()


def test_a_blend_and_the_positive_value_of_labels():
    run = label_run()
    run.scores = {**run.scores, "blend": {}}
    card = model_card(run, serve_settings(), explains=True)
    assert (card.learner, card.positive_value) == ("blend", "1")
