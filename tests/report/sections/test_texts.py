import pytest
from helpers.report_cases import Page, render_section

from regard.report import SimilarTexts


def test_pairs_with_different_labels():
    page = Page(render_section("similar_texts"))
    assert "Of 4 train rows, 2 have a text" in page.text
    assert "1 of the found pairs have different labels" in page.text
    assert "r0 labelled sea" in page.text
    assert "r1 labelled wood" in page.text


def test_pairs_of_numbers_have_no_conflicts():
    page = render_section("similar_texts", "regression", pairs=SimilarTexts(4, 2, None, []))
    assert "different labels" not in page


def test_drift():
    page = render_section("drift")
    assert "0.6340" in page
    assert (
        '<th scope="row">test</th><td><div class="chips"><span>new</span> <span>newer</span>'
        in page
    )


@pytest.mark.parametrize(("name", "field"), [("similar_texts", "pairs"), ("drift", "drift")])
def test_sections_need_their_data(name, field):
    with pytest.raises(ValueError, match=field):
        render_section(name, **{field: None})
