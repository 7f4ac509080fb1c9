"""Which artefacts a change of the code, a setting or an installed package makes anew."""

import dataclasses
import functools
import importlib.metadata
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from helpers.cases import tiny_tables, write_tables

import regard
from regard.artefacts import code_hash, fingerprints, versions
from regard.config import known_keys
from regard.network import learner as network_learner
from regard.pipeline import runner
from regard.pipeline.runner import Session, plan_run

pytestmark = pytest.mark.slow  # parses every module of a copy of the package

SOURCE = Path(regard.__file__).parent
NOTHING = ()
SUBMIT = ("submit",)
REPORT = ("report",)
FROM_EXPLAIN = ("explain", *REPORT)
FROM_PREDICT = ("predict", *SUBMIT, *FROM_EXPLAIN)
FROM_TRAIN = ("train", *FROM_PREDICT)
FROM_FOLDS = ("folds", *FROM_TRAIN)
FROM_EMBED = ("embed", *FROM_TRAIN)
FROM_PREPARE = ("prepare", "folds", "embed", *FROM_TRAIN)
FILES = ("tables", "test_tables")
EVERYTHING = (*FILES, *FROM_PREPARE)

# The stages that a change of a room or of a module in it makes anew, for runs of both learners or
# (for networks, for linear models). The entry of a module holds before that of its room.
STAGES_OF = {
    "artefacts": EVERYTHING,
    "artefacts/leftovers.py": NOTHING,
    "errors.py": EVERYTHING,
    "text": EVERYTHING,
    "text/near_duplicates.py": FROM_FOLDS,
    "text/harmful.py": REPORT,
    "text/sentences.py": (FROM_TRAIN, NOTHING),
    "data": EVERYTHING,
    "data/folds": FROM_FOLDS,
    "data/shipped.py": NOTHING,
    "data/drift.py": REPORT,
    "tasks": EVERYTHING,
    "embeddings": (FROM_EMBED, NOTHING),
    "metrics": FROM_TRAIN,
    "parallel": FROM_TRAIN,
    "parallel/display.py": (FROM_EMBED, FROM_TRAIN),  # how far the vectors are
    "parallel/forecast.py": (FROM_EMBED, FROM_TRAIN),
    "parallel/terminal.py": NOTHING,
    "parallel/pipes.py": NOTHING,
    "network": (FROM_TRAIN, NOTHING),
    "network/step_count.py": (FROM_TRAIN, REPORT),
    "network/export": NOTHING,
    "network/transformer": NOTHING,
    "network/transformer/inputs.py": (FROM_TRAIN, NOTHING),  # batches know its kind of inputs
    "network/alignment_weights.py": NOTHING,
    "linear": (NOTHING, FROM_TRAIN),
    "report": REPORT,
    "report/comparison": NOTHING,
    "report/figures/comparing.py": NOTHING,
    "report/tuning.py": NOTHING,
    "report/figures/searching.py": NOTHING,
    "artefacts/seeds.py": (FROM_EMBED, FROM_EXPLAIN),
    "runs/run.py": EVERYTHING,
    "runs/folders.py": EVERYTHING,
    "runs/contents.py": EVERYTHING,
    "runs/forms.py": EVERYTHING,  # a run imports it
    "runs/explaining": EVERYTHING,
    "runs/fitted_model.py": EVERYTHING,
    "runs/learner.py": FROM_TRAIN,
    "runs/predicting.py": FROM_PREDICT,
    "runs/finding.py": FROM_TRAIN,  # finds runs with the same folds
    "runs/sharing.py": FROM_TRAIN,
    "runs/speed.py": (FROM_TRAIN, NOTHING),
    "runs/explained.py": FROM_EXPLAIN,
    "runs/row_choice.py": FROM_EXPLAIN,
    "runs/weighing.py": FROM_EXPLAIN,
    "runs/leaderboard.py": REPORT,  # reads the note of the test score
    "runs/board_text.py": NOTHING,
    "runs/board_page.py": REPORT,
    "runs/sweeps.py": NOTHING,
    "runs/tracking": NOTHING,
    "pipeline": NOTHING,
    "pipeline/scoring.py": FROM_TRAIN,
    "pipeline/stages/tables.py": EVERYTHING,
    "pipeline/stages/prepare.py": FROM_PREPARE,
    "pipeline/stages/folds.py": FROM_FOLDS,
    "pipeline/stages/embed.py": (FROM_EMBED, NOTHING),
    "pipeline/stages/train.py": FROM_TRAIN,
    "pipeline/stages/predict.py": FROM_PREDICT,
    "pipeline/stages/submit.py": SUBMIT,
    "pipeline/stages/explain.py": FROM_EXPLAIN,
    "pipeline/stages/report.py": REPORT,
    "pipeline/previous.py": REPORT,
    "pipeline/comparing_texts.py": REPORT,
    "pipeline/related_rows.py": FROM_TRAIN,
    "pipeline/solution.py": REPORT,
    "pipeline/warning_signs.py": REPORT,
    "config": NOTHING,  # the values of settings count
    "config/checks.py": EVERYTHING,  # a run checks the form of its predictions
    "config/dialect.py": EVERYTHING,  # files are read by it
    "config/registries.py": EVERYTHING,
    "config/plugins.py": FROM_TRAIN,  # a metric may be a function of a module
    "config/values.py": FROM_TRAIN,
    "competitions": NOTHING,
    "ensembling": NOTHING,
    "serving": NOTHING,
    "cli.py": NOTHING,
    "__init__.py": NOTHING,  # the version counts
    # Packages that no module imports names from.
    "data/__init__.py": NOTHING,
    "linear/__init__.py": NOTHING,
    "metrics/__init__.py": NOTHING,
    "network/__init__.py": NOTHING,
    "network/layers/__init__.py": NOTHING,
    "parallel/__init__.py": NOTHING,
    "runs/__init__.py": NOTHING,
}

