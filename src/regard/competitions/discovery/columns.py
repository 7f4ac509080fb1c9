"""Which column is what: ids, labels, texts, numbers, categories, groups."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regard.competitions.discovery.guess import Guess, lines_of, listed
from regard.data.tables import Tables
from regard.errors import DataError

_N_LOOKED_AT = 5000  # cells whose words are counted
_WORDS_OF_A_TEXT = 3.0  # on average
_WORDS_OF_A_PAIR = 1.5  # on average, where the names of two columns say that they are compared
_ROWS_PER_CATEGORY = 10  # on average; also tells texts from values that repeat
_KNOWN_CATEGORIES = 0.8  # the least share of the test cells that train has too
_NEARLY_NUMBERS = 0.98  # the least share of numbers where the other cells are mistakes
_LEAST_GROUPS = 10

# Thai, Japanese and Chinese are written without spaces: each of their letters counts as a word.
_WORD = re.compile(
    r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\s\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]+"
)
_ID_NAME = re.compile(r"(?:^|[\W_])(?i:id)\d*$|^[a-z]?id\d*$|^id[\W_]|[a-z]I[Dd]\d*$", re.ASCII)
_LABEL_NAMES = (
    "target",
    "label",
    "labels",
    "class",
    "category",
    "score",
    "rating",
    "sentiment",
    "y",
)
_COUPLES = (  # of texts, whether it means nothing which stands first
    ("first", "second", True),
    ("left", "right", True),
    ("premise", "hypothesis", False),
    ("anchor", "target", False),
    ("source", "target", False),
    ("query", "document", False),
    ("query", "passage", False),
    ("question", "answer", False),
)
_NOT_TEXT = {
    "numeric": "numbers in train and test",
    "categorical": "few values, and test has the same ones",
}


@dataclass(frozen=True)
class Labels:
    """What is predicted.

    Attributes:
        columns: of train.
        predicted: the columns of the sample but its id, in their order.
        are_classes: whether the sample has a column for each value of the one label column.
        guess: the columns with the reason.
    """

    columns: list[str]
    predicted: list[str]
    are_classes: bool
    guess: Guess


@dataclass(frozen=True)
class _Facts:
    """What a column that train and test share looks like; shares and means are of its cells that are not empty."""

    name: str
    n_filled: int
    n_distinct: int
    n_words: float
    share_of_numbers: float
    stray: str  # where the first cell is that is no number, if nearly all others are
    known_in_test: float

    @property
    def is_id(self) -> bool:
        return is_id_name(self.name)

    @property
    def are_words(self) -> bool:
        return not self.is_id and self.share_of_numbers < _NEARLY_NUMBERS

    @property
    def kind(self) -> str:
        repeated = self.n_distinct * _ROWS_PER_CATEGORY <= self.n_filled
        if self.n_distinct < 2 or self.is_id or self.stray:
            return "none"
        if not self.are_words:
            return "numeric"
        if repeated:
            return "categorical" if self.known_in_test >= _KNOWN_CATEGORIES else "none"
        return "text" if self.n_words >= _WORDS_OF_A_TEXT else "none"


def is_id_name(name: str) -> bool:
    """Return whether a column's name says that it holds ids.

    Example:
        id, qid1, test_id, PhraseId, pair_ID -> True; video, paid -> False
    """
    return bool(_ID_NAME.search(name if name != name.upper() else name.lower()))


def find_ids(tables: Tables) -> list[Guess]:
    """Find the id columns of train and test by their names; whether the ids differ is for `data` to
    say.

    Raises:
        DataError: the sample and test share no column, or train has no column of ids.
    """
    train, test, sample = (_names(frame) for frame in (tables.train, tables.test, tables.sample))
    shared = _likeliest_ids(tables.test[[column for column in sample if column in test]])
    if not shared:
        raise DataError(
            f"the sample ({listed(sample)}) and the test file ({listed(test)}) share no column; "
            "the column of ids must have the same name in both"
        )
    if shared[0] in train:
        return [Guess("id_column", shared[0], "the column that the sample, test and train share")]
    own = tables.train[[column for column in train if column not in sample and is_id_name(column)]]
    others = [column for column in _likeliest_ids(own) if own[column].nunique() * 2 > len(own)]
    if not others:
        raise DataError(
            f"the train file has no id column ({listed(train)}): add one (1, 2, 3, ...)"
        )
    return [
        Guess("id_column", others[0], f"train has no {shared[0]!r}; this is a name of ids"),
        Guess("test_id_column", shared[0], "the column that the sample and test share"),
    ]


def find_labels(tables: Tables, ids: Sequence[str]) -> Labels:
    """Find what is predicted.

    Args:
        tables: the three files.
        ids: the id columns of train and test.

    Raises:
        DataError: no column of train can be it, or several can.
    """
    predicted = [column for column in _names(tables.sample) if column not in ids]
    if not predicted:
        raise DataError(
            f"the sample has the ids ({listed(tables.sample)}) but no column to predict; add it"
        )
    alone = [
        column for column in _names(tables.train) if column not in tables.test and column not in ids
    ]
    if set(predicted) <= set(alone) or (len(predicted) == 1 and predicted[0] in tables.train):
        left_out = [column for column in alone if column not in predicted]
        rest = f"; not used, as test lacks them: {listed(left_out)}" if left_out else ""
        return Labels(
            predicted,
            predicted,
            False,
            Guess("label_columns", predicted, f"the sample has them{rest}"),
        )
    for column in alone:
        if len(predicted) > 1 and set(tables.train[column]) - {""} == set(predicted):
            reason = f"its values are the sample's columns: {listed(predicted)}"
            return Labels([column], predicted, True, Guess("label_columns", [column], reason))
    if not alone:
        raise DataError(
            "the train file has no label column: it has only the columns of the test file"
        )
    if len(predicted) > 1:
        raise DataError(_cannot_be_labels(tables.train[alone], predicted))
    column, reason, doubt = _likely_label(alone, predicted[0])
    return Labels([column], predicted, False, Guess("label_columns", [column], reason, doubt))


def find_inputs(tables: Tables, used: Sequence[str]) -> list[Guess]:
    """Find what predictions are made from, and the column whose rows belong together.

    Args:
        tables: the three files.
        used: the id and label columns.

    Raises:
        DataError: no column holds texts.
    """
    columns = [
        column for column in _names(tables.train) if column in tables.test and column not in used
    ]
    facts = [_facts_of(tables, column) for column in columns]
    texts, couple = _text_columns(facts)
    by_kind = {
        kind: [fact.name for fact in facts if fact.kind == kind and fact not in texts]
        for kind in _NOT_TEXT
    }
    group = _group_of(facts, texts)
    taken = {*itertools.chain(*by_kind.values()), *(guess.value for guess in group)}
    left_out = [fact for fact in facts if fact not in texts and fact.name not in taken]
    guesses = [
        Guess(
            "text_columns",
            [fact.name for fact in texts],
            _described(texts),
            _doubt_about(texts, left_out),
        )
    ]
    if len(texts) > 1:
        guesses += _mode_of(couple)
    beside = [
        Guess(f"{kind}_columns", by_kind[kind], why)
        for kind, why in _NOT_TEXT.items()
        if by_kind[kind]
    ]
    return [*guesses, *beside, *group]


def couple_of(first: str, second: str) -> tuple[str, str, bool] | None:
    """Return two names in the order in which they are meant, and whether it means nothing which
    stands first.

    They must be alike but for a digit or a letter at either end, or for two words that are known to
    go together.

    Example:
        question1, question2 -> (question1, question2, True); hypothesis, premise -> (premise,
        hypothesis, False)
    """
    for one, two, symmetric in _COUPLES:
        for left, right in ((first, second), (second, first)):
            if one in left.lower() and left.lower().replace(one, "") == right.lower().replace(
                two, ""
            ):
                return left, right, symmetric
    if _stem(first) & _stem(second):
        return (first, second, True)
    return None


def _stem(name: str) -> set[str]:
    """What is left of a name without the digit or single letter at its end or start, each with where it stood."""
    end = re.fullmatch(r"(.*?)(?:[\W_]*\d+|[\W_][A-Za-z]|(?<=[a-z])[A-Z])", name)
    start = re.fullmatch(r"(?:\d+[\W_]*|[A-Za-z][\W_])(.*)", name)
    found = {
        f"{match[1]}{side}" for match, side in ((end, ">"), (start, "<")) if match and match[1]
    }
    return found | {f"{name}>"}


def _likeliest_ids(frame: pd.DataFrame) -> list[str]:
    """The columns: names of ids first, then cells that differ, then the shortest cells."""

    def order(column: str) -> tuple[bool, bool, float]:
        return not is_id_name(column), not frame[column].is_unique, frame[column].str.len().mean()

    return sorted(_names(frame), key=order)


def _cannot_be_labels(alone: pd.DataFrame, predicted: Sequence[str]) -> str:
    """Why the sample's columns are not those of train's labels, which are among the columns that test lacks."""
    for column in _names(alone):
        values = set(alone[column]) - {""}
        for value in values if len(values) == len(predicted) else ():
            prefix = predicted[0].removesuffix(value)
            if {prefix + other for other in values} == set(predicted):
                return (
                    f"the sample's columns ({listed(predicted)}) are the labels in {column!r} with {prefix!r} before "
                    f"them; a submission has the labels as they are, so write {predicted[0]} for {value} in train"
                )
    found, missing = (
        [name for name in predicted if (name in alone) is there] for there in (True, False)
    )
    return (
        f"the sample predicts {listed(predicted)}; train has labels for {listed(found) or 'none of them'}, but not for "
        f"{listed(missing)} (columns that test lacks: {listed(alone)}); mend the sample, or write the page by hand, "
        "see conf/competition/"
    )


def _likely_label(alone: Sequence[str], predicted: str) -> tuple[str, str, str]:
    """The label column where the sample calls it otherwise, the reason, and the doubt."""
    candidates = [column for column in alone if not is_id_name(column)] or list(alone)
    named = [column for name in _LABEL_NAMES for column in candidates if column.lower() == name]
    if len(candidates) > 1 and not named:
        raise DataError(
            f"the sample predicts {predicted!r}, which train does not have, and its label may be one of "
            f"{listed(candidates)}; name the sample's column as train does"
        )
    if len(candidates) == 1:
        return (
            candidates[0],
            f"the only column that test lacks; the sample calls it {predicted}",
            "",
        )
    others = [column for column in candidates if column != named[0]]
    doubt = f"label_columns: the sample's {predicted!r} is taken for {named[0]!r}, not for {listed(others)}"
    return named[0], f"by its name; the sample calls it {predicted}", doubt


def _facts_of(tables: Tables, column: str) -> _Facts:
    cells, test_cells = (
        part[part.str.strip() != ""] for part in (tables.train[column], tables.test[column])
    )
    looked_at = cells.sample(min(len(cells), _N_LOOKED_AT), random_state=0)
    counts = [len(_WORD.findall(cell)) for cell in looked_at]
    share = _numbers(looked_at).mean()
    if share >= _NEARLY_NUMBERS - 0.1:
        share = _numbers(pd.concat([cells, test_cells])).mean()
    return _Facts(
        name=column,
        n_filled=len(cells),
        n_distinct=cells.nunique(),
        n_words=float(np.mean(counts)) if counts else 0.0,
        share_of_numbers=share,
        stray=_stray(tables, column) if _NEARLY_NUMBERS <= share < 1 else "",
        known_in_test=float(test_cells.isin(cells.unique()).mean()) if len(test_cells) else 1.0,
    )


def are_numbers(cells: pd.Series) -> bool:
    """Return whether every cell is a finite number."""
    return bool(_numbers(cells).all())


def stray_words(cells: pd.Series) -> str:
    """Return the first of the few cells that are no numbers where nearly all are, and how many there are; else ""."""
    wrong = cells[~_numbers(cells)]
    if not 0 < len(wrong) <= (1 - _NEARLY_NUMBERS) * len(cells):
        return ""
    return f"{len(wrong)} of {len(cells):,}, the first {wrong.iloc[0]!r}"


def _numbers(cells: pd.Series) -> pd.Series:
    """True for each cell that is a finite number."""
    return pd.Series(
        np.isfinite(pd.to_numeric(cells, errors="coerce").to_numpy(np.float64)), cells.index
    )


def _stray(tables: Tables, column: str) -> str:
    """The first cell that is neither empty nor a number, and its line."""
    for role, table in (("train", tables.train), ("test", tables.test)):
        wrong = ~_numbers(table[column]) & (table[column].str.strip() != "")
        if wrong.any():
            return f"{table[column][wrong].iloc[0]!r} in line {lines_of(table, wrong)[0]} of the {role} file"
    return ""


def _text_columns(facts: Sequence[_Facts]) -> tuple[list[_Facts], tuple[str, str, bool] | None]:
    """The columns of texts, in their order, and the couple they are if they are one."""
    texts = [fact for fact in facts if fact.kind == "text"]
    wordy = [fact for fact in facts if fact.are_words and fact.n_words >= _WORDS_OF_A_PAIR]
    # Two columns that belong together by their names are both texts, even if one of them repeats.
    for first, second in itertools.combinations(wordy, 2):
        couple = couple_of(first.name, second.name)
        if couple and {fact.name for fact in texts} <= {first.name, second.name}:
            return [first, second] if couple[0] == first.name else [second, first], couple
    if not texts:
        texts = [fact for fact in facts if fact.are_words and fact.n_distinct * 2 > fact.n_filled]
        texts = sorted(texts, key=lambda fact: -fact.n_words)[:1]
    if not texts:
        there = _described(facts) or "none but ids and labels"
        raise DataError(f"no column of both train and test holds texts; there are: {there}")
    return texts, None


def _doubt_about(texts: Sequence[_Facts], left_out: Sequence[_Facts]) -> str:
    doubts = []
    if max(fact.n_words for fact in texts) < _WORDS_OF_A_TEXT:
        doubts.append(f"text_columns: {texts[0].name} is the likeliest, but its texts are short")
    doubts += [
        f"left out: {fact.name} has numbers but for {fact.stray}; mend that, then write numeric_columns: [{fact.name}]"
        for fact in left_out
        if fact.stray
    ]
    if others := [fact for fact in left_out if not fact.stray]:
        doubts.append(f"left out, as neither texts, numbers nor categories: {_described(others)}")
    return "; ".join(doubts)


def _mode_of(couple: tuple[str, str, bool] | None) -> list[Guess]:
    if couple is None:
        return [
            Guess("texts", "joined", "several texts whose names do not say that they are compared")
        ]
    guess = Guess("texts", "pair", f"by their names, {couple[0]} and {couple[1]} are compared")
    if couple[2]:
        return [guess]
    return [
        guess,
        Guess(
            "symmetric_pairs", False, f"{couple[0]} and {couple[1]} are not the same kind of text"
        ),
    ]


def _group_of(facts: Sequence[_Facts], texts: Sequence[_Facts]) -> list[Guess]:
    """The first column of ids that several rows share, in train and test."""
    for fact in facts:
        if (
            fact.is_id
            and fact not in texts
            and _LEAST_GROUPS <= fact.n_distinct <= 0.9 * fact.n_filled
        ):
            return [
                Guess(
                    "group_column",
                    fact.name,
                    f"{fact.n_filled:,} rows share {fact.n_distinct:,} ids: so folds",
                )
            ]
    return []


def _names(frame: pd.DataFrame) -> list[str]:
    return list(map(str, frame.columns))


def _described(facts: Sequence[_Facts]) -> str:
    return ", ".join(
        f"{fact.name} ({fact.n_distinct:,} values in {fact.n_filled:,} rows, {fact.n_words:.1f} words)"
        for fact in facts
    )
