"""Labels that differ only by their spelling, words that may have an order, and dates."""

import re
from collections.abc import Collection

import pandas as pd

from regard.competitions.discovery.guess import Guess
from regard.competitions.discovery.rendering import render_value
from regard.tasks.cells import sorted_values
from regard.text.label_cells import find_variants, label_key

# Words of scales, the lowest first.
_SCALES = (
    ("very low", "low", "medium", "high", "very high"),
    ("low", "moderate", "high"),
    ("low", "mid", "high"),
    ("none", "mild", "moderate", "severe", "extreme"),
    ("none", "low", "medium", "high"),
    ("minor", "major", "critical"),
    ("very poor", "poor", "fair", "good", "very good", "excellent"),
    ("very bad", "bad", "ok", "good", "very good"),
    ("bad", "average", "good"),
    ("very easy", "easy", "medium", "hard", "very hard"),
    ("easy", "moderate", "difficult"),
    ("beginner", "intermediate", "advanced", "expert"),
    ("never", "rarely", "sometimes", "often", "always"),
    ("strongly disagree", "disagree", "neutral", "agree", "strongly agree"),
    ("very negative", "negative", "neutral", "positive", "very positive"),
    ("one", "two", "three", "four", "five"),
    ("small", "medium", "large"),
    ("elementary", "intermediate", "advanced"),
    ("a1", "a2", "b1", "b2", "c1", "c2"),
    ("cold", "warm", "hot"),
    ("first", "second", "third", "fourth", "fifth"),
)
_DATE = r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}.*"
_NUMBERS = re.compile(r"\d+(?:[.,]\d+)*")
_MIN_FORMS = 5  # fewer are more likely classes, such as grade 1 and grade 2
_MIN_RANKS = 3
_PLAIN_SENTIMENT = {"negative", "neutral", "positive"}  # seldom scored as ranks


def merge_variants(cells: pd.Series, sample: Collection[str]) -> tuple[pd.Series, list[Guess]]:
    """Give labels that differ only by their spelling one spelling.

    The sample's spelling is kept, else the most frequent one.

    Args:
        cells: the labels of train, clean.
        sample: the cells of the sample.

    Returns:
        The cells, and the guess of `label_values` if there are such labels.

    Example:
        "Positive", "positive", "positive", "negative" -> label_values=[negative, positive]
    """
    variants = find_variants(cells)
    if not variants:
        return cells, []
    kept: dict[str, str] = {}
    for spellings in variants:
        spelled = next((one for one in spellings if one in sample), spellings[0])
        kept |= dict.fromkeys(spellings, spelled)
    merged = cells.map(lambda cell: kept.get(cell, cell)).astype("str")
    counts = cells.value_counts()
    groups = "; ".join(
        " and ".join(f"{one!r} ({counts[one]:,} rows)" for one in spellings)
        for spellings in variants[:5]
    )
    values = sorted_values(merged.unique())
    doubt = (
        f"label_values: {groups} are assumed to be one class; to keep them apart, name each "
        "spelling in label_values"
    )
    reason = f"spellings that differ are read as these {len(values)} classes"
    return merged, [Guess("label_values", values, reason, doubt)]


def doubt_of_order(values: Collection[str]) -> str:
    """Return the doubt about classes that are words of a scale; empty if they are none.

    Example:
        "high", "low", "medium" -> "task: the classes may be ordered; for ranks, write ..."
    """
    keys = {label_key(value): value for value in values}
    if len(keys) < _MIN_RANKS or set(keys) == _PLAIN_SENTIMENT:
        return ""
    for scale in _SCALES:
        if set(keys) <= set(scale):
            order = [keys[word] for word in scale if word in keys]
            return (
                "task: the classes may be ranks; for an order, write task: ordinal, label_values: "
                f"{render_value(order)}, metric: quadratic_weighted_kappa and submit: labels"
            )
    return ""


def doubt_of_marks(cells: pd.Series) -> str:
    """Return the doubt about marks that differ by their spelling, other than crosses."""
    variants = [spellings for spellings in find_variants(cells) if spellings[0].lower() != "x"]
    if not variants:
        return ""
    counts = cells.value_counts()
    listed = " and ".join(f"{one!r} ({counts[one]:,} rows)" for one in variants[0])
    return (
        f"task: {listed} are read as one label; if they are classes, write task: multi_class, "
        f"label_values: {render_value(sorted(counts.index))}, metric: accuracy and submit: labels"
    )


def doubt_of_dates(cells: pd.Series, column: str) -> str:
    """Return the doubt about labels that are dates."""
    if not cells.str.fullmatch(_DATE).all():
        return ""
    return (
        f"task: the labels of {column} are dates, taken for {cells.nunique():,} classes; to "
        "predict a time, write it as a number of days or years, and task: regression"
    )


def doubt_of_units(values: Collection[str]) -> str:
    """Return the doubt about labels that are numbers with the same words around them.

    Example:
        "1 stars", "2 stars", ... -> "task: the labels are numbers within words ..."
    """
    forms = {_NUMBERS.sub("0", value) for value in values}
    if len(values) < _MIN_FORMS or not any("0" in form for form in forms):
        return ""
    if len(forms) > 1 and {form.removesuffix("s") for form in forms} != {min(forms)}:
        return ""
    first = next(iter(values))
    return (
        f"task: the labels are numbers within words or signs, such as {first!r}, and are taken for "
        "classes; to predict amounts, leave only the numbers in train and the sample"
    )
