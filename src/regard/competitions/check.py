"""What a competition's files hold, for a person to look at before training; and whether a submission can be valid."""

import logging
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd

from regard.config import CompetitionConfig, Config
from regard.data.features import build_features
from regard.data.folds import check_enough_rows
from regard.data.tables import Tables, each_text, read_tables
from regard.metrics.registry import check_metric
from regard.tasks import KNOWN_PAIRS, TASKS
from regard.tasks.submission import submission_columns
from regard.text import identical_rows, index_texts, tokenize

_log = logging.getLogger(__name__)

_MOST_TEXTS = 20000  # of a column that are tokenized, and whose letters are looked at
_MOST_LABELS = 20
_LEAST_SHARE = 0.0005  # of a script, to be named
_BREAK = re.compile(r"\r\n|\r|\n")
_SEVERAL = 2  # lines like rows in one cell
_LONGER = 1.25  # medians that differ by more are pointed out
_QUANTILES = {
    "lowest": 0.0,
    "5%": 0.05,
    "25%": 0.25,
    "median": 0.5,
    "75%": 0.75,
    "95%": 0.95,
    "highest": 1.0,
}
_SUSPICIOUS = {
    "the replacement character U+FFFD": re.compile("\ufffd"),
    "control characters": re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"),
    # The bytes of UTF-8 read as cp1252 or latin-1: the first of an accented or Cyrillic letter,
    # then another one.
    "UTF-8 read as another encoding (such as \u00c3\u00a9)": re.compile(
        "[\u00c2-\u00c5\u00d0\u00d1][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
        "|\u00e2\u20ac"
    ),
}


@dataclass(frozen=True)
class Lengths:
    """Tokens of the texts of one column, of at most 20,000 drawn from them.

    Attributes:
        median: over the texts.
        p95: 95 of 100 texts are at most as long.
        longest: the most.
    """

    median: float
    p95: float
    longest: int


@dataclass(frozen=True)
class Findings:
    """What was found in the files.

    Attributes:
        n_rows: of train and test.
        n_empty: empty texts of train and test, by column.
        n_repeated: train rows whose texts are those of an earlier row.
        n_conflicting: texts that stand in train with different labels.
        conflicting_ids: the first ids of such texts.
        n_in_train: test rows whose texts are in train too.
        labels: what the labels are, a name and a figure in words each.
        lengths: of train and test, by text column.
        scripts: the share of texts with letters of each script, the commonest first.
        suspicious: how many texts of train and test hold signs of a wrong encoding, and the first
            ids, by sign.
        with_rows_inside: how many rows have a cell of several lines that look like rows, and the
            line on which the first of them starts (in a file without blank lines), by file.
    """

    n_rows: tuple[int, int]
    n_empty: dict[str, tuple[int, int]]
    n_repeated: int
    n_conflicting: int
    conflicting_ids: tuple[str, ...]
    n_in_train: int
    labels: dict[str, str]
    lengths: dict[str, tuple[Lengths, Lengths]]
    scripts: dict[str, float]
    suspicious: dict[str, tuple[int, tuple[str, ...]]]
    with_rows_inside: dict[str, tuple[int, int]]


def check(config: Config) -> Findings:
    """Log what the files hold, or say why no submission could be made of them.

    Raises:
        ConfigError: the metric or the label values cannot be those of the task.
        DataError: the files are missing, broken or do not agree, or the labels or the sample are
            not those of the task.
    """
    competition = config.competition
    check_metric(competition)
    folder = Path(config.data_dir) / competition.name
    _log.info("%s: %s", competition.name, folder)
    tables = read_tables(competition, folder)
    task = TASKS[competition.task].from_labels(tables.train, competition)
    labels = task.encode_labels(tables.train, competition)
    if task.classes and not competition.fold_column and config.folds.kind == "stratified":
        check_enough_rows(
            task.strata(labels), np.arange(len(labels)), task.classes, n_folds=config.folds.n_folds
        )
    build_features(tables.train, tables.test, competition, [])
    columns = submission_columns(tables.sample, task, competition)
    findings = inspect_tables(tables, competition, config.text.cleaning)
    for line in report_lines(findings):
        _log.info("%s", line)
    _log.info("a submission of %s in %s is possible", competition.submit, ", ".join(columns))
    return findings


