from regard.data.words import find_words, mean_word_length


def test_words():
    assert find_words("The sea, 2 ships!") == ["The", "sea", "2", "ships"]
    assert mean_word_length("an example") == 4.5
    assert mean_word_length("...") == 0
