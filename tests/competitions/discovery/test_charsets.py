import pytest

from regard.competitions.discovery.charsets import guess_charset, utf16_of

RUSSIAN = "Сегодня хорошая погода, и мы пошли гулять в парк."
FRENCH = "Le café était très bon, déjà vu à Genève."
TEXTS = {
    "cp1252": FRENCH,
    "mac_roman": FRENCH,
    "cp1250": "Książka była świetna, polecam wszystkim.",
    "iso8859_2": "Książka była świetna, polecam wszystkim.",
    "cp1254": "Bugün hava çok güzel, şehirde yürüyüşe çıktık.",  # noqa: RUF001
    "cp1251": RUSSIAN,
    "koi8_r": RUSSIAN,
    "cp866": RUSSIAN,
    "cp1253": "Σήμερα ο καιρός είναι πολύ καλός και πήγαμε στο πάρκο.",  # noqa: RUF001
    "cp1255": "היום מזג האוויר יפה מאוד והלכנו לפארק.",
    "cp1256": "اليوم الطقس جميل جدا وذهبنا إلى الحديقة.",
    "tis_620": "วันนี้อากาศดีมากเราไปเดินเล่นที่สวนสาธารณะ",
    "gb18030": "今天天气很好,我们去公园散步。",
    "big5": "今天天氣很好,我們去公園散步。",
    "cp932": "今日はとても良い天気なので、公園へ散歩に行きました。",
    "euc_jp": "今日はとても良い天気なので、公園へ散歩に行きました。",
    "cp949": "오늘은 날씨가 정말 좋아서 공원에 산책하러 갔습니다.",
}


@pytest.mark.parametrize("charset", TEXTS)
@pytest.mark.parametrize("n_rows", [1, 20])
def test_texts_are_read_as_they_were_written(charset, n_rows):
    rows = "".join(f"{row},{TEXTS[charset]},{row % 2}\n" for row in range(n_rows))
    sample = rows.encode(charset)
    assert sample.decode(guess_charset(sample)) == rows


@pytest.mark.parametrize("charset", ["cp1251", "koi8_r", "cp866", "cp1254", "cp1252", "cp1253"])
def test_capitals_are_read_as_they_were_written(charset):
    sample = f"1,{TEXTS[charset].upper()}\n".encode(charset)
    assert sample.decode(guess_charset(sample)) == sample.decode(charset)


def test_short_words_of_koi8_r_are_no_kana():
    words = ["матч", "гол был", "тренер", "банк и рынок", "лига", "кредит", "акции", "бюджет"]
    sample = "".join(f"{row},{words[row % 8]},0\n" for row in range(40)).encode("koi8_r")
    assert guess_charset(sample) == "koi8_r"


@pytest.mark.parametrize("text", ["naïve", "“quoted” — and so", "5 € for it", "Grüße", "it\u2019s"])
def test_a_few_western_letters_are_cp1252(text):
    assert guess_charset(f"1,some words and {text},0\n".encode("cp1252")) == "cp1252"


def test_bytes_that_cp1252_lacks_are_latin_1():
    assert guess_charset("1,déjà vu\x81,0".encode("latin-1")) == "latin-1"


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark(order):
    assert utf16_of("id,text\n1,café\n".encode(order)) == order
    assert utf16_of("id,text\n1,今天天气很好\n".encode(order)[:-1]) == order


def test_other_bytes_are_no_utf_16():
    assert utf16_of(b"id,text\n1,a\0b\n") is None
    assert utf16_of("id,text\n1,café\n".encode()) is None
