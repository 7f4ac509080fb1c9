import pytest
from helpers.report_cases import BLEND, HISTORY, Page, render_section


def test_members():
    page = render_section("members", blend=BLEND)
    assert '<th scope="row">lstm-01</th><td>1</td><td>0.7000</td><td>0.2500</td>' in page
    assert '<th scope="row">nnls</th><td>0.7163</td>' in page
    assert "0.6500 ± 0.0707" in page
    assert ">weight</th>" in page


def test_a_single_member():
    one = {"lstm-01": BLEND["members"]["lstm-01"]}
    assert "0.7000 ± 0.0000" in render_section("members", blend={**BLEND, "members": one})


def test_the_mean_weight_of_a_member_with_one_for_each_output():
    members = {
        name: {**member, "weight": [0.25, 0.75]} for name, member in BLEND["members"].items()
    }
    page = render_section("members", blend={**BLEND, "members": members})
    assert page.count("<td>0.5000</td>") == 2
    assert ">mean weight</th>" in page


def test_folds():
    page = render_section("folds")
    assert "<td><b>0.5000</b></td><td>2 of 2</td><td>1 min 21 s</td></tr>" in page
    assert "<td><b>0.7500</b></td><td>1 of 2</td><td>1 min 21 s</td></tr>" in page
    dots = Page(page).elements("circle", "cx")
    assert [dot["cx"] for dot in dots] == ["8.00%", "92.00%"]
    assert '<span style="left: 8%">0.5000</span><span style="left: 92%">0.7500</span>' in page
    assert "mean, 0.6250" in page


def test_equal_scores_are_in_one_line():
    page = Page(render_section("folds", fold_scores=[0.5, 0.5]))
    assert len({circle["cx"] for circle in page.elements("circle", "cx")}) == 1


def test_folds_without_epochs():
    history = {"best_epoch": 1, "epochs": HISTORY["epochs"][:1]}
    page = render_section("folds", histories=[history] * 2)
    assert "<td><b>0.5000</b></td><td>40.0 s</td></tr>" in page
    assert "best epoch" not in page


def test_folds_without_models():
    page = render_section("folds", histories=[])
    assert "<td><b>0.5000</b></td></tr>" in page
    assert "weights fitted on the other folds" in page


@pytest.mark.slow
def test_curves():
    text = Page(render_section("curves")).text
    assert "Validation accuracy" in text
    assert "thresholds" not in text
    tuned = {"all_rows": [0.5, 0.3, 0.2], "score": 0.75, "by_fold": []}
    assert "tuned on same rows" in render_section("curves", thresholds=tuned)


@pytest.mark.slow
def test_curves_show_the_honest_score():
    epochs = [{**epoch, "honest_score": 40 * epoch["epoch"]} for epoch in HISTORY["epochs"]]
    tuned = {"all_rows": [0.5, 0.3, 0.2], "score": 0.75, "by_fold": []}
    histories = [{**HISTORY, "epochs": epochs}] * 2
    page = render_section("curves", thresholds=tuned, histories=histories)
    assert "tuned on other rows" in page
    assert ">80</text>" in page


def test_coverage():
    text = Page(render_section("coverage")).text
    for shown in ("91.4%", "98.7%", "as written 1,200, lower case 31", "ahoy 12"):
        assert shown in text


def test_settings():
    assert "<li><code>model.rnn.units=8</code></li>" in render_section("settings")
    assert "have their defaults." not in render_section("settings")
    assert "have their defaults." in render_section("settings", overrides=[])
    shown = render_section("settings", overrides=["competition=toxic", "output_dir=/tmp/o"])
    assert "have their defaults." in shown
    assert "/tmp/o" not in shown
