"""The stages, declared as data: what each one needs, what determines its artefact, who makes it.

No stage calls another. `runner.make` makes those that are missing, in the order of this table.

    tables    the CSV files, read once            train     the models of the folds, oof.csv, scores
    prepare   vocabulary, token ids, labels       predict   outputs for the test rows
    folds     the fold of each train row          submit    submission.csv
    check     settings fit, workers are started   report    report.html
    embed     the embedding matrix
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regard.config import section_values
from regard.pipeline.stages.check import check
from regard.pipeline.stages.embed import make_embeddings, vector_files
from regard.pipeline.stages.folds import make_folds
from regard.pipeline.stages.predict import make_predictions
from regard.pipeline.stages.prepare import make_inputs
from regard.pipeline.stages.report import make_report
from regard.pipeline.stages.submit import make_submission_file
from regard.pipeline.stages.tables import make_tables
from regard.pipeline.stages.train import make_models

if TYPE_CHECKING:
    from regard.config import Config

# Settings of a competition that the tables and the inputs of models do not depend on.
_NOT_OF_FILES = ("metric", "submit", "slug", "source")
_NOT_OF_TABLES = (
    *_NOT_OF_FILES,
    "texts",
    "symmetric_pairs",
    "label_values",
    "label_range",
    "task",
)
_OF_FOLDS = ("group_column", "fold_column", "time_column")
_NOT_OF_INPUTS = (*_NOT_OF_FILES, *_OF_FOLDS, "subgroup_columns")


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
        input_files: the files of the competition whose content determines the artefact.
        settings: returns the JSON values that determine the artefact.
        files: returns other files whose content determines it.
        packages: installed packages whose versions determine it.
        by_learner: `make` also gets the learner, whose settings and code count as well.
        file: the name of a single file in the run's folder; None: a folder is made.
        is_check: makes nothing; it is called before a training that is still to be done.
        can_resume: an interrupted folder is kept and continued.
    """

    name: str
    make: Callable[..., None]
    needs: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    input_files: tuple[str, ...] = ()
    settings: Callable[[Config], list[Any]] = lambda config: []
    files: Callable[[Config], list[Path]] = lambda config: []
    packages: tuple[str, ...] = ()
    by_learner: bool = False
    file: str | None = None
    is_check: bool = False
    can_resume: bool = False

    @property
    def has_folder(self) -> bool:
        """Whether the artefact is a folder, which other stages can read."""
        return self.file is None and not self.is_check


def _competition_without(config: Config, *keys: str) -> dict[str, Any]:
    (values,) = section_values(config.competition)
    return {key: value for key, value in values.items() if key not in keys}


STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        Stage(
            "tables",
            make_tables,
            input_files=("train", "test", "sample"),
            # A page that names another column is checked again when the files are read.
            settings=lambda config: [_competition_without(config, *_NOT_OF_TABLES)],
            packages=("pandas", "pyarrow"),
        ),
        Stage(
            "prepare",
            make_inputs,
            reads=("tables",),
            input_files=("train", "test"),
            # Another metric or other folds must not tokenize the texts again.
            settings=lambda config: [
                _competition_without(config, *_NOT_OF_INPUTS),
                *section_values(config.text, config.features),
            ],
            # Stop words and stems come from packages, so their versions decide the tokens.
            packages=("numpy", "scikit-learn", "snowballstemmer"),
        ),
        Stage(
            "folds",
            make_folds,
            needs=("prepare",),
            reads=("tables",),
            settings=lambda config: [
                {key: getattr(config.competition, key) for key in _OF_FOLDS},
                *section_values(config.folds),
            ],
            packages=("numpy", "scipy"),
        ),
        # Before embed, so that workers import Keras while the vectors are made.
        Stage("check", check, needs=("folds",), by_learner=True, is_check=True),
        Stage(
            "embed",
            make_embeddings,
            needs=("prepare",),
            # Own word vectors are drawn by the seed of the run.
            settings=lambda config: [*section_values(config.embeddings), config.seed],
            files=vector_files,
            packages=("gensim", "numpy"),
        ),
        Stage(
            "train",
            make_models,
            needs=("prepare", "folds"),
            reads=("tables", "check"),
            by_learner=True,
            can_resume=True,
        ),
        Stage(
            "predict",
            make_predictions,
            needs=("train",),
            # The attention weights of the report are computed with the predictions.
            settings=lambda config: [config.report.n_attention_texts],
            by_learner=True,
        ),
        Stage(
            "submit",
            make_submission_file,
            needs=("predict",),
            reads=("tables",),
            input_files=("sample",),
            settings=lambda config: [config.competition.submit],
            file="submission.csv",
        ),
        Stage(
            "report",
            make_report,
            needs=("predict",),
            # After submit: the report is the last file of a run.
            reads=("tables", "submit"),
            settings=lambda config: section_values(config.report),
            by_learner=True,
            file="report.html",
        ),
    )
}
