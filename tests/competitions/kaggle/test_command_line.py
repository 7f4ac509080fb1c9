from regard.competitions.kaggle import split_words


def test_split_words():
    assert split_words(["seed=1", "message=a=b"], ["run", "message"]) == (
        ["seed=1"],
        {"message": "a=b"},
    )
