"""Tell the encoding of bytes that are not UTF-8."""

import re

# Encodings of scripts other than Latin, each with its most frequent letters.
_LETTERS = {
    "cp1251": "оеаинтсрвлкмдпуя",
    "koi8_r": "оеаинтсрвлкмдпуя",
    "cp866": "оеаинтсрвлкмдпуя",
    "iso8859_5": "оеаинтсрвлкмдпуя",
    "mac_cyrillic": "оеаинтсрвлкмдпуя",
    "cp1253": "αοιετσνηυρπκμλάίόέής",
    "cp1255": "יוהלאתבמרנשעדחם",
    "cp1256": "اليومنترهبةدعسفكحق",
    "tis_620": "านรอกเงวยมลตท่้ีิัส",
}
_MULTIBYTE = ("gb18030", "big5", "cp932", "euc_jp", "cp949")
_GOOD_LINES = 0.9  # the least share of lines that an encoding reads
_OF_CAPITALS = 0.9
_FREQUENT = 0.55  # the least share of frequent letters among the letters of a text

# Western encodings, the usual one first, and their frequent letters and marks beyond ASCII.
_WESTERN = ("cp1252", "mac_roman", "cp850")
_WESTERN_LETTERS = set("éèàäöüßçêâîôûùïëñóáíúãõåøæœ’‘“”–—…€£°«»¿¡")  # noqa: RUF001
_HALF_WIDTH = set(map(chr, range(0xFF61, 0xFFA0)))
_INNER_SIGMA = re.compile("\u03c2[\u03ac-\u03ce]")  # the Greek sigma of ends of words, inside one
_KANA = (0xA4, 0xA5)  # the first bytes of kana in euc_jp

_HIGH_WORD = re.compile(rb"[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
# Punctuation of cp1252 that occurs in English texts, too.
_WESTERN_MARKS = set(
    b"\x80\x85\x91\x92\x93\x94\x95\x96\x97\x99\xa0\xa3\xa9\xab\xae\xb0\xb4\xb7\xbb"
)
_SINGLE_RUNS = 0.7  # the least share of runs of one byte in the Latin script
_HIGH_BYTES = 0.45  # the most bytes beyond ASCII in words of the Latin script
# Letters of Polish and Czech in cp1250, of Turkish in cp1254, as cp1252 reads them.
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_ISO_CENTRAL = re.compile("[a-z][±¶]|[±¶][a-z]")
_CENTRAL = re.compile(
    "[a-z][¹³¿]|[¹³¿][a-z]|[A-Z][£¥¯]|[£¥¯][A-Z]|[šž].*[ìøùè]|[ìøùè].*[šž]", re.DOTALL
)
_TURKISH = re.compile("[þðýÝÞÐ]")
_ICELANDIC = re.compile("[æÆáÁúÚíÍ]")


def guess_charset(sample: bytes) -> str:
    """Return the most likely encoding of some lines that are not UTF-8.

    Args:
        sample: lines with bytes beyond ASCII.

    Example:
        "Сегодня хорошая погода" in koi8_r -> "koi8_r"; "café" in cp1252 -> "cp1252"
    """
    if _is_latin(sample):
        return _latin(sample)
    sample = _without_broken_lines(sample)
    if _has_kana(sample):
        return "euc_jp"
    found = _by_normalizer(sample)
    if found in _MULTIBYTE and not _is_half_width(sample, found):
        return found
    scores = {name: _share_of_letters(sample, name) for name in _LETTERS}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] >= _FREQUENT:
        return best
    return found or _latin(sample)


