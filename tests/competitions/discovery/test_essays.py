from helpers.tables import cycle, guess_settings, make_tables, sentences

from regard.competitions.discovery.guessing import discover

SCORES = {"score": cycle("0.5 1.5 2.25 3.75", 60)}


def essays(**columns):
    texts = {"essay": sentences(80, length=60), **columns}
    return make_tables(SCORES, {"score": "0"}, **texts)


def test_long_texts_with_scores_have_statistics():
    assert guess_settings(essays())["text_statistics"] == [
        "length",
        "sentences",
        "vocabulary",
        "readability",
    ]


def test_prompt_that_many_rows_share():
    prompt = ["Write about the sea and the wind."] * 40 + ["Write about the old town again."] * 40
    found = guess_settings(essays(prompt=prompt[::2] + prompt[1::2]))
    assert found["prompt_column"] == "prompt"
    assert found["text_statistics"][-1] == "prompt_overlap"
    assert found["text_columns"] == ["essay"]


def test_short_texts_and_classes_have_none():
    short = make_tables(SCORES, {"score": "0"}, text=sentences(80))
    assert "text_statistics" not in guess_settings(short)
    classes = make_tables(
        {"label": cycle("0 1", 60)}, {"label": "0"}, text=sentences(80, length=60)
    )
    assert "text_statistics" not in guess_settings(classes)


def test_prompt_of_another_file_has_any_name():
    body = ["Tell all about the sea."] * 40 + ["Tell all about the old town."] * 40
    tables = essays(body=body[::2] + body[1::2])
    settings = {
        guess.key: guess.value for guess in discover(tables, base={}, pages={}, joined=["body"])
    }
    assert settings["prompt_column"] == "body"
    assert "prompt_column" not in guess_settings(tables)
