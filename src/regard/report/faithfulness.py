"""How far the weights of words can be trusted: in one sentence, and in a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from regard.tasks import Task

RANDOM = "random"


def by_faithfulness(methods: Sequence[str], measured: Mapping[str, Any]) -> list[str]:
    """Return methods, the most faithful ones first; those that were not measured come last.

    Args:
        methods: their names.
        measured: see `runs.weighing.Measured`; empty if nothing was measured.
    """
    table = measured.get("methods", {})
    return sorted(
        methods, key=lambda name: -table[name]["comprehensiveness"] if name in table else 2
    )


def faithfulness_sentence(method: str, measured: Mapping[str, Any], task: Task) -> str:
    """Return the measured faithfulness of a method in words; nothing if it was not measured.

    Args:
        method: its name.
        measured: see `by_faithfulness`.
        task: whether the prediction is a probability or a number.

    Example:
        "Removing the 20 % of words with the largest weights lowers the probability of the predicted
        label by 0.31; removing 20 % at random, by 0.08 (20 train rows)."
    """
    table = measured.get("methods", {})
    if method not in table:
        return ""
    share = percent_of(measured)
    removed = table[method]["comprehensiveness"]
    at_random = table[RANDOM]["comprehensiveness"]
    lowered = "probability of the predicted label" if task.has_classes else "predicted number"
    sentence = (
        f"Removing the {share} of words with the largest weights lowers the {lowered} by "
        f"{removed:.2f}; removing {share} at random, by {at_random:.2f} "
        f"({measured['n_rows']} train rows)."
    )
    return sentence if removed > at_random else f"{sentence} So these weights explain nothing."


def faithfulness_rows(
    titles: Mapping[str, str], measured: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the rows of the table: the methods, then as many words at random.

    Args:
        titles: of the methods, by name, in the order of the table.
        measured: see `by_faithfulness`.
    """
    table = measured.get("methods", {})
    named = {**titles, RANDOM: "words at random"}
    return [{"title": named[name], **table[name]} for name in named if name in table]


def percent_of(measured: Mapping[str, Any]) -> str:
    """Return the share of words that are removed.

    Example:
        0.2 -> "20 %"
    """
    return f"{round(100 * measured['share'])} %"
