"""Where the artefacts of a configuration are, or will be."""

from dataclasses import dataclass
from pathlib import Path

from regard.artefacts import fingerprint, hash_file, versions
from regard.config import Config, plugin_hashes, section_values
from regard.parallel.backend import keras_backend

# The modules whose code makes an artefact; where it changes, the artefact is made anew.
PREPARE_CODE = ("data", "pipeline/preparing", "tasks", "text")
FOLDS_CODE = ("data/folds",)
EMBED_CODE = ("embeddings", "seeds")
SCORE_CODE = ("metrics", "metrics/thresholds", "pipeline/reading", "pipeline/scoring", "tasks")
TRAIN_CODE = (*SCORE_CODE, "network", "network/encoders", "network/layers", "seeds")
BLEND_CODE = (*SCORE_CODE, "ensembling", "pipeline/blending")
PREDICT_CODE = ("network", "network/encoders", "network/layers", "tasks")
LINEAR_CODE = (*SCORE_CODE, "linear")
# settings of a competition that `prepare` does not read
_OF_FOLDS = ("group_column", "fold_column", "time_column")
_OF_NO_STAGE = ("metric", "submit", "slug", "subgroup_columns")


@dataclass(frozen=True)
class Plan:
    """Where the artefacts of a configuration are, or will be. Every stage's folder is known before any has run."""

    competition: Path
    prepare: Path
    folds: Path
    embed: Path
    run: Path
    predict: Path

    @property
    def unfinished_run(self) -> Path:
        """The run's folder until its last fold is trained."""
        return self.run.with_name(f".{self.run.name}.unfinished")


def plan(config: Config, *, inputs: list[Path], vectors: list[Path]) -> Plan:
    """Name the folder of every stage.

    Args:
        config: all settings.
        inputs: the competition's CSV files.
        vectors: the files word vectors are read from.

    Raises:
        ConfigError: there is no such Keras backend.
        DataError: a file is missing.
    """
    home = Path(config.output_dir) / config.competition.name
    (competition,) = section_values(config.competition)
    of_folds = {key: competition.pop(key) for key in _OF_FOLDS}
    for key in _OF_NO_STAGE:
        del competition[key]
    csv_hashes = [hash_file(path) for path in inputs]
    # What a plugin registers may take part in any artefact.
    plugins = plugin_hashes(config.plugins)
    tools = versions("numpy", "scikit-learn", "snowballstemmer")
    sections = section_values(config.text, config.features)
    prepare = fingerprint(competition, sections, csv_hashes, plugins, tools, PREPARE_CODE)
    tools = versions("numpy", "scipy")
    folds = fingerprint(of_folds, section_values(config.folds), prepare, tools, FOLDS_CODE)
    vector_hashes = [hash_file(path) for path in vectors]
    tools = versions("gensim", "numpy")
    embed = fingerprint(
        section_values(config.embeddings), config.seed, prepare, vector_hashes, tools, EMBED_CODE
    )
    run = _run_fingerprint(config, prepare, folds, embed)
    predicted_by = PREDICT_CODE if config.model.reads_word_vectors else LINEAR_CODE
    run_folder = home / "runs" / f"{config.name}-{run}"
    return Plan(
        competition=home,
        prepare=home / "prepare" / prepare,
        folds=home / "folds" / folds,
        embed=home / "embed" / embed,
        run=run_folder,
        predict=run_folder / "predict" / fingerprint(config.report.n_attention_texts, predicted_by),
    )


def _run_fingerprint(config: Config, prepare: str, folds: str, embed: str) -> str:
    """A linear model reads no word vectors, and nothing of the settings of networks."""
    scored_by = [config.competition.metric, config.competition.subgroup_columns]
    if not config.model.reads_word_vectors:
        sections = [config.model.identity(), *section_values(config.prior, config.thresholds)]
        tools = versions("numpy", "scikit-learn", "scipy")
        return fingerprint(
            sections, config.training.class_weights, scored_by, tools, prepare, folds, LINEAR_CODE
        )
    sections = section_values(config.batches, config.training, config.prior, config.thresholds)
    sections.append(config.model.identity())
    sections += section_values(config.pseudo_labels)  # names a run, and so all that made it
    backend = keras_backend()
    tools = [backend, *versions("keras", backend, f"{backend}-cpu")]
    return fingerprint(sections, scored_by, config.seed, tools, prepare, folds, embed, TRAIN_CODE)
