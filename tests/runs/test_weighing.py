import pytest

from regard.runs.weighing import Answer, mean_faithfulness, pieces_of
from regard.text.words import words_of


@pytest.mark.parametrize("text", ["Don't see  http://a.org!", "  two\nlines ", "", "(a-b)"])
def test_pieces_are_the_text(text):
    found = words_of(text, ["lower_case", "contractions", "urls"])
    ((name, pieces),) = pieces_of([("text", word) for word in found], {"text": text})
    assert name == "text"
    assert "".join(pieces) == text.rstrip()
    assert [piece.strip() for piece in pieces] == [word.text for word in found]


def test_faithfulness_is_the_mean_over_all_rows():
    def answer(n_rows, value):
        measures = dict.fromkeys(("comprehensiveness", "sufficiency", "area"), value)
        return Answer([], n_rows, {"attention": measures, "random": measures})

    found = mean_faithfulness([answer(1, 0.1), Answer([], 0, {}), answer(3, 0.5)])
    assert found["n_rows"] == 4
    assert found["share"] == 0.2
    assert found["methods"]["attention"]["comprehensiveness"] == pytest.approx(0.4)
    assert mean_faithfulness([Answer([], 0, {})]) == {}
