import sys

import numpy as np
import pytest

from regard.data import readability
from regard.data.readability import coleman_liau, count_sentences, flesch, lix, syllables_of_word
from regard.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "n_sentences"),
    [
        ("It rains. Stay at home!", 2),
        ("No end", 1),
        ("", 1),
        ("Version 2.5 is out", 1),
        ('"Really?!" she asked... Yes.', 3),
        ("A title\n\nA line", 2),
        ("\u5929\u6c14\u5f88\u597d\u3002\u6211\u4eec\u8d70\u5427\u3002", 1),
    ],
)
def test_sentences(text, n_sentences):
    assert count_sentences(text) == n_sentences


def test_readability_by_hand():
    # 4 words in 2 sentences, one of more than 6 letters; 19 letters
    text = "It rains. Umbrellas help."
    assert lix(text) == pytest.approx(np.log1p(2 + 25))
    assert coleman_liau(text) == pytest.approx(5.88 * 20 / 4 - 29.6 * 2 / 4 - 15.8)


def test_longer_words_are_harder():
    easy, hard = "The cat sat on the mat.", "Epistemological considerations notwithstanding."
    assert lix(easy) < lix(hard)
    assert coleman_liau(easy) < coleman_liau(hard)


def test_syllables():
    pytest.importorskip("pyphen")
    assert syllables_of_word("cat hyphenation") == pytest.approx((1 + 3) / 2)  # hy-phen-ation
    assert flesch("The cat sat.") > flesch("Epistemological considerations.")


def test_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyphen", None)
    readability._hyphenator.cache_clear()
    readability._count_syllables.cache_clear()
    with pytest.raises(ConfigError, match="pip install pyphen, or leave syllables out"):
        syllables_of_word("word")
    readability._hyphenator.cache_clear()
