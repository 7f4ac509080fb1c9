from regard.linear import count_ngrams


def test_words_and_pairs_of_neighbours_are_counted():
    (words,) = count_ngrams([["A sea, a"]], ["lower_case"], characters=False, paired=False)
    counts = dict(zip(words.terms, words.counts[0].toarray()[0].tolist(), strict=True))
    assert counts == {"a": 2, "sea": 1, ",": 1, " a": 1, "a sea": 1, "sea ,": 1, ", a": 1, "a ": 1}


def test_characters_are_counted_within_words():
    _, characters = count_ngrams([["ab c"]], [], characters=True, paired=False)
    assert set(characters.terms) == {" a", "ab", "b ", " ab", "ab ", " ab ", " c", "c ", " c "}


def test_the_two_texts_of_a_pair_share_their_terms():
    (words,) = count_ngrams([["a", "b"], ["b", "c"]], [], characters=False, paired=True)
    assert words.terms == ["a", " a", "a ", "b", " b", "b ", "c", " c", "c "]
    first, second = (part.toarray()[:, ::3].tolist() for part in words.counts)
    assert (first, second) == ([[1, 0, 0], [0, 1, 0]], [[0, 1, 0], [0, 0, 1]])