def utf16_of(start: bytes) -> str | None:
    r"""Return the byte order of UTF-16 without its mark; None for other bytes.

    Every second byte of a letter of ASCII is zero, and a table has commas and line breaks.

    Args:
        start: the first bytes of a file.

    Example:
        b"i\0d\0,\0" -> "utf-16-le"
    """
    even = start[::2].count(0)
    odd = start[1::2].count(0)
    if max(even, odd) < 4 or min(even, odd) > max(even, odd) // 10:
        return None
    name = "utf-16-le" if odd > even else "utf-16-be"
    try:
        start[: len(start) // 2 * 2].decode(name, errors="strict")
    except UnicodeDecodeError as error:
        if error.start < len(start) - 4:
            return None
    return name


def _without_broken_lines(sample: bytes) -> bytes:
    """Leave out the few lines that no encoding of several bytes can read."""
    lines = sample.split(b"\n")
    good = [
        line for line in lines if not all(_has_error(line, encoding) for encoding in _MULTIBYTE)
    ]
    return b"\n".join(good) if len(good) >= _GOOD_LINES * len(lines) else sample


def _is_latin(sample: bytes) -> bool:
    """Return whether bytes beyond ASCII are letters in words of ASCII letters."""
    runs = _HIGH_RUN.findall(sample)
    high = b"".join(runs)
    words = b"".join(_HIGH_WORD.findall(sample))
    single = sum(len(run) == 1 for run in runs)
    is_sparse = len(high) <= _HIGH_BYTES * len(words) or single >= _SINGLE_RUNS * len(runs)
    letters = sum(byte >= 0xB1 or byte in _WESTERN_MARKS for byte in high)
    is_old = _western_share(sample, "cp1252") < _western_share(sample, "mac_roman")
    return is_sparse and (letters >= len(high) / 2 or is_old)


def _latin(sample: bytes) -> str:
    """Return the encoding of a text in the Latin script."""
    western = max(_WESTERN, key=lambda name: _western_share(sample, name))
    if western != "cp1252":
        return western
    text = sample.decode("cp1252", errors="replace")
    if _ISO_CENTRAL.search(text):
        return "iso8859_2"
    if _CENTRAL.search(text) and not _has_error(sample, "cp1250"):
        return "cp1250"
    if _TURKISH.search(text) and not _ICELANDIC.search(text):
        return "cp1254"
    return "cp1252" if "\ufffd" not in text else "latin-1"


def _western_share(sample: bytes, name: str) -> float:
    """Return the share of frequent western letters among the characters beyond ASCII.

    The case of a letter has to be that of the letters around it.
    """
    text = sample.decode(name, errors="replace")
    around = zip(" " + text, text, text[1:] + " ", strict=False)
    beyond = [letters for letters in around if not letters[1].isascii()]
    n_frequent = sum(
        letter.lower() in _WESTERN_LETTERS
        and not (letter.islower() and (before.isupper() or after.isupper()))
        and not (letter.isupper() and before.islower())
        for before, letter, after in beyond
    )
    return n_frequent / max(len(beyond), 1)


def _has_error(sample: bytes, name: str) -> bool:
    """Return whether bytes are no text in an encoding; some bytes are letters of nobody."""
    try:
        return bool(_PRIVATE.search(sample.decode(name)))
    except UnicodeDecodeError:
        return True


def _has_kana(sample: bytes) -> bool:
    """Return whether bytes are the pairs of euc_jp, and many of them kana."""
    pairs = [run[start] for run in _HIGH_RUN.findall(sample) for start in range(0, len(run), 2)]
    n_kana = sum(first in _KANA for first in pairs)
    return n_kana >= 0.3 * len(pairs) and not _has_error(sample, "euc_jp")


def _is_half_width(sample: bytes, name: str) -> bool:
    """Return whether most letters are half-width kana, as cp932 reads letters of one byte."""
    beyond = [letter for letter in sample.decode(name, errors="replace") if not letter.isascii()]
    return sum(letter in _HALF_WIDTH for letter in beyond) > len(beyond) / 2


def _by_normalizer(sample: bytes) -> str | None:
    """Return the encoding that charset-normalizer finds; None if it finds none."""
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=[*_MULTIBYTE, *_LETTERS]).best()
    return best.encoding if best else None


def _share_of_letters(sample: bytes, name: str) -> float:
    """Return the share of frequent letters among the characters beyond ASCII; 0 with errors.

    Capitals count a little less: cp1251 and koi8_r differ in little more than the case of letters.
    """
    if _has_error(sample, name):
        return 0.0
    text = sample.decode(name)
    if _INNER_SIGMA.search(text):
        return 0.0
    beyond = [letter for letter in text if not letter.isascii()]
    small = sum(letter in _LETTERS[name] for letter in beyond)
    capital = sum(letter.lower() in _LETTERS[name] for letter in beyond) - small
    return (small + _OF_CAPITALS * capital) / max(len(beyond), 1)
