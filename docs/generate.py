"""Tables of settings, metrics and commands for the documentation, made while it is built.

MkDocs calls `on_page_markdown` for each page (see `hooks` in mkdocs.yml), which replaces each line
`<!-- generated: NAME -->` by the table of that name. The tables are read from conf/, the registries
of src/regard and the Makefile, so they are never out of date. `on_files` adds the notebooks of
docs/notebooks, which lie outside the folder of the pages.
"""

import importlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
CONF = ROOT / "conf"
NOTEBOOKS = ROOT / "docs" / "notebooks"
MARK = re.compile(r"^<!-- generated: (.+) -->$", re.MULTILINE)
COMMENT = re.compile(r"""^((?:[^#'"]|'[^']*'|"[^"]*")*?)(?:^|(?<=\s))#\s?(.*)$""")
NOT_SETTINGS = ("defaults", "hydra")


@dataclass(frozen=True)
class Setting:
    """One key of a page of conf/.

    Attributes:
        key: the dotted name within the page, such as "rnn.units".
        value: the value as YAML, or None for a section.
        comment: the text of the comment on its line or above it.
    """

    key: str
    value: str | None
    comment: str


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace the marks of a page by their tables, and link to the notebooks of the site."""
    markdown = markdown.replace("(../notebooks/", "(notebooks/")
    return MARK.sub(lambda mark: TABLES[mark[1]](), markdown)


def on_files(files: Any, *, config: Any, **_: Any) -> Any:
    """Add the notebooks to the files of the site: the hook of MkDocs."""
    from mkdocs.structure.files import File

    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        files.append(File.generated(config, f"notebooks/{path.name}", abs_src_path=str(path)))
    return files


def read_settings(page: Path) -> tuple[list[str], list[Setting]]:
    """Read the settings of a page with their comments.

    A comment on the line of a key belongs to it. So do comments alone on the next lines if they
    are indented more than the key. Any other comment alone on its line belongs to the next key.

    Args:
        page: a file of conf/.

    Returns:
        The lines of the comment at the top of the page, and the settings in their order.

    Example:
        # The network.
        name: x
        rnn:
          units: 64   # per
                      # direction

        -> ["The network."], [("name", "x", ""), ("rnn", None, ""),
            ("rnn.units", "64", "per direction")]
    """
    text = page.read_text(encoding="utf-8")
    keys = list(_keys(yaml.compose(text)))
    header, comments = _attach_comments(text.splitlines(), {key.line: key for key in keys})
    settings = [
        Setting(key.name, _value(key.node, text), join_comment(comments.get(key.name, [])))
        for key in keys
        if key.name.partition(".")[0] not in NOT_SETTINGS
    ]
    return header, settings


def join_comment(lines: list[str]) -> str:
    """Join the lines of a comment, with a line break before each item of a list in it.

    Items are indented by two spaces; two spaces or more part a name from its meaning.

    Example:
        ["One of", "  a, b   the first", "         two", "  c      the third"]
            -> "One of<br>`a, b`: the first two<br>`c`: the third"
    """
    items = [re.sub(r"^  (\S.*?) {2,}(?=\S)", r"<br>`\1`: ", line) for line in lines]
    return " ".join(" ".join(items).split()).replace(" <br>", "<br>")


@dataclass(frozen=True)
class _Key:
    """A key of a page: its dotted name, where it is written, and its value."""

    name: str
    line: int
    column: int
    node: yaml.Node


def _keys(section: yaml.Node, prefix: str = "") -> Iterator[_Key]:
    """Yield all keys of a section, each section before its own keys."""
    for name, node in section.value:
        key = f"{prefix}{name.value}"
        yield _Key(key, name.start_mark.line, name.start_mark.column, node)
        if _is_section(node):
            yield from _keys(node, f"{key}.")


def _is_section(node: yaml.Node) -> bool:
    return isinstance(node, yaml.MappingNode) and bool(node.value) and not node.flow_style


def _attach_comments(
    lines: list[str], keys: dict[int, _Key]
) -> tuple[list[str], dict[str, list[str]]]:
    """Split the comments of a page into its header and those of each key."""
    header: list[str] = []
    comments: dict[str, list[str]] = {}
    waiting = header
    key = None
    for number, line in enumerate(lines):
        match = COMMENT.match(line)
        if number in keys:
            key = keys[number]
            comments[key.name] = [] if waiting is header else waiting
            waiting = []
        elif match is None:
            waiting = []
        if match is None:
            continue
        is_alone = not match[1].strip()
        if key is None or (is_alone and match.start(2) - 2 <= key.column):
            waiting.append(match[2])
        else:
            comments[key.name].append(match[2])
    return header, comments


def _value(node: yaml.Node, text: str) -> str | None:
    """Return a value as it is written in the page, on one line; None for a section."""
    if _is_section(node):
        return None
    written = text[node.start_mark.index : node.end_mark.index]
    if isinstance(node, yaml.SequenceNode) and not node.flow_style:
        return f"[{', '.join(item.value for item in node.value)}]"
    return " ".join(COMMENT.sub(r"\1", line).strip() for line in written.splitlines())


def options_of(setting: str) -> list[str]:
    """Return the names in the registry of a setting, or an empty list if it has none."""
    registries = importlib.import_module("regard.config.registries")
    return list(registries.registry(setting)) if setting in registries.REGISTRIES else []


def settings_table(page: Path, prefix: str, keep: Callable[[str], bool] = lambda key: True) -> str:
    """Write the settings of a page as a table, with the options of those that have a registry.

    If there is a list in the comment at the top of the page, it is written above the table.
    """
    rows = []
    header, settings = read_settings(page)
    for setting in settings:
        if keep(setting.key) and (setting.value is not None or setting.comment):
            options = ", ".join(f"`{name}`" for name in options_of(f"{prefix}{setting.key}"))
            meaning = [mark_code(setting.comment), f"Options: {options}" if options else ""]
            name = f"`{prefix}{setting.key}`"
            rows.append((name, _shown(setting.value), ". ".join(filter(None, meaning))))
    above = join_comment(header)
    start = f"{above}\n\n" if "<br>" in above else ""
    return start + table(("setting", "value", "meaning"), rows)


def general_settings() -> str:
    """Write the settings of conf/config.yaml, one table for each section."""
    page = CONF / "config.yaml"
    settings = read_settings(page)[1]
    sections = [setting.key for setting in settings if setting.value is None]
    first = settings_table(page, "", lambda key: "." not in key and key not in sections)
    rest = [
        f"### {section}\n\n" + settings_table(page, "", lambda key, s=section: _is_in(key, s))
        for section in sections
    ]
    return "\n".join([first, *rest])


def options_table(group: str) -> str:
    """List the pages of a group of conf/, each with the comment at its top."""
    pages = sorted(path for path in (CONF / group).glob("*.yaml") if "base" not in path.stem)
    rows = []
    for page in pages:
        header = [line for line in read_settings(page)[0] if not line.startswith("@package")]
        rows.append((f"`{group}={page.stem}`", mark_code(" ".join(header))))
    return table(("option", "meaning"), rows)


def registries_table() -> str:
    """List the registries, each with the names of its entries."""
    registries = importlib.import_module("regard.config.registries").REGISTRIES
    rows = [
        (f"`{setting}`", f"`{registry}`", ", ".join(f"`{name}`" for name in options_of(setting)))
        for setting, registry in registries.items()
    ]
    return table(("setting", "registry", "entries"), rows)


def metrics_table() -> str:
    """List the metrics with the tasks they fit."""
    metrics = importlib.import_module("regard.metrics.registry").METRICS
    rows = [
        (
            f"`{name}`",
            ", ".join(f"`{task}`" for task in metric.tasks),
            metric.compares,
            "higher" if metric.greater_is_better else "lower",
        )
        for name, metric in metrics.items()
    ]
    return table(("metric", "tasks", "compares", "better"), rows)


def commands_table() -> str:
    """List the targets of the Makefile, each with its help."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    rows = re.findall(r"^([a-z-]+):.*?## (.+)$", makefile, re.MULTILINE)
    return table(("command", "meaning"), [(f"`make {name}`", text) for name, text in rows])