# The stages that a change of a setting makes anew, for runs of both learners or (for networks, for
# linear models).
STAGES_OF_SETTING = {
    "data_dir=elsewhere": NOTHING,
    "output_dir=elsewhere": NOTHING,
    "name=mine": FROM_TRAIN,  # the folder of the run has the name
    "seed=5": (FROM_EMBED, NOTHING),
    "competition.slug=bbc": NOTHING,
    "competition.kind=code": NOTHING,
    "competition.source=package:other": NOTHING,
    "competition.encoding=latin-1": EVERYTHING,
    "competition.separator=;": EVERYTHING,
    "competition.quoting=none": EVERYTHING,
    "competition.escape='\\\\'": EVERYTHING,
    "competition.skip_blank=true": EVERYTHING,
    "competition.encoding_errors=replace": EVERYTHING,
    "competition.text_columns=[text,id]": EVERYTHING,
    "competition.numeric_columns=[size]": EVERYTHING,
    "competition.prompt_column=id": EVERYTHING,
    "competition.text_statistics=[length]": FROM_PREPARE,
    "competition.label_values=[sea,wood,town]": FROM_PREPARE,
    "competition.label_missing=[-1]": ("tables", *FROM_PREPARE),
    "competition.decimal=','": ("tables", *FROM_PREPARE),
    "competition.task=ordinal": FROM_PREPARE,
    "competition.group_column=author": (*FILES, *FROM_FOLDS),
    "competition.fold_column=part": (*FILES, *FROM_FOLDS),
    "competition.time_column=day": (*FILES, *FROM_FOLDS),
    "competition.test_id_column=key": ("test_tables", *SUBMIT, *REPORT),
    "competition.metric=f1_macro": FROM_TRAIN,
    "text.cleaning=[lower_case]": FROM_PREPARE,
    "text.vocabulary_size=99": FROM_PREPARE,
    "text.min_count=2": FROM_PREPARE,
    "text.use_test=false": FROM_PREPARE,
    "features.text_statistics=[length]": FROM_PREPARE,
    "folds.n_folds=3": FROM_FOLDS,
    "folds.seed=5": FROM_FOLDS,
    "folds.near_duplicates=0.7": FROM_FOLDS,
    "embeddings.lookup=[exact]": (FROM_EMBED, NOTHING),
    "embeddings.word2vec.epochs=3": (FROM_EMBED, NOTHING),
    "model.name=mine": NOTHING,
    "batches.size=4": (FROM_TRAIN, NOTHING),
    "batches.max_tokens=9": (FROM_TRAIN, NOTHING),
    "training.epochs=9": (FROM_TRAIN, NOTHING),
    "training.patience=9": (FROM_TRAIN, NOTHING),
    "training.min_steps=9": (FROM_TRAIN, NOTHING),
    "training.class_weights=balanced": FROM_TRAIN,
    "calibration.temperature=true": FROM_TRAIN,
    "thresholds.tuned=false": FROM_TRAIN,
    "thresholds.per_label=false": FROM_TRAIN,
    "predict.models=folds": FROM_PREDICT,
    "serve.port=99": NOTHING,
    "tune.trials=3": NOTHING,
    "tracking.tracker=tensorboard": NOTHING,
    "compute.n_workers=1": NOTHING,
    "compute.threads_per_worker=1": NOTHING,
    "report.n_explained_rows=1": FROM_EXPLAIN,
    "report.n_worst_rows=3": REPORT,
    "blend.method=mean": NOTHING,
}
STAGES_OF_MODEL_SETTING = {
    "network": {
        "model.rnn.units=3": FROM_TRAIN,
        "model.head.dropout=0.1": FROM_TRAIN,
        "model.pooling=[max]": FROM_TRAIN,
        "model.cnn.filters=3": NOTHING,  # this network has no such layers
        "pseudo_labels.run=base-123": FROM_TRAIN,
        "pseudo_labels.weight=0.5": FROM_TRAIN,
        "seeds=[1,2]": NOTHING,
    },
    "linear": {
        "model.C=[2.0]": FROM_TRAIN,
        "model.cased=false": FROM_TRAIN,
        "model.min_df=3": FROM_TRAIN,
        "model.ngram_weights=[1.0]": FROM_TRAIN,
    },
}
BINARY = [
    "competition.task=binary",
    "competition.metric=bias_roc_auc",
    "competition.subgroup_columns=[men]",
    "competition.submit=probabilities",
]
NUMBERS = ["competition.task=regression", "competition.metric=rmse", "competition.submit=numbers"]
RANKING = [
    "competition.metric=log_loss",
    "competition.submit=top_labels",
    "competition.top_k=2",
]
PAIR = ["competition.text_columns=[text,id]", "competition.texts=pair"]
# Settings that only other settings make possible.
STAGES_OF_SETTING_WITH = [
    (BINARY, "competition.subgroup_columns=[men,women]", (*FILES, *FROM_TRAIN)),
    (BINARY, "prior.test_positive_rate=0.2", FROM_TRAIN),
    ([*BINARY, "prior.test_positive_rate=0.2"], "prior.method=probabilities", FROM_TRAIN),
    (["competition.text_columns=[text,id]"], "competition.texts=pair", FROM_PREPARE),
    (PAIR, "competition.symmetric_pairs=false", FROM_PREPARE),
    (["competition.time_column=day"], "folds.kind=time", FROM_FOLDS),
    (["training.refit=true"], "predict.models=refit", FROM_PREDICT),
    (NUMBERS, "competition.label_grid=0.5", FROM_PREPARE),
    (RANKING, "competition.top_k=3", SUBMIT),
    (
        ["competition.task=multi_label", "competition.metric=f1_micro"],
        "competition.label_separator=;",
        FROM_PREPARE,
    ),
    (
        ["competition.task=ordinal", "competition.metric=rmse", "competition.submit=numbers"],
        "competition.submit=labels",
        SUBMIT,
    ),
]
MODELS = {"network": "lstm_attention", "linear": "nb_svm"}


