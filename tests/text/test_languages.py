import pytest

from regard.errors import ConfigError
from regard.text import Tokenizer, fit_tokenizer
from regard.text.languages import LANGUAGES, detect_language, language_name, stemmer_of

TEXTS = {
    "en": "the weather was fine and we walked along the river for an hour",
    "de": "das Wetter war schön und wir sind eine Stunde am Fluss gelaufen",
    "ru": "погода была хорошая и мы час гуляли вдоль реки",
    "tr": "hava güzeldi ve bir saat boyunca \u0131rmak k\u0131y\u0131s\u0131nda yürüdük",
    "ar": "كان الطقس جميلا ومشينا ساعة على طول النهر",
    "th": "วันนี้อากาศดีมากและเราเดินเล่นริมแม่น้ำ",
    "ja": "今日は天気がよかったので川沿いを一時間歩きました",
    "zh": "今天天气很好我们沿着河边走了一个小时",
}


@pytest.mark.parametrize("code", TEXTS)
def test_language_of_texts(code):
    assert detect_language([TEXTS[code]] * 5) == code
    capitals = TEXTS[code].replace("i", "İ") if code == "tr" else TEXTS[code]
    assert detect_language([capitals.upper()] * 5) == code


def test_texts_without_letters_are_english():
    assert detect_language([]) == "en"
    assert detect_language(["123", "!!"]) == "en"


def test_most_of_the_text_decides():
    assert detect_language([TEXTS["de"]] * 30 + [TEXTS["en"]] * 5) == "de"


def test_turkish_needs_its_letters():
    # A detector that takes a few English words for Turkish must not change their capital letters.
    assert detect_language(["ve bu da bir iki", "x"]) != "tr"


def test_every_stemmer_exists():
    for code, language in LANGUAGES.items():
        if language.stemmer:
            assert isinstance(stemmer_of(code)("word"), str)
    with pytest.raises(ConfigError, match="Snowball has no stemmer for Chinese"):
        stemmer_of("zh")
    assert language_name("xx") == "xx"


def test_train_in_capitals_and_test_in_small_letters():
    train = ["SİS VE SERİN VE BU DA RÜZGÂRLI", "ILIK BİR GÜN VE ISPARTA"] * 10
    test = ["sis ve serin ve bu da rüzgârl\u0131", "\u0131l\u0131k bir gün ve \u0131sparta"] * 10
    tokenizer = fit_tokenizer(["lower_case"], [*train, *test], list)
    assert tokenizer == Tokenizer(("lower_case",), "tr")
    assert list(map(tokenizer.tokenize, train)) == list(map(tokenizer.tokenize, test))


def test_a_step_refuses_an_unknown_language_before_any_work():
    with pytest.raises(ConfigError, match="stop_words, which knows English only"):
        fit_tokenizer(["stop_words"], [TEXTS["de"]], list)
    assert fit_tokenizer(["stop_words"], [TEXTS["de"]], list, language="en").language == "en"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("\uff33\uff25\uff21 and \uff42\uff4f\uff41\uff54 on the road", "en"),
        ("\U0001f41f\U0001f30a", "en"),
        (
            "\u0f49\u0f0b\u0f62\u0f92\u0fb1\u0f0b\u0f58\u0f5a\u0f7c\u0f0b"
            "\u0f42\u0fb2\u0f74\u0f0b\u0f42\u0f5f\u0f72\u0f44\u0f66\u0f0b",
            "bo",
        ),
    ],
    ids=["full width", "no language", "Tibetan"],
)
def test_languages_of_unusual_letters(text, code):
    assert detect_language([f"{text} {number}" for number in range(30)]) == code
