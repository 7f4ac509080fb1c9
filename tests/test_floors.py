import ast
import functools
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src" / "regard"
FLOORS = [  # lowest first: a module imports from its own room and from lower floors
    ["errors"],
    ["artefacts", "config", "text"],
    ["data", "embeddings", "parallel", "tasks"],
    ["metrics", "runs"],
    ["competitions", "ensembling", "linear", "network", "report"],
    ["pipeline"],
    ["serving"],
    ["cli"],
]
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
ROOMS_OF = {
    "fastapi": {"serving"},
    "gensim": {"embeddings"},
    "hydra": {"cli", "config"},
    "jinja2": {"report"},
    "keras": {"network"},
    "matplotlib": {"report"},
    "optuna": {"pipeline"},
    "prometheus_client": {"serving"},
    "pydantic": {"serving"},
    "starlette": {"serving"},
    "tensorflow": {"network"},
    "uvicorn": {"serving"},
}


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


MODULES = [path for path in sorted(SOURCE.rglob("*.py")) if room_of(path) != "__init__"]


@functools.cache
def imported_names(path: Path) -> set[str]:
    """Every dotted name that a module imports, at the top or inside a function."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: write imports in full"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_every_room_has_a_floor():
    assert {room_of(path) for path in MODULES} == set(FLOOR_OF)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_imports_only_its_own_room_and_lower_floors(path):
    room = room_of(path)
    for name in imported_names(path):
        package, _, rest = name.partition(".")
        other = rest.partition(".")[0]
        if package == "regard" and other in FLOOR_OF and other != room:
            assert FLOOR_OF[other] < FLOOR_OF[room], f"{path} imports {name}"


@pytest.mark.parametrize("package", sorted(ROOMS_OF))
def test_heavy_packages_stay_in_their_rooms(package):
    users = {
        room_of(path)
        for path in MODULES
        for name in imported_names(path)
        if name.split(".")[0] == package
    }
    assert users <= ROOMS_OF[package]