def for_learner(stages, learner: str) -> set[str]:
    if len(stages) == 2 and not isinstance(stages[0], str):
        stages = stages[list(MODELS).index(learner)]
    return set(stages) - ({"embed"} if learner == "linear" else set())


def expected_stages(module: str, learner: str) -> set[str]:
    names = [module, *map(str, Path(module).parents)]
    return for_learner(next(STAGES_OF[name] for name in names if name in STAGES_OF), learner)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Copy the package, so that fingerprints follow the code of the copy."""
    folder = tmp_path / "regard"
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("__pycache__", "conf"))
    monkeypatch.setattr(fingerprints, "PACKAGE", folder)
    monkeypatch.setattr(
        fingerprints, "_file_of", functools.cache(fingerprints._file_of.__wrapped__)
    )
    monkeypatch.setattr(fingerprints, "_read_module", functools.cache(fingerprints._read_module))
    # Results of edited sources are not kept.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    code_hash.cache_clear()
    yield folder
    code_hash.cache_clear()


def plan(config) -> dict[str, str]:
    return plan_run(config, Session()).fingerprints


def forget_code() -> None:
    fingerprints._read_module.cache_clear()
    code_hash.cache_clear()


def changed_stages(path: Path, addition: str, config, before: dict[str, str]) -> set[str]:
    """Return the stages whose fingerprints an addition to a file changes."""
    source = path.read_text(encoding="utf-8")
    path.write_text(source + addition, encoding="utf-8")
    forget_code()
    after = plan(config)
    path.write_text(source, encoding="utf-8")
    forget_code()
    return renamed(before, after)


def renamed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    assert set(before) == set(after)
    return {stage for stage in before if after[stage] != before[stage]}


def test_plan_of_a_run_has_its_stages(tiny):
    assert tuple(plan(tiny())) == (*FILES, "prepare", "folds", "embed", *FROM_TRAIN)
    assert tuple(plan(tiny("model=nb_svm"))) == (*FILES, "prepare", "folds", *FROM_TRAIN)
    with_refit = (*FILES, "prepare", "folds", "embed", "train", "refit", *FROM_PREDICT)
    assert tuple(plan(tiny("training.refit=true"))) == with_refit
    alone = ["competition.test_file=null", "competition.sample_file=null"]
    without_test = ("tables", "prepare", "folds", "embed", "train", "explain", "report")
    assert tuple(plan(tiny(*alone))) == without_test


def test_model_of_all_rows_renames_none_of_the_others(tiny):
    before = plan(tiny())
    after = plan(tiny("training.refit=true"))
    assert after.keys() - before.keys() == {"refit"}
    assert {stage for stage in before if after[stage] != before[stage]} <= set(FROM_PREDICT)


# The stages that a change of a file makes anew, by whether training reads the test texts.
STAGES_OF_FILE = {
    ("train", "true"): ("tables", *FROM_PREPARE),
    ("train", "false"): ("tables", *FROM_PREPARE),
    ("test", "true"): ("test_tables", *FROM_PREPARE),
    ("test", "false"): ("test_tables", *FROM_PREDICT),
    ("sample_submission", "true"): ("test_tables", *SUBMIT),
    ("sample_submission", "false"): ("test_tables", *SUBMIT),
}


def change(name, tmp_path):
    """Edit a file of the tiny competition."""
    tables = tiny_tables()
    tables[name].iloc[1, 1] = "wood"
    write_tables(tmp_path / "data" / "tiny", tables)


@pytest.mark.parametrize("learner", MODELS)
@pytest.mark.parametrize(("name", "use_test"), STAGES_OF_FILE)
def test_file_renames_the_stages_that_read_it(name, use_test, learner, tiny, tmp_path):
    config = tiny(f"model={MODELS[learner]}", f"text.use_test={use_test}")
    before = plan(config)
    change(name, tmp_path)
    assert renamed(before, plan(config)) == for_learner(STAGES_OF_FILE[name, use_test], learner)


def test_pseudo_labels_follow_the_test_file(tiny, tmp_path):
    config = tiny("text.use_test=false", "pseudo_labels.run=base-123")
    before = plan(config)
    change("test", tmp_path)
    assert renamed(before, plan(config)) == {"test_tables", *FROM_TRAIN}


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
    assert wrong == {}, "\n".join(f"{a}: {b}" for a, b in wrong.items())


def test_change_of_a_template_renames_the_report(package, tiny):
    config = tiny()
    before = plan(config)
    for path in sorted((package / "report" / "templates").iterdir()):
        assert changed_stages(path, "\n", config, before) == {"report"}, path.name


def test_table_has_no_missing_modules():
    assert [name for name in STAGES_OF if not (SOURCE / name).exists()] == []


def with_setting(section, setting: str):
    """Return settings with another value, as Hydra would compose them, but at once."""
    key, _, value = setting.partition("=")
    name, _, rest = key.partition(".")
    if rest:
        changed = with_setting(getattr(section, name), f"{rest}={value}")
    else:
        changed = yaml.safe_load(value)
    return dataclasses.replace(section, **{name: changed})


def stages_renamed_by(setting: str, config) -> set[str]:
    changed = with_setting(config, setting)
    assert changed != config
    changed = dataclasses.replace(changed, data_dir=config.data_dir)  # where the files are
    return renamed(plan(config), plan(changed))


@pytest.mark.parametrize("learner", MODELS)
def test_setting_renames_the_stages_that_read_it(learner, tiny):
    config = tiny(f"model={MODELS[learner]}")
    settings = {**STAGES_OF_SETTING, **STAGES_OF_MODEL_SETTING[learner]}
    found = {setting: stages_renamed_by(setting, config) for setting in settings}
    assert found == {setting: for_learner(stages, learner) for setting, stages in settings.items()}


@pytest.mark.parametrize(("others", "setting", "stages"), STAGES_OF_SETTING_WITH)
def test_setting_with_others_renames_the_stages_that_read_it(others, setting, stages, tiny):
    assert stages_renamed_by(setting, tiny(*others)) == set(stages)


def test_members_rename_nothing(tiny):
    assert plan(tiny("+model@members.text_cnn=text_cnn")) == plan(tiny())


def test_every_section_of_settings_is_in_a_table():
    tables = [*STAGES_OF_SETTING, *STAGES_OF_MODEL_SETTING["network"]]
    tables += [setting for _, setting, _ in STAGES_OF_SETTING_WITH]
    sections = {setting.partition("=")[0].partition(".")[0] for setting in tables}
    keys = {key.partition(".")[0] for key in known_keys()}
    assert keys - sections == {"members", "overrides", "plugins"}
    competition = {key for key in known_keys() if key.startswith("competition.")}
    assert competition - {setting.partition("=")[0] for setting in tables} == {
        "competition.beta",  # a part of the metric's name
        "competition.categorical_columns",  # as numeric_columns
        "competition.greater_is_better",  # of a metric of a user, see metrics.own
        "competition.metric_compares",
        "competition.id_column",
        "competition.join_column",  # see tests/data/test_joining.py
        "competition.joined_files",
        "competition.label_columns",
        "competition.label_range",
        "competition.name",
        "competition.sample_file",
        "competition.test_file",
        "competition.train_file",
    }


def test_version_of_a_package_renames_the_stages_that_use_it(tiny, monkeypatch):
    stages = {
        "regard": EVERYTHING,
        "keras": FROM_TRAIN,
        "tensorflow-cpu": FROM_TRAIN,
        "jax": NOTHING,
        "torch": NOTHING,
        "gensim": FROM_EMBED,
        "pyarrow": FILES,
        "matplotlib": NOTHING,
    }
    before = plan(tiny())
    version = importlib.metadata.version
    found = {}
    for package in stages:
        monkeypatch.setattr(
            importlib.metadata,
            "version",
            lambda name, package=package: "99" if name == package else version(name),
        )
        versions.cache_clear()
        found[package] = renamed(before, plan(tiny()))
    versions.cache_clear()
    assert found == {package: set(names) for package, names in stages.items()}


def test_other_backend_renames_the_models(tiny, monkeypatch):
    before = plan(tiny())
    monkeypatch.setattr(network_learner, "keras_backend", lambda: "jax")
    assert renamed(before, plan(tiny())) == set(FROM_TRAIN)


def test_changed_plugin_renames_everything(tiny, monkeypatch):
    before = plan(tiny())
    monkeypatch.setattr(runner, "plugin_hashes", lambda names: {"my_project.extras": "abc"})
    assert renamed(before, plan(tiny())) == set(EVERYTHING)
