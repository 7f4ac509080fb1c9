import pytest
from helpers.report_cases import CASES, NETWORK_SECTIONS

from regard.report import SECTIONS, choose_sections

TASK, *_ = CASES["multi_class"]


def test_sections_of_a_network():
    assert choose_sections(TASK, NETWORK_SECTIONS, thresholds_tuned=True) == [
        "folds",
        "curves",
        "confusion",
        "labels",
        "ranking",
        "calibration",
        "thresholds",
        "groups",
        "weak_slices",
        "most_wrong",
        "wrong_labels",
        "explanations",
        "coverage",
        "settings",
    ]


def test_sections_of_a_blend():
    chosen = choose_sections(TASK, ["members"], thresholds_tuned=False)
    assert chosen[:3] == ["members", "folds", "confusion"]
    assert chosen[-3:] == ["most_wrong", "wrong_labels", "settings"]


def test_numbers_have_no_sections_of_classes():
    task, *_ = CASES["regression"]
    chosen = choose_sections(task, [], thresholds_tuned=False)
    assert not {"labels", "ranking", "calibration"} & set(chosen)
    assert {"groups", "weak_slices", "wrong_labels"} <= set(chosen)


@pytest.mark.parametrize("kind", CASES)
def test_the_task_chooses_a_section(kind):
    task, *_ = CASES[kind]
    assert task.report_section in choose_sections(task, [], thresholds_tuned=False)
    assert task.report_section in SECTIONS


def test_an_unknown_section_is_refused():
    with pytest.raises(ValueError, match="curve"):
        choose_sections(TASK, ["curve"], thresholds_tuned=False)