def table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Write a table as Markdown."""
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines) + "\n"


def mark_code(comment: str) -> str:
    """Mark the names of settings, options and files in a comment as code.

    Example:
        mark_code("see last_epochs, or <unk>") -> "see `last_epochs`, or `<unk>`"
    """
    name = r"(?<!\S)([(\[]?)((?!<br>)\S*[_=<]\S*?)([.,;:)\]]*)(?!\S)"
    parts = re.split(r"(`[^`]*`|<br>)", comment)
    return "".join(
        part if n % 2 else re.sub(name, r"\1`\2`\3", part) for n, part in enumerate(parts)
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _shown(value: str | None) -> str:
    """Write a value for a table; a section has none."""
    if value is None:
        return ""
    return "required" if value == "???" else f"`{value}`"


def _is_in(key: str, section: str) -> bool:
    return key == section or key.startswith(f"{section}.")


TABLES: dict[str, Callable[[], str]] = {
    "general settings": general_settings,
    "competition settings": lambda: settings_table(
        CONF / "competition" / "base.yaml", "competition."
    ),
    "embeddings settings": lambda: settings_table(CONF / "embeddings" / "base.yaml", "embeddings."),
    "network settings": lambda: settings_table(CONF / "model" / "base_network.yaml", "model."),
    "linear settings": lambda: settings_table(CONF / "model" / "base_linear.yaml", "model."),
    "frozen encoder settings": lambda: settings_table(
        CONF / "model" / "base_frozen_encoder.yaml", "model."
    ),
    "finetuned encoder settings": lambda: settings_table(
        CONF / "model" / "base_finetuned_encoder.yaml", "model."
    ),
    "compute settings": lambda: settings_table(CONF / "compute" / "local.yaml", "compute."),
    "tracking settings": lambda: settings_table(CONF / "tracking" / "none.yaml", "tracking."),
    "competitions": lambda: options_table("competition"),
    "embeddings": lambda: options_table("embeddings"),
    "models": lambda: options_table("model"),
    "attention": lambda: options_table("model/attention"),
    "experiments": lambda: options_table("experiment"),
    "tracking": lambda: options_table("tracking"),
    "tune": lambda: options_table("tune"),
    "registries": registries_table,
    "metrics": metrics_table,
    "commands": commands_table,
}
