import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st

from regard.config.words import (
    check_words,
    expand_args,
    in_quotes,
    join_words,
    quote_values,
    split_args,
)
from regard.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" seed=1\n folds.n_folds=3\t", ["seed=1", "folds.n_folds=3"]),
        ("seeds=[1, 2, 3] -m", ["seeds=[1, 2, 3]", "-m"]),
        ('model.x="a b" seed=1', ['model.x="a b"', "seed=1"]),
        ("'seeds=[1, 2]' \"a=b c\"", ["seeds=[1, 2]", "a=b c"]),
        ("x=['a ] b', [c, d]] y=(1, 2)", ["x=['a ] b', [c, d]]", "y=(1, 2)"]),
        (r"x='it\'s so' y", [r"x='it\'s so'", "y"]),
        ("x=$(date) `ls`; rm & | > #", ["x=$(date)", "`ls`;", "rm", "&", "|", ">", "#"]),
        ("x=[1, 2 seed=1", ["x=[1, 2 seed=1"]),
        ("x=] y=1", ["x=]", "y=1"]),
    ],
)
def test_args_are_split_at_blanks_outside_brackets_and_quotes(text, words):
    assert split_args(text) == words


@given(st.text(alphabet="ab=,'\"[]{}()\\ \n;$`"))
def test_args_keep_their_characters(text):
    kept = "".join("".join(split_args(text)).split())
    dropped = "'\"\\ \n"
    assert kept.translate(dict.fromkeys(map(ord, dropped))) == text.translate(
        dict.fromkeys(map(ord, dropped))
    )


@given(st.lists(st.text(alphabet="ab=,;$`|&ü", min_size=1)))
def test_plain_words_come_back(words):
    assert split_args(" ".join(words)) == words


def test_only_the_word_args_is_expanded():
    words = ["competition=toxic", "args=seed=1 x=[1, 2]", "text=args=1 2", "args="]
    assert expand_args(words) == ["competition=toxic", "seed=1", "x=[1, 2]", "text=args=1 2"]


@pytest.mark.parametrize(
    ("words", "joined"),
    [
        (["seeds=[1,", "2,", "3]", "-m"], ["seeds=[1, 2, 3]", "-m"]),
        (["folds.n_folds=3,", "5", "seed=1"], ["folds.n_folds=3, 5", "seed=1"]),
        (["seeds=[1,", "seed=2"], ["seeds=[1,", "seed=2"]),
        (["seeds=[1,", "--cfg", "job"], ["seeds=[1,", "--cfg", "job"]),
        (["seed", "1"], ["seed", "1"]),
        (["x='[1,", "2]"], ["x='[1,", "2]"]),
    ],
)
def test_parts_of_a_list_are_joined(words, joined):
    assert join_words(words) == joined


@pytest.mark.parametrize(
    ("word", "quoted"),
    [
        ("competition=2024", "competition='2024'"),
        ("competition=1e5,007", "competition='1e5','007'"),
        ("competition=true", "competition='true'"),
        ("competition=a.b", "competition='a.b'"),
        ("competition=münchen", "competition='münchen'"),
        ("competition='2024'", "competition='2024'"),
        ("competition=toxic", "competition=toxic"),
        ("+model@members.x=007", "+model@members.x='007'"),
        ("model=[a,b]", "model=[a,b]"),
        ("seed=2024", "seed=2024"),
        ("x.y=a;b", "x.y='a;b'"),
        ("x.y=ü b", "x.y='ü b'"),
        ("x.y=[ü]", "x.y=[ü]"),
    ],
)
def test_values_that_hydra_would_misread_are_quoted(word, quoted):
    assert quote_values([word], {"competition", "model"}) == [quoted]


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_hydra_reads_quoted_names_as_texts(name):
    if name[0] in "'\"[{(" or set(name) & set(",$\\"):
        return
    (word,) = quote_values([f"competition={name}"], {"competition"})
    (override,) = OverridesParser.create().parse_overrides([word])
    assert override.value() == name.strip()


def test_text_in_quotes():
    assert in_quotes("it's") == r"'it\'s'"


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("folds.n_folds=3,", "n_folds=3, ends with a comma; write folds.n_folds=3 or more values"),
        ("seeds=[1, 2", r"the bracket \[ is not closed by \]"),
        ("x={a: [1]", "the bracket { is not closed by }"),
        ("x='a", "the quote ' is not closed by another one"),
        ("=3", "=3 has no name; write a setting as key=value"),
        ("hydra=3", "hydra is a section of settings"),
    ],
)
def test_value_that_is_not_complete_is_one_line(word, message):
    check_words(["seed=1", "-m", "x=[1, 'a]']"])
    with pytest.raises(ConfigError, match=message):
        check_words([word])
