import html

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regard import text
from regard.config.schema import CLEANING_STEPS
from regard.text import (
    RaggedTokens,
    build_vocabulary,
    clean,
    encode,
    identical_rows,
    index_texts,
    indexing,
    to_vocabulary,
    token_counts,
    tokenize,
)
from regard.text import vocabulary as vocabulary_module

TEXTS = ["the cat, the dog", "a cat", "", "the cat, the dog", "Unseen"]
steps = st.lists(st.sampled_from(CLEANING_STEPS), unique=True)


def as_lists(ragged: RaggedTokens) -> list[list[int]]:
    return [ragged[row].tolist() for row in range(len(ragged))]


def vocabulary_of(texts: list[str], *, max_size: int = 1000, min_count: int = 1) -> list[str]:
    indexed = index_texts(texts, [])
    counts = token_counts(indexed, slice(None))
    return build_vocabulary(indexed.tokens, counts, max_size=max_size, min_count=min_count)


def test_texts_become_token_ids_of_a_vocabulary():
    indexed = index_texts(TEXTS, ["lower_case"])
    assert indexed.tokens == ["the", "cat", ",", "dog", "a", "unseen"]
    assert as_lists(indexed.ragged) == [[0, 1, 2, 0, 3], [4, 1], [], [0, 1, 2, 0, 3], [5]]
    assert indexed.identical.tolist() == [0, 1, 2, 0, 4]
    counts = token_counts(indexed, slice(0, 2))
    assert counts.tolist() == [2, 2, 1, 1, 1, 0]
    vocabulary = build_vocabulary(indexed.tokens, counts, max_size=6, min_count=1)
    assert vocabulary == ["<pad>", "<unk>", "cat", "the", ",", "a"]
    ragged = to_vocabulary(indexed, vocabulary)
    assert as_lists(ragged) == [[3, 2, 4, 3, 1], [5, 2], [1], [3, 2, 4, 3, 1], [1]]
    assert ragged.lengths.tolist() == [5, 2, 1, 5, 1]
    assert (ragged.token_ids.dtype, ragged.offsets.dtype) == (np.int32, np.int64)
    assert (indexed.ragged.token_ids.dtype, indexed.identical.dtype) == (np.int32, np.int64)


@pytest.mark.parametrize(
    ("raw", "tokens"),
    [
        ("Don't pay $1,000.50 :)", ["Don't", "pay", "$", "1,000.50", ":", ")"]),
        ("the 2nd mp3, 3.5m; 1.", ["the", "2nd", "mp3", ",", "3.5m", ";", "1", "."]),
        ("no.5,x", ["no", ".", "5", ",", "x"]),
        ("well-known snake_case", ["well", "-", "known", "snake_case"]),
        ("dog\u2019s 'quoted'", ["dog\u2019s", "'", "quoted", "'"]),
        ("<url> <user> <br />", ["<url>", "<user>", "<", "br", "/", ">"]),
        ("caf\u00e9 cafe\u0301 \u0928\u092e\u0938\u094d\u0924\u0947", None),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u043f\u0440\u0438\u0432\u0435\u0442",
            None,
        ),
        ("hi\U0001f600\U0001f600 \u2764\ufe0f", ["hi", "\U0001f600", "\U0001f600", "\u2764"]),
        ("zero\u200bwidth soft\xadhyphen\u200d \ufeff", ["zero", "width", "soft", "hyphen"]),
        (" \n\t\u3000", []),
    ],
)
def test_tokens_are_words_of_any_script_numbers_marks_and_single_characters(raw, tokens):
    assert tokenize(raw, []) == (raw.split() if tokens is None else tokens)


@pytest.mark.parametrize(
    ("step", "raw", "cleaned"),
    [
        ("html_unescape", "&lt;3 &amp; &#128514;", "<3 & \U0001f602"),
        ("lower_case", "ÄB c", "äb c"),
        ("contractions", "I can't, won't, shan't, don't", "I can not, will not, shall not, do not"),
        (
            "contractions",
            "They're, we've, I'll, she'd, I'm, let's",
            "They are, we have, I will, she would, I am, let us",
        ),
        (
            "contractions",
            "WON'T Can\u2019t isn\u2019t the dog's",
            "Will not Can not is not the dog's",
        ),
        ("contractions", "ca n't do n't", "can not do  not"),
        (
            "urls",
            "see http://a.org/b?c=1, (www.b.de/x) HTTPS://T.CO/q.",
            "see <url>, (<url>) <url>.",
        ),
        (
            "urls",
            '<a href="http://x.y/z">here</a> awww.no http://',
            '<a href="<url>">here</a> awww.no http://',
        ),
        (
            "numbers",
            "1,000.5 mp3 2nd -7% 3. 12:30",
            "<number> mp3 2nd -<number>% <number>. <number>:<number>",
        ),
        (
            "repeated_characters",
            "loooool feed!!!! 1000 so... --- ??",
            "lool feed!! 1000 so.. --- ??",
        ),
        (
            "strip_special_characters",
            "well-known: don't <3 <url> 'x' a_b \u0928\u092e\u0938\u094d\u0924\u0947!",
            None,
        ),
    ],
)
def test_a_cleaning_step_does_what_it_says(step, raw, cleaned):
    expected = (
        "well known don't 3 <url> x a b \u0928\u092e\u0938\u094d\u0924\u0947"
        if cleaned is None
        else cleaned
    )
    assert clean(raw, [step]) == expected


