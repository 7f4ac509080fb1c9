"""The labels that are likely wrong, with their texts."""

from typing import Any

from regard.report.content import ReportData
from regard.report.sections.mistakes import N_OPEN, browsed_rows, named_texts
from regard.report.wrong_labels import find_wrong_labels, strength_name

_N_SHOWN = 20


def wrong_labels(data: ReportData) -> dict[str, Any]:
    """Return the likeliest wrong labels, and how many there are."""
    found = find_wrong_labels(data.task, data.held_out)
    names = data.task.label_names
    several = len(names) > 1 and not data.task.classes
    browsed = browsed_rows(data)
    rows = [
        {
            "id": data.held_out.ids[int(row)],
            "column": names[int(column)] if several else "",
            "given": given,
            "suggested": suggested,
            "strength": strength,
            "texts": named_texts(data, int(row)),
            "browsed": browsed.get(data.held_out.ids[int(row)]),
        }
        for row, column, given, suggested, strength in zip(
            found.rows[:_N_SHOWN],
            found.columns,
            found.given,
            found.suggested,
            found.strength,
            strict=False,
        )
    ]
    return {
        "rows": rows,
        "n_open": N_OPEN,
        "n_found": len(found),
        "n_labels": len(data.held_out.ids) * (len(names) if several else 1),
        "file": data.wrong_labels_file,
        "has_classes": data.task.has_classes,
        "caption": "probability" if strength_name(data.task) == "probability" else "deviations",
    }