def inspect_tables(
    tables: Tables, competition: CompetitionConfig, cleaning: Sequence[str]
) -> Findings:
    """Look at the texts and labels.

    Args:
        tables: as `read_tables` has checked them.
        competition: the columns and the task.
        cleaning: the steps after which texts are compared, as `prepare` compares them.
    """
    names, (train, test) = competition.text_columns, (tables.train, tables.test)
    indexed = index_texts(
        chain(each_text(train, competition), each_text(test, competition)), cleaning
    )
    n_texts = len(indexed.ragged) // (len(train) + len(test))
    same = identical_rows(
        indexed.identical, len(train), n_texts, any_order=competition.in_any_order
    )
    train_texts = pd.Series(same[: len(train)], index=train.index)
    conflicting = _conflicting(train_texts, train[competition.label_columns])
    return Findings(
        n_rows=(len(train), len(test)),
        n_empty={name: (_n_empty(train[name]), _n_empty(test[name])) for name in names},
        n_repeated=int(train_texts.duplicated().sum()),
        n_conflicting=train_texts[conflicting].nunique(),
        conflicting_ids=tuple(train.loc[conflicting, competition.id_column].head(5)),
        n_in_train=int((same[len(train) :] < len(train)).sum()),
        labels=_label_figures(train, competition),
        lengths={name: (_lengths(train[name]), _lengths(test[name])) for name in names},
        scripts=_scripts(
            _drawn(pd.concat([frame[name] for name in names for frame in (train, test)]))
        ),
        suspicious=_suspicious_texts(tables, competition),
        with_rows_inside=_with_rows_inside(tables, competition),
    )


def report_lines(findings: Findings) -> list[str]:
    """Return the findings in aligned lines.

    Example:
        rows               train 48  test 12
        empty texts: text  train 1   test 0
    """
    n_train, n_test = findings.n_rows
    rows: list[tuple[str, ...]] = [("rows", f"train {n_train:,}", f"test {n_test:,}")]
    for name, (in_train, in_test) in findings.n_empty.items():
        rows.append((f"empty texts: {name}", f"train {in_train:,}", f"test {in_test:,}"))
    for name, both in findings.lengths.items():
        for part, found in zip(("train", "test"), both, strict=True):
            figures = (
                f"median {found.median:,.0f}",
                f"95% up to {found.p95:,.0f}",
                f"longest {found.longest:,}",
            )
            rows.append((f"tokens of {name}, {part}", *figures))
    rows += [
        (
            "train texts repeated",
            f"{findings.n_repeated:,} rows",
            f"{findings.n_repeated / n_train:.1%}",
        ),
        (
            "  with other labels",
            f"{findings.n_conflicting:,} texts",
            _first(findings.conflicting_ids),
        ),
        (
            "test texts in train",
            f"{findings.n_in_train:,} rows",
            f"{findings.n_in_train / n_test:.1%}",
        ),
    ]
    rows += [(f"label {name}", figure) for name, figure in findings.labels.items()]
    rows += [
        (f"letters: {name}", f"in {share:.1%} of texts") for name, share in findings.scripts.items()
    ]
    return [*_aligned(rows), *_warnings(findings)]


def _warnings(findings: Findings) -> list[str]:
    """What a person should look into."""
    lines = [
        f"look: {count:,} texts with {sign} {_first(ids)}; see competition.encoding"
        for sign, (count, ids) in findings.suspicious.items()
    ]
    lines += [
        f"look: {file}: {count:,} rows have a cell that holds lines like rows of their own, the first in line {line}; "
        "is a quote opened there and closed only further down?"
        for file, (count, line) in findings.with_rows_inside.items()
    ]
    for name, (train, test) in findings.lengths.items():
        low, high = sorted((train.median, test.median))
        if high > _LONGER * low:
            medians = f"median {test.median:.0f} tokens, in train {train.median:.0f}"
            lines.append(f"look: the texts of {name} have another length in test: {medians}")
    return lines


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    name_width = max(len(name) for name, *_ in rows)
    width = max(len(cell) for _, *cells in rows for cell in cells[:-1])
    return [
        f"{name:<{name_width}}  {'  '.join(f'{cell:<{width}}' for cell in cells)}".rstrip()
        for name, *cells in rows
    ]


def _first(ids: Sequence[str]) -> str:
    return f"(first ids: {', '.join(ids)})" if ids else ""


def _n_empty(cells: pd.Series) -> int:
    return int((cells.str.strip() == "").sum())


def _conflicting(texts: pd.Series, labels: pd.DataFrame) -> pd.Series:
    """True for train rows whose text stands with other labels elsewhere."""
    rows = pd.DataFrame(
        {"text": texts, "label": list(zip(*(labels[column] for column in labels), strict=True))}
    )
    rows = rows[rows["text"].duplicated(keep=False)].drop_duplicates()
    several = rows["text"][rows["text"].duplicated(keep=False)]
    return texts.isin(set(several))


def _label_figures(train: pd.DataFrame, competition: CompetitionConfig) -> dict[str, str]:
    """Shares of each value, or of each column; quantiles of numbers."""
    columns = competition.label_columns
    kind = TASKS[competition.task]
    if not kind.has_classes:
        return {column: _quantiles(train[column].astype(float)) for column in columns}
    if not kind.one_label_column:
        positive = (competition.label_values or [""])[-1]
        shares = {column: _yes(train[column], positive) for column in columns}
        return {
            column: f"{share.sum():,} rows, {share.mean():.2%}" for column, share in shares.items()
        }
    counts = train[columns[0]].value_counts()
    figures = {
        str(value): f"{count:,} rows, {count / len(train):.2%}" for value, count in counts.items()
    }
    if len(figures) <= _MOST_LABELS:
        return figures
    rest = {f"({len(figures) - _MOST_LABELS} more)": f"{counts.iloc[_MOST_LABELS:].sum():,} rows"}
    return dict(list(figures.items())[:_MOST_LABELS]) | rest


