"""No line outside the tasks and the settings compares a task's kind with a string."""

import ast
from pathlib import Path

import pytest

from regard.tasks import TASKS

SOURCE = Path(__file__).resolve().parent.parent / "src" / "regard"
ROOMS = ("tasks", "config")  # where kinds may be compared
MODULES = [
    path for path in sorted(SOURCE.rglob("*.py")) if path.relative_to(SOURCE).parts[0] not in ROOMS
]


def names_a_kind(node: ast.AST) -> bool:
    """Return whether an expression is a kind, or a tuple, list or set with one."""
    if isinstance(node, ast.Constant):
        return node.value in TASKS
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(map(names_a_kind, node.elts))
    return False


def compares_kinds(node: ast.AST) -> bool:
    """Return whether a node compares with a kind, by an operator, a case, or a dictionary."""
    if isinstance(node, ast.Compare):
        return any(map(names_a_kind, [node.left, *node.comparators]))
    if isinstance(node, ast.MatchValue):
        return names_a_kind(node.value)
    if isinstance(node, ast.Dict):
        return any(key is not None and names_a_kind(key) for key in node.keys)
    return False


def comparisons(code: str) -> list[int]:
    return [node.lineno for node in ast.walk(ast.parse(code)) if compares_kinds(node)]


@pytest.mark.parametrize(
    "code",
    [
        "task.kind == 'binary'",
        "'ordinal' != kind",
        "kind in ('regression', 'soft_labels')",
        "{'binary': 1}[kind]",
        "{'binary': 1}.get(kind)",
        "match kind:\n    case 'binary':\n        pass",
    ],
)
def test_comparisons_are_found(code):
    assert comparisons(code)


@pytest.mark.parametrize("code", ["kind == 'time'", "TASKS[kind]", "Guess('task', 'binary')"])
def test_other_code_is_not_found(code):
    assert not comparisons(code)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_module_compares_kinds(path):
    lines = comparisons(path.read_text(encoding="utf-8"))
    assert not lines, f"{path}: ask the task instead, see regard.tasks.base"