def test_cleaning_steps_are_exactly_the_configured_ones():
    assert sorted([*text.TEXT_STEPS, *text.TOKEN_STEPS]) == sorted(CLEANING_STEPS)


def test_no_step_is_forced():
    assert clean("Sooooo &amp; http://A.b I'm 5", []) == "Sooooo &amp; http://A.b I'm 5"


def test_steps_apply_in_the_order_given():
    assert clean("see www.a1.de", ["urls", "strip_special_characters"]) == "see <url>"
    assert clean("see www.a1.de", ["strip_special_characters", "urls"]) == "see www a1 de"
    assert tokenize("having", ["stemming", "stop_words"]) == []
    assert tokenize("having", ["stop_words", "stemming"]) == ["have"]


def test_marks_for_addresses_and_numbers_survive_every_later_step():
    raw = "Visit http://x.org 25 times"
    assert tokenize(
        raw, ["urls", "numbers", *(s for s in CLEANING_STEPS if s not in ("urls", "numbers"))]
    ) == [
        "visit",
        "<url>",
        "<number>",
        "time",
    ]


def test_stop_words_are_dropped_in_any_case_and_leave_one_unknown_token():
    assert tokenize("The cat and THE dog", ["stop_words"]) == ["cat", "dog"]
    assert as_lists(encode(["The and"], ["<pad>", "<unk>", "and"], ["stop_words"])) == [[1]]


def test_a_stemmed_token_is_stemmed_once():
    indexed = index_texts(["running runs", "run"], ["stemming"])
    assert indexed.tokens == ["run"]
    assert indexed.identical.tolist() == [0, 1]
    word = "internationally"
    assert index_texts([word], ["stemming"]).tokens == tokenize(word, ["stemming"])


def test_pad_is_0_and_unk_is_1_whatever_the_vocabulary():
    assert vocabulary_of([]) == ["<pad>", "<unk>"]
    assert vocabulary_of(["b a"], max_size=3) == ["<pad>", "<unk>", "a"]
    assert (text.PAD, text.UNK) == (0, 1)


def test_a_literal_pad_or_unk_in_a_text_is_unknown():
    texts = ["<pad> a <unk>"] * 3
    vocabulary = vocabulary_of(texts)
    assert vocabulary == ["<pad>", "<unk>", "a"]
    assert as_lists(encode(texts, vocabulary, []))[0] == [1, 2, 1]


def test_tokens_seen_too_seldom_or_beyond_the_size_are_left_out():
    texts = ["d d d c c b b a"]
    assert vocabulary_of(texts, min_count=2)[2:] == ["d", "b", "c"]
    assert vocabulary_of(texts, max_size=4)[2:] == ["d", "b"]


def test_ragged_tokens_work_on_memory_mapped_arrays(tmp_path):
    ragged = encode(TEXTS, vocabulary_of(TEXTS), [])
    np.save(tmp_path / "ids.npy", ragged.token_ids)
    np.save(tmp_path / "offsets.npy", ragged.offsets)
    mapped = RaggedTokens(
        np.load(tmp_path / "ids.npy", mmap_mode="r"),
        np.load(tmp_path / "offsets.npy", mmap_mode="r"),
    )
    assert as_lists(mapped) == as_lists(ragged)
    assert mapped.lengths.tolist() == ragged.lengths.tolist()
    assert mapped[-1].tolist() == ragged[len(ragged) - 1].tolist()
    with pytest.raises(IndexError):
        mapped[len(TEXTS)]


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(st.text(max_size=30), max_size=8), names=steps)
def test_indexed_texts_are_the_tokens_of_each_text(texts, names):
    indexed = index_texts(texts, names)
    tokens = [[indexed.tokens[token_id] for token_id in row] for row in as_lists(indexed.ragged)]
    assert tokens == [tokenize(raw, names) for raw in texts]
    assert indexed.identical.tolist() == [tokens.index(row) for row in tokens]


