import pytest
from hypothesis import given
from hypothesis import strategies as st

from regard.tasks.list_forms import LIST_FORMS, form_of, read_list


@pytest.mark.parametrize(
    ("cell", "tags", "form"),
    [
        ('["a", "b"]', ["a", "b"], "json"),
        ("['a', 'b c']", ["a", "b c"], "python"),
        ("['a' 'b c']", ["a", "b c"], "numpy"),  # which Python reads as 'ab c'
        ("{a,b}", ["a", "b"], "braces"),
        ('{a,"b, c"}', ["a", "b, c"], "braces"),
        ("{'a', 'b'}", ["a", "b"], "braces"),
        ("{it's}", ["it's"], "braces"),
        ("<a><b c>", ["a", "b c"], "angles"),
        ("[]", [], None),
        ("{}", [], None),
        ('{"a": 1}', None, None),
        ("a", None, None),
        ("<a> b", None, None),
        ("[" * 5000, None, None),
    ],
)
def test_lists_in_one_cell(cell, tags, form):
    assert read_list(cell) == tags
    assert form_of(cell) == form


@given(
    st.lists(st.text("ab,'\" {}\\é", min_size=1, max_size=6), max_size=4),
    st.sampled_from(sorted(LIST_FORMS)),
)
def test_a_list_is_read_as_it_was_written(tags, form):
    assert read_list(LIST_FORMS[form](tags)) == tags or (form == "angles" and not tags)
