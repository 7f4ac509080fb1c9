from helpers.report_cases import Page, render_section


def test_the_label_and_the_suggestion_are_shown():
    page = Page(render_section("wrong_labels", "binary", texts=["a", "<i>", "c", "d"]))
    assert "r1 given Yes suggested No probability 0.80" in page.text
    assert "<i>" in page.text
    assert "Found: 2 of 4 labels, all in likely_wrong_labels.csv" in page.text


def test_no_file():
    assert "likely_wrong_labels.csv" not in render_section("wrong_labels", wrong_labels_file="")


def test_several_columns_are_named():
    page = Page(render_section("wrong_labels", "multi_label"))
    assert "label toxic given 0 suggested 1" in page.text
    assert "of 8 labels" in page.text


def test_numbers():
    page = Page(render_section("wrong_labels", "regression"))
    assert "of 8 numbers" in page.text
    assert "robust standard deviations" in page.text