def _yes(cells: pd.Series, positive: str) -> pd.Series:
    """True where a multi_label cell says yes: by `label_values`, else by the values that `task` knows."""
    return (
        cells == positive if positive else cells.str.lower().isin({yes for _, yes in KNOWN_PAIRS})
    )


def _quantiles(numbers: pd.Series) -> str:
    return ", ".join(
        f"{name} {numbers.quantile(quantile):.3g}" for name, quantile in _QUANTILES.items()
    )


def _lengths(texts: pd.Series) -> Lengths:
    counts = np.array([len(tokenize(text, [])) for text in _drawn(texts)])
    return Lengths(float(np.median(counts)), float(np.quantile(counts, 0.95)), int(counts.max()))


def _drawn(texts: pd.Series) -> list[str]:
    return list(texts.sample(min(len(texts), _MOST_TEXTS), random_state=0))


def _scripts(texts: Sequence[str]) -> dict[str, float]:
    """The share of texts with a letter of each script, by the first word of the letters' Unicode
    names.

    Example:
        ["yes", "да", "да, yes"] -> {"Latin": 0.67, "Cyrillic": 0.67}
    """
    counts: Counter[str] = Counter()
    script_of: dict[str, str] = {}
    for text in texts:
        letters = set(text)
        for letter in letters - script_of.keys():
            script_of[letter] = _script(letter)
        counts.update({script_of[letter] for letter in letters} - {""})
    shares = {script: count / max(len(texts), 1) for script, count in counts.most_common()}
    return {script: share for script, share in shares.items() if share >= _LEAST_SHARE}


def _script(letter: str) -> str:
    """A letter's script; empty for what is no letter."""
    if not letter.isalpha():
        return ""
    name = unicodedata.name(letter, "").replace("FULLWIDTH ", "").replace("HALFWIDTH ", "")
    return {"CJK": "Han"}.get(first := name.split(" ")[0].split("-")[0], first.capitalize())


def _suspicious_texts(
    tables: Tables, competition: CompetitionConfig
) -> dict[str, tuple[int, tuple[str, ...]]]:
    """Signs of a wrong encoding that some texts of train or test hold."""
    test_id_column = competition.id_column_of_test
    ids = [*tables.train[competition.id_column], *tables.test[test_id_column]]
    parts = [
        pd.concat([tables.train[name], tables.test[name]]) for name in competition.text_columns
    ]
    texts = list(map("\n".join, zip(*parts, strict=True)))
    found = {}
    for sign, pattern in _SUSPICIOUS.items():
        rows = [row for row, text in enumerate(texts) if pattern.search(text)]
        if rows:
            found[sign] = (len(rows), tuple(ids[row] for row in rows[:5]))
    return found


def _with_rows_inside(tables: Tables, competition: CompetitionConfig) -> dict[str, tuple[int, int]]:
    """How many rows of train and test seem to have swallowed others because of a quote, and the line of the first."""
    found = {}
    for file, table, id_column in (
        (competition.train_file, tables.train, competition.id_column),
        (competition.test_file, tables.test, competition.id_column_of_test),
    ):
        separator = (competition.separator or ("\t" if file.endswith(".tsv") else ",")).replace(
            "\\t", "\t"
        )
        rows, breaks = _rows_with_rows_inside(table, id_column, separator)
        if rows:
            found[file] = len(rows), 2 + rows[0] + int(breaks[: rows[0]].sum())
    return found


def _rows_with_rows_inside(
    table: pd.DataFrame, id_column: str, separator: str
) -> tuple[list[int], np.ndarray]:
    """The rows, and how many line breaks each row of the table holds, `(rows,)` int."""
    place, id_lengths = list(table.columns).index(id_column), table[id_column].str.len()
    shortest, longest = id_lengths.min(), id_lengths.max()

    def is_row(line: str) -> bool:
        cells = line.split(separator)
        return (
            len(cells) >= table.shape[1]
            and shortest <= len(cells[place]) <= longest
            and " " not in cells[place]
        )

    breaks = table.apply(lambda cells: cells.str.count(_BREAK))
    found = [
        int(row)
        for row in np.flatnonzero(breaks.max(axis=1) >= _SEVERAL)
        if any(sum(map(is_row, _BREAK.split(cell)[1:])) >= _SEVERAL for cell in table.iloc[row])
    ]
    return found, breaks.sum(axis=1).to_numpy()
