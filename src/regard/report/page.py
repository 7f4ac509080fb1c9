"""The report of a run: one HTML file that needs no network, and no script to be read."""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from regard.errors import is_mistake, one_line
from regard.report.content import ReportData
from regard.report.formats import FILTERS, replace_harmful
from regard.report.scripts import TEMPLATES, content_security_policy, read_scripts
from regard.report.sections import PART_OF, SCRIPTS, SECTIONS
from regard.report.sections.summary import summary

if TYPE_CHECKING:
    import jinja2

_log = logging.getLogger(__name__)

_HEADING = re.compile(r"<h2>.*?</h2>", re.DOTALL)
# The sections that are read on demand, so that the first screens hold scores and curves.
_FOLDED = (
    "groups",
    "weak_slices",
    "most_wrong",
    "wrong_labels",
    "similar_texts",
    "drift",
    "coverage",
    "settings",
)
# Whether an error in a section is raised. Tests set it, so that no report hides a bug from them.
STRICT = False


@dataclass(frozen=True)
class Part:
    """A part of the table of contents.

    Attributes:
        title: its name.
        links: the anchor and the title of each section.
    """

    title: str
    links: Sequence[tuple[str, Markup]]


def render_report(data: ReportData) -> str:
    """Return the report as one HTML page; the same data gives the same page.

    A section that fails is replaced by one line on its error, and the log has a warning.
    """
    head, _ = _spared("summary", data)
    sections = {}
    scripts: list[str] = []
    for name in data.sections:
        sections[name], is_drawn = _spared(name, data)
        scripts += SCRIPTS.get(name, ()) if is_drawn else ()
    return render_page(
        "page.html",
        {"data": data, "summary": head, "sections": sections.values()},
        parts=[Part("Summary", [("summary", Markup("Summary"))]), *_parts(sections)],
        scripts=scripts,
    )


def render_page(
    template: str, values: Mapping[str, Any], *, parts: Sequence[Part], scripts: Sequence[str] = ()
) -> str:
    """Return a page with the layout of all reports: contents, colours and the policy of scripts.

    Args:
        template: extends `layout.html`.
        values: of the template.
        parts: the table of contents.
        scripts: files of `templates/` besides those of the layout.
    """
    texts = read_scripts(["theme.js", "folded.js", *scripts])
    policy = content_security_policy(texts)
    page = templates().get_template(template)
    return page.render(**values, parts=parts, scripts=texts, policy=policy)


def template_files() -> list[Path]:
    """Return the files besides the code that decide the look of a report."""
    return sorted(TEMPLATES.iterdir())


@functools.cache
def templates() -> jinja2.Environment:
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


def _spared(name: str, data: ReportData) -> tuple[Markup, bool]:
    """Return the HTML of a section and True; if it fails, one line on its error and False."""
    try:
        return _section(name, data), True
    except Exception as error:
        if STRICT:
            raise
        reason = one_line(error)
        if not is_mistake(error):
            reason = f"{type(error).__name__}: {reason}"
            _log.debug("the section %s of the report", name, exc_info=error)
        _log.warning("report: the section %s could not be drawn (%s)", name, reason)
        title = name.replace("_", " ").capitalize()
        return _rendered("failed", {"name": name, "title": title, "reason": reason}), False


def _section(name: str, data: ReportData) -> Markup:
    """Return the HTML of a section, or of the summary."""
    if name in data.failures:
        raise data.failures[name]
    if name == "summary":
        return _rendered(name, {**summary(data), "data": data})
    return _rendered(name, SECTIONS[name](data))


def _rendered(template: str, values: Mapping[str, Any]) -> Markup:
    """Return the HTML of a section, with an anchor; its heading unfolds it, if it is long."""
    text = templates().get_template(f"{template}.html").render(values)
    name = values.get("name", template)
    if template in _FOLDED:
        text = _HEADING.sub(r'<details class="fold">\n<summary>\g<0></summary>', text, count=1)
        text = text.replace("</section>", "</details>\n</section>")
    # Markup, because the template of the section has escaped its values already.
    return Markup(text.replace("<section>", f'<section id="{name}">', 1))


def _parts(sections: Mapping[str, Markup]) -> list[Part]:
    """Return the table of contents: sections that follow each other in the same part of the page.

    Args:
        sections: the HTML of each section, whose first heading is its title.
    """
    return [
        Part(part, [(name, _title(sections[name])) for name in names])
        for part, names in groupby(sections, PART_OF.__getitem__)
    ]


def _title(section: Markup) -> Markup:
    """Return the first heading of a section, which is escaped already."""
    first, *_ = _HEADING.findall(section)
    return Markup(first.removeprefix("<h2>").removesuffix("</h2>"))
