"""Which artefacts a change of the code makes anew."""

import functools
import shutil
from pathlib import Path

import pytest

import regard
from regard.artefacts import code_hash, fingerprints
from regard.pipeline.runner import Session, plan_run

SOURCE = Path(regard.__file__).parent
NOTHING = ()
REPORT = ("report",)
FROM_SUBMIT = ("submit", *REPORT)
FROM_PREDICT = ("predict", *FROM_SUBMIT)
FROM_TRAIN = ("train", *FROM_PREDICT)
FROM_FOLDS = ("folds", *FROM_TRAIN)
FROM_EMBED = ("embed", *FROM_TRAIN)
FROM_PREPARE = ("prepare", "folds", "embed", *FROM_TRAIN)
EVERYTHING = ("tables", *FROM_PREPARE)

# The stages that a change of a room or of a module in it makes anew, for runs of both learners or
# (for networks, for linear models). The entry of a module holds before that of its room.
STAGES_OF = {
    "artefacts": EVERYTHING,
    "errors.py": EVERYTHING,
    "text": EVERYTHING,
    "data": EVERYTHING,
    "data/features.py": FROM_PREPARE,
    "data/folds": FROM_FOLDS,
    "data/shipped.py": NOTHING,
    "tasks": EVERYTHING,
    "tasks/submission.py": FROM_PREPARE,
    "embeddings": (FROM_EMBED, NOTHING),
    "metrics": FROM_TRAIN,
    "parallel": FROM_TRAIN,
    "network": (FROM_TRAIN, NOTHING),
    "linear": (NOTHING, FROM_TRAIN),
    "report": REPORT,
    "seeds.py": (FROM_EMBED, FROM_PREDICT),
    "runs/run.py": EVERYTHING,
    "runs/learner.py": FROM_TRAIN,
    "runs/finding.py": (FROM_TRAIN, NOTHING),  # finds the earlier run of pseudo-labels
    "runs/leaderboard.py": NOTHING,
    "runs/opening.py": NOTHING,
    "pipeline": NOTHING,
    "pipeline/scoring.py": FROM_TRAIN,
    "pipeline/stages/tables.py": EVERYTHING,
    "pipeline/stages/prepare.py": FROM_PREPARE,
    "pipeline/stages/folds.py": FROM_FOLDS,
    "pipeline/stages/embed.py": (FROM_EMBED, NOTHING),
    "pipeline/stages/train.py": FROM_TRAIN,
    "pipeline/stages/predict.py": FROM_PREDICT,
    "pipeline/stages/submit.py": FROM_SUBMIT,
    "pipeline/stages/report.py": REPORT,
    "config": NOTHING,  # the values of settings count
    "config/checks.py": (FROM_TRAIN, NOTHING),  # the settings of encoders are next to their code
    "config/registries.py": (FROM_TRAIN, NOTHING),
    "config/plugins.py": (FROM_TRAIN, NOTHING),  # a saved network names the plugins it needs
    "config/values.py": FROM_TRAIN,
    "competitions": NOTHING,
    "ensembling": NOTHING,
    "cli.py": NOTHING,
    "__init__.py": NOTHING,  # the version counts
    # Packages that no module imports names from.
    "data/__init__.py": NOTHING,
    "linear/__init__.py": NOTHING,
    "metrics/__init__.py": NOTHING,
    "network/__init__.py": NOTHING,
    "parallel/__init__.py": NOTHING,
    "runs/__init__.py": NOTHING,
}
MODELS = {"network": "lstm_attention", "linear": "nb_svm"}


def expected_stages(module: str, learner: str) -> set[str]:
    names = [module, *map(str, Path(module).parents)]
    stages = next(STAGES_OF[name] for name in names if name in STAGES_OF)
    if len(stages) == 2 and not isinstance(stages[0], str):
        stages = stages[list(MODELS).index(learner)]
    return set(stages) - ({"embed"} if learner == "linear" else set())


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Copy the package, so that fingerprints follow the code of the copy."""
    folder = tmp_path / "regard"
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("__pycache__", "conf"))
    monkeypatch.setattr(fingerprints, "PACKAGE", folder)
    monkeypatch.setattr(fingerprints, "_file_of", functools.cache(fingerprints._file_of))
    code_hash.cache_clear()
    yield folder
    code_hash.cache_clear()


def plan(config) -> dict[str, str]:
    code_hash.cache_clear()
    return plan_run(config, Session()).fingerprints


def changed_stages(path: Path, addition: str, config, before: dict[str, str]) -> set[str]:
    """Return the stages whose fingerprints an addition to a file changes."""
    source = path.read_text(encoding="utf-8")
    path.write_text(source + addition, encoding="utf-8")
    after = plan(config)
    path.write_text(source, encoding="utf-8")
    return {stage for stage in before if after[stage] != before[stage]}


def test_plan_of_a_run_has_its_stages(tiny):
    assert tuple(plan(tiny())) == ("tables", "prepare", "folds", "embed", *FROM_TRAIN)
    assert tuple(plan(tiny("model=nb_svm"))) == ("tables", "prepare", "folds", *FROM_TRAIN)


def test_stages_follow_a_changed_import(package, tiny):
    config = tiny()
    before = plan(config)
    path = package / "embeddings" / "matrix.py"
    assert changed_stages(path, "\nX = 1\n", config, before) == set(FROM_EMBED)
    assert changed_stages(path, "\n# X = 1\n", config, before) == set()
    assert plan(config) == before


@pytest.mark.slow
@pytest.mark.parametrize("learner", MODELS)
def test_change_of_any_module_renames_its_stages_and_no_others(learner, package, tiny):
    config = tiny(f"model={MODELS[learner]}")
    before = plan(config)
    wrong = {}
    for path in sorted(package.rglob("*.py")):
        module = path.relative_to(package).as_posix()
        changed = changed_stages(path, "\n_ADDED = 1\n", config, before)
        expected = expected_stages(module, learner)
        if changed != expected:
            wrong[module] = {"too many": changed - expected, "missing": expected - changed}
    assert wrong == {}


@pytest.mark.parametrize("learner", MODELS)
def test_change_of_a_template_renames_the_report(learner, package, tiny):
    config = tiny(f"model={MODELS[learner]}")
    before = plan(config)
    for path in sorted((package / "report" / "templates").iterdir()):
        assert changed_stages(path, "\n", config, before) == {"report"}, path.name


def test_table_names_what_is_there():
    assert [name for name in STAGES_OF if not (SOURCE / name).exists()] == []
