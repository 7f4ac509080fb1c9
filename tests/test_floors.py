import ast
import functools
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src" / "regard"
FLOORS = [
    {"errors", "seeds"},
    {"config", "lazy_adam", "progress"},
    {"compute", "data", "datasets", "features", "task", "text", "folds"},
    {"adversarial", "attention", "batches", "convolutional", "embeddings"}
    | {"losses", "metrics", "optimizers", "prior", "recurrent", "steps"},
    {"linear", "model", "thresholds"},
    {"training"},
    {"submission", "report", "blend"},
    {"artefacts", "discovery", "inspection"},
    {"pseudo_labels"},
    {"jobs", "linear_jobs", "kaggle"},
    {"pipeline"},
]
FLOOR_OF = {module: floor for floor, modules in enumerate(FLOORS) for module in modules}
ROOMS = {
    "gensim": {"embeddings"},
    "keras": {"adversarial", "attention", "convolutional", "recurrent", "lazy_adam", "losses", "model"}
    | {"optimizers", "training", "jobs"},
    "tensorflow": {"adversarial", "lazy_adam"},
    "hydra": {"config"},
    "matplotlib": {"report"},
}


def modules() -> dict[str, list[Path]]:
    files = {path.stem: [path] for path in SOURCE.glob("*.py") if path.stem != "__init__"}
    return files | {
        path.name: sorted(path.glob("*.py")) for path in SOURCE.iterdir() if (path / "__init__.py").exists()
    }


@functools.cache
def imports(module: str) -> set[str]:
    """Every dotted name a module imports, at the top or inside a function."""
    names = set()
    for path in modules()[module]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path.name}: write imports in full"
                names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_every_module_has_a_floor():
    assert set(modules()) == set(FLOOR_OF)


@pytest.mark.parametrize("module", sorted(FLOOR_OF))
def test_a_module_imports_only_lower_floors(module):
    for name in imports(module):
        parts = name.split(".")
        if parts[0] == "regard" and parts[1] in FLOOR_OF and parts[1] != module:
            assert FLOOR_OF[parts[1]] < FLOOR_OF[module], f"{module} imports {parts[1]}"


@pytest.mark.parametrize("package", sorted(ROOMS))
def test_heavy_packages_stay_in_their_rooms(package):
    users = {module for module in FLOOR_OF if any(name.split(".")[0] == package for name in imports(module))}
    assert users <= ROOMS[package]
