"""The leaderboard as a page: one HTML file, whose tables a small script sorts by any column.

Without the script the runs are listed as in `leaderboard.csv`, best first.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pandas as pd

from regard.text.harmful import without_harmful

_STYLE = """\
:root { --paper: #fcfbf8; --ink: #22262b; --muted: #5f646b; --rule: #e2ded4; --blue: #0067a3; }
:root { --edge: 34, 38, 43; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #16181b; --ink: #e4e2dc; --muted: #a3a8b0; --rule: #2d3136; --blue: #6cb8ea; }
  :root { --edge: 200, 205, 212; }
}
* { box-sizing: border-box; }
:root { color-scheme: light dark; }
body {
  margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: anywhere;
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main { max-width: 76rem; margin: 0 auto; padding: 3rem 1.5rem 5rem; }
h1, h2 { margin: 0; font-family: Charter, "Bitstream Charter", Georgia, serif; font-weight: 500; }
h1 { font-size: 1.5rem; }
h2 { margin: 2.5rem 0 0.5rem; font-size: 1.25rem; }
p { margin: 0.375rem 0; color: var(--muted); }
a { color: var(--blue); }
:focus-visible { outline: 2px solid var(--blue); outline-offset: 2px; }
/* The first layer moves with the table and covers the shadow at its end. */
.scroll {
  overflow-x: auto;
  background:
    linear-gradient(to left, var(--paper) 40%, transparent) right / 3.5rem 100% no-repeat local,
    linear-gradient(to left, rgba(var(--edge), 0.3), transparent)
      right / 1.25rem 100% no-repeat scroll;
}
table {
  border-collapse: collapse; font-size: 0.9375rem; font-variant-numeric: tabular-nums;
  overflow-wrap: normal;
}
th, td { padding: 0.5rem; border-bottom: 1px solid var(--rule); text-align: right; }
th { font-weight: 400; }
thead th { color: var(--muted); font-size: 0.8125rem; vertical-align: bottom; }
th, td:not(.text) { white-space: nowrap; }
.text { text-align: left; }
td.text { min-width: 8rem; max-width: 30rem; overflow-wrap: break-word; }
thead button {
  padding: 0; border: 0; background: none; color: inherit; font: inherit; cursor: pointer;
  text-decoration: underline dotted; text-underline-offset: 0.25em;
}
thead button::after { content: "\\00a0\\00a0"; }
[aria-sort="ascending"] button::after { content: "\\00a0\\2191"; }
[aria-sort="descending"] button::after { content: "\\00a0\\2193"; }
@media (max-width: 36rem) { main { padding: 1.5rem 1.125rem 3rem; } }
"""
_SCRIPT = """\
for (const table of document.querySelectorAll("table")) {
  const heads = [...table.tHead.rows[0].cells];
  const key = (row, column) => row.cells[column].dataset.value ?? row.cells[column].textContent;
  const compare = (a, b) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    const difference = Number(a) - Number(b);
    return Number.isNaN(difference) ? a.localeCompare(b) : difference;
  };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const falls = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", falls ? "descending" : "ascending");
      const rows = [...table.tBodies[0].rows];
      rows.sort((a, b) => {
        const [x, y] = [key(a, column), key(b, column)];
        const isEmpty = x === "" || y === "";
        return falls && !isEmpty ? compare(y, x) : compare(x, y);
      });
      table.tBodies[0].append(...rows);
    });
  });
}
"""
_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}: leaderboard</title>
<style>
{style}</style>
</head>
<body>
<main>
<h1>{title}: leaderboard</h1>
<p>Finished runs by their out-of-fold score, the best first; those of each metric by themselves.</p>
{blocks}
</main>
<script>{script}</script>
</body>
</html>
"""


class _Column(NamedTuple):
    """A column of a table: its title, whether it is text, and for each run its HTML and its key."""

    title: str
    is_text: bool
    cells: Sequence[tuple[str, Any]]


def render_board(board: pd.DataFrame, home: Path) -> str:
    """Return the leaderboard as an HTML page; the same runs give the same page.

    Args:
        board: rows of `leaderboard`.
        home: the folder of the page, next to `runs/`; reports are linked from there.
    """
    blocks = [_block(str(metric), block, home) for metric, block in _by_metric(board)]
    digest = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        f"script-src 'sha256-{digest}'"
    )
    return _PAGE.format(
        policy=policy,
        title=_escaped(home.name),
        style=_STYLE,
        blocks="\n".join(blocks) or "<p>There is no finished run.</p>",
        script=_SCRIPT,
    )


def _by_metric(board: pd.DataFrame) -> Any:
    return () if board.empty else board.groupby("metric", sort=False)


def _block(metric: str, board: pd.DataFrame, home: Path) -> str:
    columns = [one for one in _columns(metric, board, home) if any(text for text, _ in one.cells)]
    heads = "".join(f'<th scope="col"{_kind(one)}>{_escaped(one.title)}</th>' for one in columns)
    rows = [
        "<tr>" + "".join(map(_cell, columns, cells)) + "</tr>"
        for cells in zip(*(one.cells for one in columns), strict=True)
    ]
    name = _escaped(metric)
    return (
        f"<h2>{name}</h2>\n"
        f'<div class="scroll" role="group" aria-label="runs by {name}" tabindex="0"><table>\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n" + "\n".join(rows) + "\n</tbody>\n"
        "</table></div>"
    )


def _columns(metric: str, board: pd.DataFrame, home: Path) -> list[_Column]:
    minutes = [seconds / 60 for seconds in board["seconds_of_all_folds"]]
    return [
        _Column("rank", False, [(str(rank), rank) for rank in board["rank"]]),
        _Column("run", True, [(_link(name, home), name) for name in board["run"]]),
        _texts("model", board["model"]),
        _numbers(metric, board["oof_score"]),
        _numbers("std of folds", board["std_of_folds"]),
        _texts("folds", board["folds"]),
        _Column("minutes", False, [(f"{one:.1f}", round(one, 4)) for one in minutes]),
        _texts("public score", board["public_score"]),
        _numbers("test score", board["test_score"]),
        _texts("settings that differ", board["differs_from_defaults"]),
        _Column("finished", False, [(_minute(time), _minute(time)) for time in board["finished"]]),
    ]


def _minute(time: object) -> str:
    return _escaped(str(time)[:16].replace("T", " "))


def _numbers(title: str, values: Any) -> _Column:
    """Return a column of scores with four decimals; unknown ones are empty."""
    known = [None if value is None or pd.isna(value) else float(value) for value in values]
    cells = [("", "") if value is None else (f"{value:.4f}", value) for value in known]
    return _Column(title, False, cells)


def _texts(title: str, values: Any) -> _Column:
    cells = [(f"<bdi>{_escaped(text)}</bdi>" if text else "", text) for text in values]
    return _Column(title, True, cells)


def _link(name: str, home: Path) -> str:
    """Return the name of a run, as a link to its report if there is one."""
    shown = f"<bdi>{_escaped(name)}</bdi>"
    if not (home / "runs" / name / "report.html").exists():
        return shown
    return f'<a href="runs/{_escaped(quote(name))}/report.html">{shown}</a>'


def _cell(column: _Column, cell: tuple[str, Any]) -> str:
    text, key = cell
    tag = "th" if column.title == "run" else "td"
    scope = ' scope="row"' if tag == "th" else ""
    return f'<{tag}{scope}{_kind(column)} data-value="{_escaped(key)}">{text}</{tag}>'


def _kind(column: _Column) -> str:
    return ' class="text"' if column.is_text else ""


def _escaped(value: object) -> str:
    return html.escape(without_harmful(str(value)))
