"""Format the findings as lines for the log."""

from collections.abc import Sequence

from regard.competitions.check.findings import Findings

# A name and some cells; `_align` puts the cells of all rows into columns.
_Row = tuple[str, ...]

_LENGTH_RATIO = 1.25  # a larger ratio of the median lengths of train and test is a warning


def report_lines(findings: Findings) -> list[str]:
    """Return the findings as aligned lines, followed by the warnings.

    Example:
        rows               train 48  test 12
        empty texts: text  train 1   test 0
    """
    rows = [*_texts(findings), *_duplicates(findings)]
    rows += [(f"label {name}", figure) for name, figure in findings.labels.items()]
    rows += [
        (f"letters: {name}", f"in {share:.1%} of texts") for name, share in findings.scripts.items()
    ]
    return [*_align(rows), *_warnings(findings)]


def _texts(findings: Findings) -> list[_Row]:
    n_train, n_test = findings.n_rows
    rows: list[_Row] = [("rows", f"train {n_train:,}", f"test {n_test:,}")]
    for name, (in_train, in_test) in findings.n_empty.items():
        rows.append((f"empty texts: {name}", f"train {in_train:,}", f"test {in_test:,}"))
    for name, lengths_of_parts in findings.lengths.items():
        for part, lengths in zip(("train", "test"), lengths_of_parts, strict=True):
            figures = (
                f"median {lengths.median:,.0f}",
                f"95% up to {lengths.p95:,.0f}",
                f"longest {lengths.longest:,}",
            )
            rows.append((f"tokens of {name}, {part}", *figures))
    return rows


def _duplicates(findings: Findings) -> list[_Row]:
    n_train, n_test = findings.n_rows
    return [
        (
            "train texts repeated",
            f"{findings.n_repeated:,} rows",
            f"{findings.n_repeated / n_train:.1%}",
        ),
        (
            "  with different labels",
            f"{findings.n_conflicting:,} texts",
            _first(findings.conflicting_ids),
        ),
        (
            "test texts also in train",
            f"{findings.n_in_train:,} rows",
            f"{findings.n_in_train / max(n_test, 1):.1%}",
        ),
    ]


def _warnings(findings: Findings) -> list[str]:
    """Return a line for each finding that points to a mistake in the files."""
    lines = [
        f"warning: texts with {sign}: {count:,} {_first(ids)}; see competition.encoding"
        for sign, (count, ids) in findings.suspicious.items()
    ]
    for name, (train, test) in findings.lengths.items():
        low, high = sorted((train.median, test.median))
        if low and high > _LENGTH_RATIO * low:
            lines.append(
                f"warning: the texts of {name} differ in length: median {test.median:.0f} tokens "
                f"in test, {train.median:.0f} in train"
            )
    return lines


def _align(rows: Sequence[_Row]) -> list[str]:
    """Pad the names, and the cells but the last of a row, to the same width."""
    name_width = max(len(name) for name, *_ in rows)
    width = max(len(cell) for _, *cells in rows for cell in cells[:-1])
    return [
        f"{name:<{name_width}}  {'  '.join(f'{cell:<{width}}' for cell in cells)}".rstrip()
        for name, *cells in rows
    ]


def _first(ids: Sequence[str]) -> str:
    return f"(first ids: {', '.join(ids)})" if ids else ""
