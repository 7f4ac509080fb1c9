"""Draw the pictures of the architecture page.

    python docs/draw.py    # writes docs/pages/images/stages.svg, floors.svg and text.svg

The stages come from regard.pipeline.stages, the floors from tests/test_floors.py. A test checks
that the files are up to date. Each picture has its own background, so it is readable on any page.
"""

import ast
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "pages" / "images"

STYLE = """\
text { font: 14px system-ui, sans-serif; fill: #1f2328; }
.small { font-size: 12px; }
.strong { font-weight: 600; }
.middle { text-anchor: middle; }
.card { fill: #ffffff; stroke: #d0d7de; }
.box { fill: #eef1fb; stroke: #9aa7d8; }
.stage { fill: #3949ab; }
.on-stage { fill: #ffffff; }
.quiet { fill: #57606a; }
.arrow { fill: none; stroke: #6e7781; stroke-width: 1.5; marker-end: url(#head); }
#head path { fill: #6e7781; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6e9f2; }
  .card { fill: #1b1f2a; stroke: #3a4152; }
  .box { fill: #2a3046; stroke: #58638f; }
  .stage { fill: #5c6bc0; }
  .quiet { fill: #a3adbd; }
  .arrow { stroke: #8c96a8; }
  #head path { fill: #8c96a8; }
}
"""
# The files that each stage leaves; a stage that is missing here is refused when it is drawn.
ARTEFACTS = {
    "tables": ("tables/<fingerprint>/", "rows of train.csv: ids, texts, cells"),
    "test_tables": ("test_tables/<fingerprint>/", "rows of test.csv and of the sample"),
    "prepare": ("prepare/<fingerprint>/", "task, labels, vocabulary, token ids"),
    "folds": ("folds/<fingerprint>/", "the fold that holds out each row"),
    "embed": ("embed/<fingerprint>/", "embedding matrix, coverage"),
    "train": ("runs/<run>/fold_<k>/", "model, history, out-of-fold predictions"),
    "refit": ("runs/<run>/refit/", "model of all rows, with training.refit=true"),
    "predict": ("runs/<run>/predict/", "test predictions of each fold, their mean"),
    "submit": ("runs/<run>/submission.csv", "and leaderboard.csv of the competition"),
    "explain": ("runs/<run>/explain/", "words of some rows, by weight"),
    "report": ("runs/<run>/report.html", "scores, curves, errors, words by weight"),
}
TEXT_STEPS = (  # name, example, room
    ("text", "It&#39;s great!", "data"),
    ("clean text", "it's great!", "text.cleaning"),
    ("tokens", "it's great !", "text.cleaning"),
    ("token ids", "12 97 5 0 0", "text.vocabulary"),
    ("word vectors", "(timesteps, dim)", "embeddings"),
    ("states", "(timesteps, units)", "network.encoders"),
    ("one vector", "(features,)", "network.poolings"),
    ("probabilities", "0.03 0.97", "tasks"),
)


def picture(width: int, height: int, title: str, parts: Iterable[str]) -> str:
    """Return an SVG with a background, the styles and an arrow head."""
    head = (
        '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0 L8 4 L0 8 Z"/></marker>'
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
        f"<style>\n{STYLE}</style>",
        f"<defs>{head}</defs>",
        rectangle(0.5, 0.5, width - 1, height - 1, "card"),
        *parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def rectangle(x: float, y: float, width: float, height: float, kind: str) -> str:
    """Return a box with round corners."""
    edges = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
    return f'<rect class="{kind}" {edges} rx="8"/>'


def label(x: float, y: float, text: str, kind: str = "") -> str:
    """Return a line of text; its baseline is at y."""
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(text)}</text>'


def arrow(path: str) -> str:
    """Return a line with a head at its end."""
    return f'<path class="arrow" d="{path}"/>'