AWKWARD = [
    *(
        "word",
        "B",
        "n't",
        "let\u2019s",
        "'",
        "\u2019",
        "1",
        "22",
        ".",
        ",",
        "_",
        "-",
        "!!!!",
        "<url>",
        "<",
        "b>",
        "<br />",
    ),
    *(
        " ",
        "\n",
        "\r\n",
        "\x1c",
        "\x00",
        "\x85",
        "\xa0",
        "\u200b",
        "\u200d",
        "\ufeff",
        "&lt;",
        "&nbsp;",
        "www.a.de",
    ),
    *(
        "\xe9",
        "e\u0301",
        "\u0301",
        "\u0663",
        "\u0663.\u0665",
        "\xb2",
        "\u0928\u092e\u0938\u094d\u0924\u0947",
        "\u4f60\u597d",
        "\U0001f600",
    ),
]
awkward_texts = st.lists(st.lists(st.sampled_from(AWKWARD), max_size=10).map("".join), max_size=8)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(texts=awkward_texts, names=steps)
def test_texts_are_split_in_blocks_as_one_by_one(texts, names):
    indexed = index_texts(texts, names)
    tokens = [[indexed.tokens[token_id] for token_id in row] for row in as_lists(indexed.ragged)]
    assert tokens == [tokenize(raw, names) for raw in texts]
    assert indexed.tokens == list(dict.fromkeys(token for row in tokens for token in row))


@settings(max_examples=40, deadline=None)
@given(texts=awkward_texts, block_rows=st.integers(1, 4), names=steps)
def test_the_size_of_blocks_does_not_matter(texts, block_rows, names):
    expected = index_texts(texts, names)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(indexing, "_BLOCK_ROWS", block_rows)
        patch.setattr(vocabulary_module, "_ROWS_AT_ONCE", block_rows)
        patch.setattr(vocabulary_module, "_TOKENS_AT_ONCE", block_rows)
        indexed = index_texts(texts, names)
        counts = token_counts(indexed, slice(None))
        ragged = to_vocabulary(indexed, ["<pad>", "<unk>", *indexed.tokens])
    assert indexed.tokens == expected.tokens
    assert as_lists(indexed.ragged) == as_lists(expected.ragged)
    assert indexed.identical.tolist() == expected.identical.tolist()
    assert (
        counts.tolist()
        == np.bincount(expected.ragged.token_ids, minlength=len(expected.tokens)).tolist()
    )
    assert as_lists(ragged) == [
        [token_id + 2 for token_id in row] or [1] for row in as_lists(expected.ragged)
    ]


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(st.text("ab <>pdunk'&;", max_size=12), max_size=8), max_size=st.integers(3, 8)
)
def test_every_text_has_a_real_token_and_every_id_is_in_the_vocabulary(texts, max_size):
    vocabulary = vocabulary_of(texts, max_size=max_size)
    assert len(vocabulary) <= max_size
    assert len(set(vocabulary)) == len(vocabulary)
    ragged = encode(texts, vocabulary, [])
    assert len(ragged) == len(texts)
    assert (ragged.lengths >= 1).all()
    for raw, ids in zip(texts, as_lists(ragged), strict=True):
        assert ids == [
            vocabulary.index(t) if t in vocabulary[2:] else 1 for t in tokenize(raw, [])
        ] or [1]


@settings(max_examples=40, deadline=None)
@given(
    texts=st.lists(st.text("abc ", max_size=8), max_size=6),
    random=st.randoms(use_true_random=False),
)
def test_the_vocabulary_does_not_depend_on_the_order_of_rows(texts, random):
    shuffled = list(texts)
    random.shuffle(shuffled)
    assert vocabulary_of(texts) == vocabulary_of(shuffled)


@settings(max_examples=60, deadline=None)
@given(raw=st.text(max_size=40))
def test_nothing_visible_is_lost_without_cleaning(raw):
    left_out = set(raw) - set("".join(tokenize(raw, [])))
    assert not any(
        character.isalnum() or character in html.unescape("!&lt;$\u20ac") for character in left_out
    )


def test_rows_are_identical_if_all_their_texts_are():
    first, second, test = ["a", "c", "b", "a"], ["b", "d", "a", "x"], (["c"], ["d"])
    identical = index_texts([*first, *second, *test[0], *test[1]], []).identical
    assert identical_rows(identical, 4, 2, any_order=True).tolist() == [0, 1, 0, 3, 1]
    assert identical_rows(identical, 4, 2, any_order=False).tolist() == [0, 1, 2, 3, 1]
    assert identical_rows(
        index_texts(["a", "b", "a"], []).identical, 2, 1, any_order=False
    ).tolist() == [0, 1, 0]
