import pytest
from helpers.report_cases import BLEND, HISTORY, Page, render_section

from regard.report import AttentionText

OUTPUTS = [0.9, 0.05, 0.05]


def attention(*texts):
    import numpy as np

    row = AttentionText("t", texts, np.array(OUTPUTS))
    return render_section("attention", attention_texts=[row])


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


def test_both_texts_of_a_pair_are_shown():
    page = attention((["one"], [1.0]), (["two", "three"], [0.5, 0.5]))
    assert page.count('<p class="words">') == 2


def test_words_are_shaded_by_weight():
    page = render_section("attention")
    assert (
        '<span style="--w:0.250" title="0.2000">big</span> '
        '<span style="--w:1.000" title="0.8000">wave</span></p>' in page
    )


def test_the_prediction_of_an_attention_text():
    assert "t9 predicted sea (0.90)" in Page(render_section("attention")).text


def test_long_attention_texts_are_cut():
    tokens = ["word"] * 149 + ["last", "unseen", "unseen"]
    page = attention((tokens, [0.5 / 150] * 150 + [0.25, 0.25]))
    assert "last</span> <i>… 2 more tokens with 50.0% of the weight</i>" in page
    assert "unseen" not in page
    assert 'style="--w:0.013"' in page  # relative to the largest weight, shown or not


def test_weights_of_zero_are_harmless():
    assert '<span style="--w:0.000" title="0.0000">&lt;pad&gt;</span>' in attention(
        (["<pad>"], [0.0])
    )


def test_a_model_without_attention():
    assert "no attention layer" in render_section("attention", attention_texts=None)


def test_no_attention_texts():
    page = render_section("attention", attention_texts=[])
    assert "no attention layer" not in page
    assert "report.n_attention_texts is 0" in page


def test_coverage():
    text = Page(render_section("coverage")).text
    for shown in ("91.4%", "98.7%", "as written 1,200, lower case 31", "ahoy 12"):
        assert shown in text


def test_settings():
    assert "<li><code>model.rnn.units=8</code></li>" in render_section("settings")
    assert "All settings have their defaults." not in render_section("settings")
    assert "All settings have their defaults." in render_section("settings", overrides=[])