def draw_stages(stages: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Draw the stages below each other, their needs on the left and their files on the right.

    Args:
        stages: the name of each stage and the stages it needs, in the order in which they run.
    """
    top, step, left = 96, 68, 190
    rows = {name: top + step * row for row, (name, _) in enumerate(stages)}
    parts = [
        rectangle(left - 40, 20, 220, 44, "box"),
        label(left + 70, 47, "train.csv, test.csv, sample", "middle"),
        arrow(f"M{left + 70} 64 V{top - 4}"),
        label(640, 47, "files in outputs/<competition>/", "middle quiet small"),
    ]
    for name, needs in stages:
        y = rows[name]
        folder, files = ARTEFACTS[name]
        parts += [
            rectangle(left, y, 140, 44, "stage"),
            label(left + 70, y + 27, name, "middle on-stage strong"),
            arrow(f"M{left + 140} {y + 22} H456"),
            rectangle(460, y, 360, 44, "box"),
            label(476, y + 19, folder, "strong small"),
            label(476, y + 36, files, "small"),
        ]
        if not needs and y > top:
            bend = left - 44
            parts.append(arrow(f"M{left} 64 C{bend} 96 {bend} {y + 14} {left - 2} {y + 14}"))
        for need in needs:
            start, distance = rows[need], (y - rows[need]) // step
            bend = left - 22 - 22 * distance
            parts.append(
                arrow(
                    f"M{left} {start + 30} C{bend} {start + 30} {bend} {y + 14} {left - 2} {y + 14}"
                )
                if distance > 1
                else arrow(f"M{left + 70} {start + 44} V{y - 4}")
            )
    return picture(850, top + step * len(stages), "The stages and the files they write", parts)


def draw_floors(floors: Sequence[Sequence[str]]) -> str:
    """Draw the rooms of src/regard, the lowest floor at the bottom.

    Args:
        floors: the rooms of each floor, lowest floor first.
    """
    step, width = 62, 850
    parts = []
    for number, rooms in enumerate(floors):
        y = 16 + step * (len(floors) - 1 - number)
        parts.append(label(24, y + 28, str(number), "quiet"))
        size = (width - 70) / len(rooms)
        for slot, room in enumerate(rooms):
            x = 50 + size * slot
            parts += [
                rectangle(x, y, size - 12, 44, "box"),
                label(x + (size - 12) / 2, y + 27, room, "middle strong"),
            ]
    return picture(width, 20 + step * len(floors), "The rooms of src/regard, by floors", parts)


def draw_text(steps: Sequence[tuple[str, str, str]]) -> str:
    """Draw the way of one text in two rows of boxes.

    Args:
        steps: the name, an example and the room of each step.
    """
    per_row, size, height = (len(steps) + 1) // 2, 205, 74
    parts = []
    for number, (name, example, room) in enumerate(steps):
        row, slot = divmod(number, per_row)
        x, y = 24 + size * slot, 24 + 120 * row
        parts += [
            rectangle(x, y, size - 32, height, "box"),
            label(x + (size - 32) / 2, y + 20, name, "middle strong"),
            label(x + (size - 32) / 2, y + 42, example, "middle small"),
            label(x + (size - 32) / 2, y + 62, room, "middle small quiet"),
        ]
        if number and slot:
            parts.append(arrow(f"M{x - 32} {y + height / 2} H{x - 4}"))
        elif number:
            turn, end = y - 23, 24 + (size - 32) / 2
            start = 24 + size * (per_row - 1) + (size - 32) / 2
            parts.append(arrow(f"M{start:g} {y - 46} V{turn} H{end:g} V{y - 4}"))
    return picture(850, 242, "The way of one text", parts)


def read_floors() -> list[list[str]]:
    """Read the floors from the test that guards them."""
    tree = ast.parse((ROOT / "tests" / "test_floors.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FLOORS":
            return [list(floor) for floor in ast.literal_eval(node.value)]
    raise LookupError("tests/test_floors.py has no FLOORS")


def read_stages() -> list[tuple[str, list[str]]]:
    """Read the stages of a network's run with the stages they need, in their order."""
    from regard.config import compose_settings
    from regard.pipeline.learners import LEARNERS
    from regard.pipeline.stages import STAGES

    config = compose_settings(["training.refit=true"], {})
    stages = [stage for stage in STAGES.values() if not stage.is_check and stage.applies(config)]
    names = [stage.name for stage in stages]
    needs = {stage.name: list(stage.needs) for stage in stages}
    needs["train"] += LEARNERS["network"].needs
    needs["prepare"] += ["tables"]
    needs["predict"] += ["test_tables", "refit"]
    return [(name, sorted(needs[name], key=names.index)) for name in names]


def draw_all() -> dict[str, str]:
    """Return each picture by the name of its file."""
    return {
        "stages.svg": draw_stages(read_stages()),
        "floors.svg": draw_floors(read_floors()),
        "text.svg": draw_text(TEXT_STEPS),
    }


def main() -> None:
    """Write the pictures."""
    for name, text in draw_all().items():
        (IMAGES / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
