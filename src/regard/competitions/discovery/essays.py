"""Guess the prompt of texts, and the statistics that decide the scores of long texts."""

import re
from collections.abc import Sequence

import numpy as np

from regard.competitions.discovery.guess import Guess
from regard.competitions.discovery.profiles import count_words
from regard.data.tables import Tables
from regard.tasks import TASKS

_MIN_WORDS = 40.0  # on average: answers, summaries and essays; reviews of a line have fewer
_MIN_PROMPT_WORDS = 5.0
_ROWS_PER_PROMPT = 5
_SAMPLE_SIZE = 2000
_PROMPT_WORD = re.compile(r"prompt|question|instruction|passage|source|assignment", re.IGNORECASE)
_STATISTICS = ["length", "sentences", "vocabulary", "readability"]


def guess_statistics(
    tables: Tables,
    texts: Sequence[str],
    task: str,
    used: Sequence[str],
    joined: Sequence[str] = (),
) -> list[Guess]:
    """Guess the text statistics and the prompt column of long texts with scores or ranks.

    Args:
        tables: the three files.
        texts: one text for each labelled row of train.
        task: the kind of task.
        used: the columns that have another role.
        joined: the columns that come from other files.

    Returns:
        No guesses for other tasks and for short texts.
    """
    if not TASKS[task].rates_texts or _mean_words(texts) < _MIN_WORDS:
        return []
    prompt = _find_prompt(tables, used, joined)
    names = [*_STATISTICS, *(["prompt_overlap"] if prompt else [])]
    reason = "long texts with scores: their form decides more than their words"
    guess = Guess("text_statistics", names, reason)
    if not prompt:
        return [guess]
    return [
        Guess("prompt_column", prompt, "a text that many rows share, longer than others"),
        guess,
    ]


def _find_prompt(tables: Tables, used: Sequence[str], joined: Sequence[str]) -> str:
    """Return the longest text that many rows share, and that is a prompt; "" if there is none.

    Its name suggests a prompt, or it comes from a file that has a row for each prompt.
    """
    found: dict[str, float] = {}
    for column in map(str, tables.train.columns):
        is_named = column in joined or _PROMPT_WORD.search(column)
        if column in used or column not in tables.test or not is_named:
            continue
        values = tables.train[column].unique().tolist()
        if len(values) * _ROWS_PER_PROMPT <= len(tables.train):
            found[column] = _mean_words(values)
    longest = max(found, key=found.__getitem__, default="")
    return longest if longest and found[longest] >= _MIN_PROMPT_WORDS else ""


def _mean_words(texts: Sequence[str]) -> float:
    step = max(len(texts) // _SAMPLE_SIZE, 1)
    return float(np.mean([count_words(text) for text in texts[::step]])) if len(texts) else 0.0
