"""Text to token ids: cleaning steps, tokens, vocabulary.

A text is cleaned by the steps of `text.cleaning`, split into tokens by one regular expression, and kept as numbers
from then on: all texts of a competition are read once, into ids in the order in which tokens were first seen, and
renumbered when the vocabulary is known. `<pad>` is 0 and `<unk>` is 1, whatever the vocabulary.
"""

import functools
import hashlib
import html
import logging
import re
import unicodedata
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, groupby, pairwise, repeat

import numpy as np

_log = logging.getLogger(__name__)

PAD, UNK = 0, 1
PAD_TOKEN, UNK_TOKEN = "<pad>", "<unk>"


@dataclass(frozen=True, eq=False)
class RaggedTokens:
    """Texts of any length in one array: text `i` is `token_ids[offsets[i] : offsets[i + 1]]`.

    Both arrays may be memory-mapped.

    Attributes:
        token_ids: `(n_tokens,)` int32.
        offsets: `(n_texts + 1,)` int64, starting with 0.

    Example:
        texts [[5, 6], [7]] -> token_ids=[5, 6, 7], offsets=[0, 2, 3]
    """

    token_ids: np.ndarray
    offsets: np.ndarray

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> np.ndarray:
        """Return the token ids of one text, `(timesteps,)` int32."""
        row = range(len(self))[row]
        return self.token_ids[self.offsets[row] : self.offsets[row + 1]]

    def rows(self, start: int, stop: int) -> "RaggedTokens":
        """Return the texts from `start` up to, not including, `stop`; their token ids are not copied."""
        first, last = self.offsets[start], self.offsets[stop]
        return RaggedTokens(self.token_ids[first:last], self.offsets[start : stop + 1] - first)

    def take(self, rows: np.ndarray) -> "RaggedTokens":
        """Return some texts, in any order; their token ids are copied."""
        lengths = self.lengths[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        places = np.repeat(self.offsets[:-1][rows] - offsets[:-1], lengths) + np.arange(offsets[-1])
        return RaggedTokens(self.token_ids[places], offsets)

    @property
    def lengths(self) -> np.ndarray:
        """The number of tokens of each text, `(n_texts,)` int64."""
        return np.diff(self.offsets)


def concatenate(first: RaggedTokens, second: RaggedTokens) -> RaggedTokens:
    """Return the texts of the one and then of the other; their token ids are copied.

    Example:
        texts [[5, 6]] and [[7]] -> token_ids=[5, 6, 7], offsets=[0, 2, 3]
    """
    offsets = np.concatenate([first.offsets, first.offsets[-1] + second.offsets[1:]])
    return RaggedTokens(np.concatenate([first.token_ids, second.token_ids]), offsets)


@dataclass(frozen=True, eq=False)
class IndexedTexts:
    """All texts of a competition as provisional ids, before the vocabulary is chosen.

    Attributes:
        tokens: the distinct tokens in the order in which they were first seen; a provisional id is a place in here.
        ragged: the texts as provisional ids. A text may be empty here.
        identical: `(n_texts,)` int64, the row of the first text with the same tokens, after cleaning.
    """

    tokens: list[str]
    ragged: RaggedTokens
    identical: np.ndarray


# Read top down, so that what is irregular comes first. The space is for texts that came as "ca n't"; the apostrophe may
# be straight or curly.
_CONTRACTIONS = [
    (mark, re.compile(pattern.replace("'", "['\u2019]"), re.IGNORECASE), replacement)
    for mark, pattern, replacement in (
        ("n't", r"\b(ca) ?n't\b", r"\1n not"),
        ("n't", r"\b(w)o ?n't\b", r"\1ill not"),
        ("n't", r"\b(sha) ?n't\b", r"\1ll not"),
        ("let's", r"\b(let)'s\b", r"\1 us"),
        ("n't", r"n't\b", " not"),
        ("'re", r"'re\b", " are"),
        ("'ve", r"'ve\b", " have"),
        ("'ll", r"'ll\b", " will"),
        ("'d", r"'d\b", " would"),
        ("'m", r"'m\b", " am"),
    )
]


def _class_of(categories: tuple[str, ...]) -> str:
    """The characters of Unicode categories, as the inside of a regular expression's [...]."""
    members = (code for code in range(0x20000) if unicodedata.category(chr(code)) in categories)
    runs = (list(run) for _, run in groupby(enumerate(members), key=lambda pair: pair[1] - pair[0]))
    return "".join(f"\\U{run[0][1]:08x}-\\U{run[-1][1]:08x}" for run in runs)


# Accents and vowel signs that stand as characters of their own (Hindi, Thai, decomposed é) are no \w to Python. Nor are
# the two zero-width joiners that Persian and Indic words are written with.
_MARKS = _class_of(("Mn", "Mc", "Me"))
_WORD = rf"\w+(?:(?:['\u2019\u200c\u200d](?=\w)|(?<=\d)[.,](?=\d)|[{_MARKS}])\w*)*"
_INVISIBLE = "\xad\u200b-\u200f\u2060\ufe0e\ufe0f\ufeff"
_WORDS = re.compile(rf"<(?:url|number)>|{_WORD}")
_TOKENS = re.compile(rf"{_WORD}|<[a-z]+>|[^\s{_INVISIBLE}]")
_URLS = re.compile(r"""(?:https?://|\bwww\.)[^\s<>"]*[^\s<>".,;:!?)\]'\u2019\u201d]""", re.IGNORECASE)
_NUMBERS = re.compile(r"\d(?<!\w\d)(?>\d*(?:[.,]\d+)*)(?!\w)")  # the digit first: that is faster to seek
_REPEATED = re.compile(r"([^\W\d_]|[!?.])\1{2,}")

# Bytes by what they may be in a token.
_LETTER, _DIGIT, _JOINER, _SPACE = 1, 2, 4, 8
_KINDS = np.array(
    [
        (_LETTER | _DIGIT) * (byte >= 128)
        or _LETTER * bool(re.match(r"\w", chr(byte)))
        | _DIGIT * chr(byte).isdigit()
        | _JOINER * (chr(byte) in "'.,")
        | _SPACE * chr(byte).isspace()
        for byte in range(256)
    ],
    np.uint8,
)
_MARKS_IN_BYTES = re.compile(rb"<[a-z]+>")
_BLOCK_BYTES, _BLOCK_ROWS = 2**22, 2**14  # encoded at once
_ROWS_AT_ONCE, _TOKENS_AT_ONCE = 2**16, 2**22


def expand_contractions(text: str) -> str:
    """Write English contractions in full; a possessive 's stays.

    Example:
        "I can't, they've" -> "I can not, they have"
    """
    if "'" in text or "\u2019" in text:
        folded = text.casefold().replace("\u2019", "'")
        for mark, pattern, replacement in _CONTRACTIONS:
            if mark in folded:
                text = pattern.sub(replacement, text)
    return text


def replace_urls(text: str) -> str:
    """Write `<url>` for every web address.

    Example:
        "see http://a.org/b?c=1." -> "see <url>."
    """
    return _URLS.sub("<url>", text)


def replace_numbers(text: str) -> str:
    """Write `<number>` for every number that stands alone.

    Example:
        "1,000.5 mp3" -> "<number> mp3"
    """
    return _NUMBERS.sub("<number>", text)


def shorten_repeated_characters(text: str) -> str:
    """Cut three or more of the same letter, `!`, `?` or `.` to two: words with a double letter stay as they are.

    Example:
        "loooool, feed me!!!!" -> "lool, feed me!!"
    """
    return _REPEATED.sub(r"\1\1", text)


def strip_special_characters(text: str) -> str:
    """Keep words, numbers, and the marks of earlier steps such as `<url>`; everything else becomes a space.

    Example:
        "well-known: don't <3 <url>!" -> "well known don't 3 <url>"
    """
    return " ".join(_WORDS.findall(text.replace("_", " ")))


def drop_stop_word(token: str) -> str:
    """Return an empty string for one of scikit-learn's English stop words, in any case of letters."""
    return "" if token.lower() in _stop_words() else token


def stem(token: str) -> str:
    """Return the stem of an English token by Snowball's rules.

    Example:
        "running" -> "run"
    """
    return str(_stemmer().stemWord(token))


@functools.cache
def _stop_words() -> frozenset[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS)


@functools.cache
def _stemmer():  # type: ignore[no-untyped-def]  # Snowball ships no types
    import snowballstemmer

    return snowballstemmer.stemmer("english")


TEXT_STEPS: dict[str, Callable[[str], str]] = {
    "html_unescape": html.unescape,
    "lower_case": str.lower,
    "contractions": expand_contractions,
    "urls": replace_urls,
    "numbers": replace_numbers,
    "repeated_characters": shorten_repeated_characters,
    "strip_special_characters": strip_special_characters,
}
TOKEN_STEPS: dict[str, Callable[[str], str]] = {"stop_words": drop_stop_word, "stemming": stem}


def clean(text: str, steps: Sequence[str]) -> str:
    """Apply the steps that work on whole texts, in the order given.

    `stop_words` and `stemming` work on tokens: `tokenize` applies them after splitting, wherever they are named.

    Example:
        clean("Sooo &lt;3 it", ["html_unescape", "lower_case", "repeated_characters"]) -> "soo <3 it"
    """
    for step in steps:
        if step in TEXT_STEPS:
            text = TEXT_STEPS[step](text)
    return text


def tokenize(text: str, steps: Sequence[str]) -> list[str]:
    """Clean a text and split it into tokens.

    A token is a word of any script with the apostrophes inside it, a number with its points and commas, a mark such
    as `<url>`, or any other visible character. Hyphens split: vectors know more of the parts than of the whole words.

    Example:
        tokenize("Don't pay $1,000.50 :)", []) -> ["Don't", "pay", "$", "1,000.50", ":", ")"]
    """
    tokens = (_clean_token(token, steps) for token in _TOKENS.findall(clean(text, steps)))
    return [token for token in tokens if token]


def _clean_token(token: str, steps: Sequence[str]) -> str:
    for step in steps:
        if step in TOKEN_STEPS:
            token = TOKEN_STEPS[step](token)
    return token


def index_texts(texts: Iterable[str], steps: Sequence[str]) -> IndexedTexts:
    """Clean and tokenize texts in one pass, and number their tokens in the order in which they are first seen.

    Needs about four bytes a token: neither the texts nor their tokens are kept.

    Example:
        index_texts(["b a b", "", "b a b"], []) -> tokens ["b", "a"], texts [[0, 1, 0], [], [0, 1, 0]],
        identical [0, 1, 0]
    """
    steps_of_tokens = [step for step in steps if step in TOKEN_STEPS]
    clean_token = functools.cache(functools.partial(_clean_token, steps=steps_of_tokens)) if steps_of_tokens else None
    numbers = defaultdict[str, int](count().__next__)
    token_ids, lengths, digests = bytearray(), array("q"), bytearray()
    for block in _blocks(_ready_to_split(clean(text, steps)) for text in texts):
        ids, offsets = _block_ids(block, numbers, clean_token)
        content, places = memoryview(ids.tobytes()), (offsets * ids.itemsize).tolist()
        for start, stop in pairwise(places):
            digests += hashlib.blake2b(content[start:stop], digest_size=16).digest()
        token_ids += content
        lengths.extend(np.diff(offsets).tolist())
    ragged = RaggedTokens(
        np.frombuffer(token_ids, np.int32), np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    )
    return IndexedTexts(list(numbers), ragged, _first_rows(digests))


def _ready_to_split(text: str) -> bytes:
    """The text itself if `_starts` can split it, which knows the letters of ASCII, else its tokens with spaces."""
    return (text if text.isascii() else " ".join(_TOKENS.findall(text))).encode(errors="replace")


def _blocks(texts: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Some megabytes of texts at once."""
    block, size = [], 0
    for text in texts:
        block.append(text)
        size += len(text)
        if size >= _BLOCK_BYTES or len(block) >= _BLOCK_ROWS:
            yield block
            block, size = [], 0
    if block:
        yield block


def _block_ids(
    texts: list[bytes], numbers: dict[str, int], clean_token: Callable[[str], str] | None
) -> tuple[np.ndarray, np.ndarray]:
    """The provisional ids of some texts, int32, and where each text starts in them; `numbers` gives a new token an id.

    No Python code runs per token here, only per distinct token: that is what makes the pass fast.
    """
    import pyarrow as pa

    content = np.frombuffer(b"\n%b\n" % b"\n".join(texts), np.uint8)
    is_start, is_visible = _starts(content)
    rows = np.cumsum([0, *(len(text) + 1 for text in texts)])
    offsets = np.searchsorted(np.flatnonzero(is_start), rows + 1)
    visible = content[is_visible]
    bounds = np.append(np.flatnonzero(is_start[is_visible]), len(visible)).astype(np.int64)
    tokens = pa.LargeStringArray.from_buffers(len(bounds) - 1, pa.py_buffer(bounds), pa.py_buffer(visible))
    encoded = tokens.dictionary_encode()
    distinct, places = encoded.dictionary.to_pylist(), encoded.indices.to_numpy()
    if clean_token is None:
        return np.fromiter(map(numbers.__getitem__, distinct), np.int32, len(distinct))[places], offsets
    ids = np.array([numbers[token] if token else -1 for token in map(clean_token, distinct)], np.int32)[places]
    is_kept = ids >= 0
    return ids[is_kept], np.concatenate([[0], np.cumsum(is_kept)])[offsets]


def _starts(content: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which bytes are the first of a token by the rules of `_TOKENS`, and which are no white space.

    What is beyond ASCII counts as both letter and digit: `_ready_to_split` has put spaces between such tokens.
    """
    kinds = _KINDS[content]
    in_word = (kinds & _LETTER).astype(bool)
    joiners = np.flatnonzero(kinds & _JOINER)
    needed = np.where(content[joiners] == ord("'"), _LETTER, _DIGIT)
    in_word[joiners[(kinds[joiners - 1] & kinds[joiners + 1] & needed) != 0]] = True
    is_visible = kinds != _SPACE
    is_start = is_visible.copy()
    is_start[1:] &= ~(in_word[1:] & in_word[:-1])
    for mark in _MARKS_IN_BYTES.finditer(content.data):
        is_start[mark.start() + 1 : mark.end()] = False
    return is_start, is_visible


def _first_rows(digests: bytearray) -> np.ndarray:
    """For each digest of 16 bytes the place of the first that is the same, `(n,)` int64."""
    low, high = np.frombuffer(digests, np.uint64).reshape(-1, 2).T
    order = np.lexsort((low, high))  # rows with the same digest stay in their order
    low, high = low[order], high[order]
    is_first = np.ones(len(order), bool)
    is_first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    first_rows = np.empty(len(order), np.int64)
    first_rows[order] = order[is_first][np.cumsum(is_first) - 1]
    return first_rows


def identical_rows(identical: np.ndarray, n_train: int, n_texts: int, *, any_order: bool) -> np.ndarray:
    """Return the first row with the same texts as each row, train rows first.

    Args:
        identical: `(all texts,)` as `index_texts` gives it: of the first texts of the train rows, their second ones,
            ...; after them, those of the test rows.
        n_train: train rows.
        n_texts: texts of a row.
        any_order: whether the same texts in another order are the same.

    Returns:
        `(rows,)` int64.

    Example:
        two texts a row, train rows (a, b), (c, d), (b, a), any order -> [0, 1, 0]
    """
    parts = identical[: n_train * n_texts], identical[n_train * n_texts :]
    texts = np.concatenate([part.reshape(n_texts, -1) for part in parts], axis=1)
    texts = np.sort(texts, axis=0) if any_order else texts
    _, first_rows, places = np.unique(texts, axis=1, return_index=True, return_inverse=True)
    rows: np.ndarray = first_rows[places.reshape(-1)]
    return rows


def token_counts(indexed: IndexedTexts, rows: slice) -> np.ndarray:
    """Count how often each token stands in a range of texts, for example the train rows.

    Returns:
        `(tokens,)` int64, in the order of `indexed.tokens`.
    """
    start, stop, _ = rows.indices(len(indexed.ragged))
    offsets = indexed.ragged.offsets
    token_ids = indexed.ragged.token_ids[offsets[start] : offsets[max(start, stop)]]
    counts = np.zeros(len(indexed.tokens), np.int64)
    for place in range(0, len(token_ids), _TOKENS_AT_ONCE):  # np.bincount makes int64 of them
        counts += np.bincount(token_ids[place : place + _TOKENS_AT_ONCE], minlength=len(counts))
    return counts


def build_vocabulary(indexed_tokens: Sequence[str], counts: np.ndarray, *, max_size: int, min_count: int) -> list[str]:
    """Choose the tokens to keep: `<pad>`, `<unk>`, then the most frequent ones.

    Tokens seen equally often stand in alphabetical order, so that the vocabulary does not depend on the order of rows.

    Args:
        indexed_tokens: distinct tokens.
        counts: `(tokens,)` how often each is seen.
        max_size: the most tokens to return, `<pad>` and `<unk>` included.
        min_count: the fewest times a kept token is seen.

    Example:
        build_vocabulary(["c", "b", "a"], [1, 2, 2], max_size=4, min_count=1) -> ["<pad>", "<unk>", "a", "b"]
    """
    counts = np.asarray(counts, np.int64)
    if len(counts) > max_size:  # no more are sorted than may be kept; two more for a literal <pad> and <unk>
        min_count = max(min_count, np.partition(counts, -max_size)[-max_size])
    by_name = sorted(np.flatnonzero(counts >= min_count).tolist(), key=indexed_tokens.__getitem__)
    by_count = np.array(by_name, np.int64)[np.argsort(-counts[by_name], kind="stable")].tolist()
    kept = [place for place in by_count if indexed_tokens[place] not in (PAD_TOKEN, UNK_TOKEN)][: max_size - 2]
    share = counts[kept].sum() / max(counts.sum(), 1)
    _log.info("vocabulary: %d of %d distinct tokens, %.2f %% of the text", len(kept), len(counts), 100 * share)
    return [PAD_TOKEN, UNK_TOKEN, *(indexed_tokens[place] for place in kept)]


def to_vocabulary(indexed: IndexedTexts, vocabulary: Sequence[str]) -> RaggedTokens:
    """Renumber indexed texts by a vocabulary; a text without a token becomes one `<unk>`.

    A literal `<pad>` or `<unk>` in a text is unknown.

    Args:
        indexed: the texts.
        vocabulary: tokens by id, starting with `<pad>` and `<unk>`.

    Example:
        texts ["b a", "", "c"], vocabulary ["<pad>", "<unk>", "a", "b"] -> [[3, 2], [1], [1]]
    """
    known = {token: token_id for token_id, token in enumerate(vocabulary) if token_id > UNK}
    new_ids = np.fromiter(map(known.get, indexed.tokens, repeat(UNK)), np.int32, len(indexed.tokens))
    offsets = np.concatenate([[0], np.cumsum(np.maximum(indexed.ragged.lengths, 1))]).astype(np.int64)
    token_ids = np.empty(offsets[-1], np.int32)
    for start in range(0, len(indexed.ragged), _ROWS_AT_ONCE):
        stop = min(start + _ROWS_AT_ONCE, len(indexed.ragged))
        rows = indexed.ragged.rows(start, stop)
        empty = rows.offsets[:-1][rows.lengths == 0]
        token_ids[offsets[start] : offsets[stop]] = np.insert(new_ids[rows.token_ids], empty, UNK)
    return RaggedTokens(token_ids, offsets)


def encode(texts: Iterable[str], vocabulary: Sequence[str], steps: Sequence[str]) -> RaggedTokens:
    """Turn new texts into token ids of a vocabulary.

    Example:
        encode(["a b", "x"], ["<pad>", "<unk>", "a", "b"], []) -> [[2, 3], [1]]
    """
    return to_vocabulary(index_texts(texts, steps), vocabulary)
