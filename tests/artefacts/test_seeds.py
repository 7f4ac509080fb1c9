import pytest
from hypothesis import given
from hypothesis import strategies as st

from regard.artefacts.seeds import derive_seed


def test_the_same_purpose_gives_the_same_seed_in_every_process():
    assert derive_seed(1, "fold", 0) == derive_seed(1, "fold", 0) == 926693256


def test_other_purposes_give_other_seeds():
    purposes = [("fold", 0), ("fold", 1), ("embeddings",), ("fold", "0", 1)]
    assert len({derive_seed(seed, *purpose) for purpose in purposes for seed in (1, 2)}) == 8


@pytest.mark.slow
@given(st.integers(0, 2**31 - 1), st.text(), st.integers())
def test_seeds_fit_every_library(seed, name, number):
    assert 0 <= derive_seed(seed, name, number) < 2**31
