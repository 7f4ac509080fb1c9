"""The report of a run: one HTML file without scripts that needs no network."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from regard.report.content import ReportData
from regard.report.formats import FILTERS, replace_harmful
from regard.report.sections import SECTIONS

if TYPE_CHECKING:
    import jinja2

TEMPLATES = Path(__file__).with_name("templates")


def render_report(data: ReportData) -> str:
    """Return the report as one HTML page; the same data gives the same page."""
    templates = _templates()
    # Their templates have escaped all values already.
    sections = [
        # Markup, because the template of the section has escaped its values already.
        Markup(templates.get_template(f"{name}.html").render(SECTIONS[name](data)))
        for name in data.sections
    ]
    scores = np.asarray(data.scores["fold_scores"], np.float64)
    page = templates.get_template("page.html")
    # The folds are a sample of all possible splits, hence ddof=1.
    std = scores.std(ddof=1) if len(scores) > 1 else None
    return page.render(data=data, mean=scores.mean(), std=std, sections=sections)


def template_files() -> list[Path]:
    """Return the files besides the code that decide the look of a report."""
    return sorted(TEMPLATES.iterdir())


@functools.cache
def _templates() -> jinja2.Environment:
    """Load templates that escape every value; a value that is missing is an error."""
    import jinja2  # takes a tenth of a second, also of commands that write no report

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=replace_harmful,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(FILTERS)
    return environment
