import pytest

from regard.competitions.discovery.pairs import match_pair


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("question1", "question2"),
        ("sentence_A", "sentence_B"),
        ("s1", "s2"),
        ("text", "text2"),
        ("left_text", "right_text"),
    ],
)
def test_symmetric_pair(one, other):
    assert match_pair(one, other) == (one, other, True)


def test_order_of_premise_and_hypothesis():
    for names in (("premise", "hypothesis"), ("hypothesis", "premise")):
        assert match_pair(*names) == ("premise", "hypothesis", False)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a", "b"),
        ("title", "abstract"),
        ("product_title", "product_description"),
        ("body", "bodies"),
        ("1_text", "text_1"),
    ],
)
def test_no_pair(one, other):
    assert match_pair(one, other) is None
