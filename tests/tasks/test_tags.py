import pytest
from hypothesis import given
from hypothesis import strategies as st

from regard.tasks.list_forms import LIST_FORMS
from regard.tasks.tags import find_joiner, join_tags, split_tags


@pytest.mark.parametrize(
    ("cell", "separator", "tags"),
    [
        ("food, sky", ",", ["food", "sky"]),
        ("food;sky; ", ";", ["food", "sky"]),
        ("a b  c", " ", ["a", "b", "c"]),
        ("b|a|b", "|", ["b", "a"]),
        ("", ",", []),
        ("New York", ",", ["New York"]),
        ('["a", "b"]', "json", ["a", "b"]),
        ("['a', 'b c']", "json", ["a", "b c"]),
        ('["it\'s", "b"]', "json", ["it's", "b"]),
        ("[]", "json", []),
        ("[1, 2]", "json", ["1", "2"]),
        ("a, b", "json", None),
        ('{"a": 1}', "json", None),
        ("[" * 500, "json", None),
    ],
)
def test_tags_of_a_cell(cell, separator, tags):
    assert split_tags(cell, separator) == tags


@pytest.mark.parametrize(
    ("cells", "separator", "joiner"),
    [
        (["a, b", "c"], ",", ", "),
        (["a,b", "c,d", "e, f"], ",", ","),
        (["a b"], " ", " "),
        (["a | b"], "|", " | "),
        (["a"], ",", None),
        (['["a"]'], "json", "json"),
        (["['a']"], "json", "python"),
        ([], "json", None),
        (["[]"], "json", None),
        (["<a><b>", "<c>"], "json", "angles"),
    ],
)
def test_the_joiner_of_cells(cells, separator, joiner):
    assert find_joiner(cells, separator) == joiner


@given(
    st.lists(st.text("abcxyz'\" é", min_size=1, max_size=5).map(str.strip), unique=True),
    st.sampled_from([", ", ";", "|", *LIST_FORMS]),
)
def test_joined_tags_are_split_again(tags, joiner):
    tags = [tag for tag in tags if tag]
    separator = "json" if joiner in LIST_FORMS else joiner.strip()
    assert split_tags(join_tags(tags, joiner), separator) == tags
