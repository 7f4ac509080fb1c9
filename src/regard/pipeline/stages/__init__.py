"""The stages, declared as data: what each one needs, what determines its artefact, who makes it.

No stage calls another. `runner.make` makes those that are missing, in the order of this table.

    tables       train.csv, read once                train     the models of the folds, scores
    test_tables  test.csv and the sample, read once  refit     the model of all rows
    prepare      vocabulary, token ids, labels       predict   outputs for the test rows
    folds        the fold of each train row          submit    submission.csv
    check        settings fit, workers are started   explain   words of some rows, by weight
    embed        the embedding matrix                report    report.html
    encode       states of a pretrained encoder
    encode_test  those of the test texts
    pieces       train texts as its pieces of words

Nothing up to `refit` depends on the test file, unless `text.use_test` or pseudo-labels ask for it:
another test file is predicted by the models that are there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regard.config import section_values
from regard.config.dialect import BY_FILE, of_part
from regard.network.transformer.folder import files_of_encoder
from regard.pipeline.solution import solution_hash
from regard.pipeline.stages.check import check
from regard.pipeline.stages.embed import make_embeddings, vector_files
from regard.pipeline.stages.encode import (
    encoder_settings,
    make_test_states,
    make_train_states,
)
from regard.pipeline.stages.explain import make_explanations
from regard.pipeline.stages.folds import make_folds
from regard.pipeline.stages.pieces import (
    make_pieces,
    pieces_settings,
)
from regard.pipeline.stages.predict import make_predictions
from regard.pipeline.stages.prepare import make_inputs
from regard.pipeline.stages.report import make_report
from regard.pipeline.stages.submit import make_submission_file
from regard.pipeline.stages.tables import make_tables, make_test_tables
from regard.pipeline.stages.train import make_models, make_refit

if TYPE_CHECKING:
    from regard.config import Config

# What a stage does not read is left out of its settings, so that a run with another metric does not
# read and tokenize the files again. A new setting counts until it is named here.
_OF_METRIC = ("metric", "beta", "top_k", "greater_is_better", "metric_compares")
_NOT_OF_FILES = (*_OF_METRIC, "submit", "slug", "kind", "source")
_OF_TEST = ("test_file", "sample_file", "test_id_column")
_NOT_OF_TABLES = (
    *_NOT_OF_FILES,
    "texts",
    "symmetric_pairs",
    "label_values",
    "label_separator",
    "label_range",
    "label_grid",
    "task",
    "text_statistics",
)
_OF_TRAIN_LABELS = ("label_missing", "decimal")
_OF_FOLDS = ("group_column", "fold_column", "time_column")
_NOT_OF_INPUTS = (*_NOT_OF_FILES, *_OF_TEST, *_OF_FOLDS, "subgroup_columns")


@dataclass(frozen=True)
class Stage:
    """One step from the CSV files to the report.

    An artefact is named by its fingerprint: settings, input files, package versions, the code that
    runs, and the fingerprints of the stages it needs.

    Attributes:
        name: unique; also the name of the folder of its artefacts.
        make: writes the artefact; called with the run and a folder to write into. The code it
            imports is part of the fingerprint.
        needs: the stages whose artefacts determine this one.
        reads: stages whose artefacts it reads although `input_files` determine all it takes from
            them. A new sample file must not train the models again.
        applies: whether a run has this stage.
        input_files: returns the files of the competition whose content determines the artefact.
        settings: returns the JSON values that determine the artefact.
        files: returns other files whose content determines it.
        packages: installed packages whose versions determine it.
        by_learner: `make` also gets the learner, whose settings and code count as well.
        file: the name of a single file in the run's folder; None: a folder is made.
        is_check: makes nothing; it is called before a training that is still to be done.
        in_run: its folder is inside that of the run.
        can_resume: an interrupted folder is kept and continued.
        is_extra: a run is complete without it, so that an error in it ends no training.
    """

    name: str
    make: Callable[..., None]
    needs: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    applies: Callable[[Config], bool] = lambda config: True
    input_files: Callable[[Config], tuple[str, ...]] = lambda config: ()
    settings: Callable[[Config], list[Any]] = lambda config: []
    files: Callable[[Config], list[Path]] = lambda config: []
    packages: tuple[str, ...] = ()
    by_learner: bool = False
    file: str | None = None
    is_check: bool = False
    in_run: bool = False
    can_resume: bool = False
    is_extra: bool = False

    @property
    def has_folder(self) -> bool:
        """Whether the artefact is a folder, which other stages can read."""
        return self.file is None and not self.is_check


def _competition_without(config: Config, *keys: str) -> dict[str, Any]:
    (values,) = section_values(config.competition)
    return {key: value for key, value in values.items() if key not in keys}


def _of_train(values: dict[str, Any]) -> dict[str, Any]:
    """Return settings of a competition, those that differ by file as they are for train."""
    return {
        key: of_part(value, "train") if key in BY_FILE else value for key, value in values.items()
    }


def _of_inputs(config: Config) -> dict[str, Any]:
    """Return the settings of the rows that the vocabulary is made of."""
    values = _competition_without(config, *_NOT_OF_INPUTS)
    reads_test = config.text.use_test and config.competition.has_test
    return values if reads_test else _of_train(values)


def _without_only(config: Config) -> dict[str, Any]:
    """Return the settings of folds that assign rows: all but the choice of those to train."""
    (values,) = section_values(config.folds)
    del values["only"]
    return values


def _cuts(config: Config) -> list[Any]:
    """Return the choice of folds and the time budget, as a part of a run's identity.

    Returns:
        Nothing for a run of all folds that no budget may cut.
    """
    only = config.folds.only
    minutes = config.compute.budget_minutes
    cuts = [] if only is None else [{"only": sorted(only)}]
    return cuts if minutes is None else [*cuts, {"budget_minutes": minutes}]


def _after_folds(config: Config) -> list[Any]:
    """Return the settings of a training that change no fold, but the outputs of all of them.

    Returns:
        Nothing by default, so that a calibrated run takes over the folds of one that is not.
    """
    if not config.calibration.temperature:
        return []
    return [{"calibration": section_values(config.calibration)}]


def _has_test(config: Config) -> bool:
    return config.competition.has_test


def _reads_encoder(config: Config) -> bool:
    return config.model.reads_encoder


def _test_if(is_used: bool) -> tuple[str, ...]:
    return ("test",) if is_used else ()


STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        Stage(
            "tables",
            make_tables,
            input_files=lambda config: ("train",),
            # A page that names another column is checked again when the files are read.
            settings=lambda config: [
                _of_train(_competition_without(config, *_NOT_OF_TABLES, *_OF_TEST)),
            ],
            packages=("pandas", "pyarrow"),  # they decide how cells are stored
        ),
        Stage(
            "test_tables",
            make_test_tables,
            applies=_has_test,
            input_files=lambda config: ("test", "sample"),
            settings=lambda config: [
                _competition_without(config, *_NOT_OF_TABLES, *_OF_TRAIN_LABELS)
            ],
            packages=("pandas", "pyarrow"),
        ),
        Stage(
            "prepare",
            make_inputs,
            reads=("tables", "test_tables"),
            input_files=lambda config: (
                "train",
                *_test_if(config.text.use_test and config.competition.has_test),
            ),
            # Another metric or other folds must not tokenize the texts again.
            settings=lambda config: [
                _of_inputs(config),
                *section_values(config.text, config.features),
            ],
            # Stop words and stems, languages and words of scripts without spaces come from
            # packages, so their versions decide the tokens.
            packages=(
                "numpy",
                "py3langid",
                "pyphen",
                "scikit-learn",
                "sentencepiece",
                "snowballstemmer",
            ),
        ),
        Stage(
            "folds",
            make_folds,
            needs=("prepare",),
            reads=("tables",),
            settings=lambda config: [
                {key: getattr(config.competition, key) for key in _OF_FOLDS},
                _without_only(config),
            ],
            packages=("numpy", "scipy"),
        ),
        # Before embed, so that workers import Keras while the vectors are made.
        Stage(
            "check",
            check,
            needs=("folds",),
            reads=("test_tables",),
            by_learner=True,
            is_check=True,
        ),
        Stage(
            "embed",
            make_embeddings,
            needs=("prepare",),
            # Own word vectors are drawn by the seed of the run.
            settings=lambda config: [*section_values(config.embeddings), config.seed],
            files=vector_files,
            packages=("gensim", "numpy"),
        ),
        # The next two belong to learners that read a pretrained encoder.
        Stage(
            "encode",
            make_train_states,
            applies=_reads_encoder,
            needs=("tables",),
            settings=encoder_settings,
            files=files_of_encoder,
            packages=("keras", "numpy", "safetensors", "tokenizers"),
            can_resume=True,
        ),
        Stage(
            "encode_test",
            make_test_states,
            applies=lambda config: _has_test(config) and _reads_encoder(config),
            needs=("test_tables",),
            settings=encoder_settings,
            files=files_of_encoder,
            packages=("keras", "numpy", "safetensors", "tokenizers"),
            can_resume=True,
        ),
        # Of learners that train a pretrained encoder.
        Stage(
            "pieces",
            make_pieces,
            applies=lambda config: config.model.trains_encoder,
            needs=("tables",),
            settings=pieces_settings,
            files=files_of_encoder,
            packages=("numpy", "tokenizers"),
        ),
        Stage(
            "train",
            make_models,
            needs=("prepare", "folds"),
            # Linear models read texts, oof.csv has the ids, and the run keeps the sample's columns.
            reads=("tables", "test_tables", "check"),
            input_files=lambda config: _test_if(config.pseudo_labels.run is not None),
            settings=lambda config: [*_cuts(config), *_after_folds(config)],
            by_learner=True,
            can_resume=True,
        ),
        Stage(
            "refit",
            make_refit,
            applies=lambda config: config.training.refit,
            needs=("train",),
            reads=("tables",),
            by_learner=True,
            in_run=True,
            can_resume=True,
        ),
        Stage(
            "predict",
            make_predictions,
            applies=_has_test,
            needs=("train",),
            reads=("test_tables", "refit", "encode_test"),
            input_files=lambda config: ("test",),
            settings=lambda config: [
                config.predict.models,
                *section_values(config.competition.dialect("test")),
            ],
            by_learner=True,
            in_run=True,
        ),
        Stage(
            "submit",
            make_submission_file,
            applies=_has_test,
            needs=("predict",),
            reads=("test_tables",),
            input_files=lambda config: ("sample",),
            settings=lambda config: [
                config.competition.submit,
                config.competition.top_k,
                config.competition.id_column_of_test,
                *section_values(config.competition.dialect("sample")),
            ],
            file="submission.csv",
        ),
        Stage(
            "explain",
            make_explanations,
            needs=("train", "predict"),
            # After submit: the submission need not wait for it.
            reads=("tables", "test_tables", "submit"),
            settings=lambda config: [config.report.n_explained_rows],
            by_learner=True,
            in_run=True,
            is_extra=True,
        ),
        Stage(
            "report",
            make_report,
            needs=("train", "predict", "explain"),
            # After submit: the report is the last file of a run.
            reads=("tables", "test_tables", "submit"),
            # It names rows of test by their ids, and shows the test score.
            settings=lambda config: [
                *section_values(config.report),
                config.competition.id_column_of_test,
                solution_hash(config),
            ],
            by_learner=True,
            file="report.html",
            is_extra=True,
        ),
    )
}
# The stages whose folders runs may share.
SHARED = tuple(
    stage.name
    for stage in STAGES.values()
    if stage.has_folder and not stage.in_run and stage.name != "train"
)
