import pytest
from helpers.report_cases import CASES, NETWORK_SECTIONS

from regard.report import SECTIONS, choose_sections

TASK, *_ = CASES["multi_class"]


def test_sections_of_a_network():
    assert choose_sections(TASK, NETWORK_SECTIONS, thresholds_tuned=True) == [
        "folds",
        "curves",
        "confusion",
        "thresholds",
        "most_wrong",
        "explanations",
        "coverage",
        "settings",
    ]


def test_sections_of_a_blend():
    chosen = choose_sections(TASK, ["members"], thresholds_tuned=False)
    assert chosen == ["members", "folds", "confusion", "most_wrong", "settings"]


@pytest.mark.parametrize("kind", CASES)
def test_the_task_chooses_a_section(kind):
    task, *_ = CASES[kind]
    assert task.report_section in choose_sections(task, [], thresholds_tuned=False)
    assert task.report_section in SECTIONS


def test_an_unknown_section_is_refused():
    with pytest.raises(ValueError, match="curve"):
        choose_sections(TASK, ["curve"], thresholds_tuned=False)
