"""Every file a stage leaves: what it is called, when it is up to date, and how it comes to be whole.

A stage's folder is named by a fingerprint of all that made it: its settings, the content of its inputs, the
fingerprints of the stages before it and the code that ran. So nothing is ever stale, nothing is overwritten, and what
is there already need not be made again. A folder appears whole or not at all: it is written under another name, its
manifest last, and then renamed.
"""

import ast
import contextlib
import datetime
import fcntl
import functools
import hashlib
import importlib.metadata
import json
import logging
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from regard import __version__
from regard.batches import Inputs
from regard.compute import keras_backend
from regard.config import CompetitionConfig, Config, section_values
from regard.errors import ArtefactError, ConfigError, DataError, did_you_mean
from regard.features import Features
from regard.text import RaggedTokens

logger = logging.getLogger(__name__)

MANIFEST = "manifest.json"
MADE_BY = "made_by.json"
PREPARE_CODE = ("data", "features", "pipeline/preparing", "task", "text")
FOLDS_CODE = ("folds",)
EMBED_CODE = ("embeddings", "seeds")
TRAIN_CODE = (
    "adversarial",
    "attention",
    "batches",
    "convolutional",
    "jobs",
    "losses",
    "metrics",
    "model",
    "lazy_adam",
    "optimizers",
    "pipeline/scoring",
    "prior",
    "pseudo_labels",
    "recurrent",
    "seeds",
    "task",
    "thresholds",
    "training",
)
BLEND_CODE = ("blend", "metrics", "pipeline/blending", "pipeline/scoring", "task", "thresholds")
PREDICT_CODE = ("attention", "batches", "jobs", "model", "prior", "submission", "training")
LINEAR_CODE = (
    "folds/rows",
    "linear",
    "linear_jobs",
    "metrics",
    "pipeline/scoring",
    "prior",
    "submission",
    "task",
    "thresholds",
)
_OF_FOLDS = ("group_column", "fold_column", "time_column")  # settings of a competition that `prepare` does not read
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
    tools = versions("numpy", "scikit-learn", "snowballstemmer")
    sections = section_values(config.text, config.features)
    prepare = fingerprint(competition, sections, csv_hashes, tools, PREPARE_CODE)
    tools = versions("numpy", "scipy")
    folds = fingerprint(of_folds, section_values(config.folds), prepare, tools, FOLDS_CODE)
    vector_hashes = [hash_file(path) for path in vectors]
    tools = versions("gensim", "numpy")
    embed = fingerprint(section_values(config.embeddings), config.seed, prepare, vector_hashes, tools, EMBED_CODE)
    run = _run_fingerprint(config, prepare, folds, embed)
    predicted_by = LINEAR_CODE if config.model.is_linear else PREDICT_CODE
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
    if config.model.is_linear:
        sections = section_values(config.model.linear, config.prior, config.thresholds)
        tools = versions("numpy", "scikit-learn", "scipy")
        return fingerprint(sections, config.training.class_weights, scored_by, tools, prepare, folds, LINEAR_CODE)
    sections = section_values(config.model, config.batches, config.training, config.prior, config.thresholds)
    sections += section_values(config.pseudo_labels)  # names a run, and so all that made it
    backend = keras_backend()
    tools = [backend, *versions("keras", backend, f"{backend}-cpu")]
    return fingerprint(sections, scored_by, config.seed, tools, prepare, folds, embed, TRAIN_CODE)


def fingerprint(*parts: Any) -> str:
    """Return twelve characters that stand for values and this version; a tuple of module names stands for their code.

    Example:
        fingerprint({"a": 1}) == fingerprint({"a": 1}) != fingerprint({"a": 2})
    """
    values = [__version__, *(code_hash(part) if isinstance(part, tuple) else part for part in parts)]
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]


@functools.cache
def versions(*packages: str) -> list[str]:
    """Return the versions of packages that are installed: what they compute may change with them."""
    found = []
    for package in packages:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found.append(f"{package} {importlib.metadata.version(package)}")
    return found


@functools.cache
def code_hash(modules: tuple[str, ...]) -> str:
    """Return a hash of what modules of this package do, comments and layout aside; other files count byte by byte."""
    digest = hashlib.sha256()
    for name in modules:
        path = Path(__file__).parent / name
        if path.suffix:
            digest.update(path.read_bytes())
            continue
        sources = sorted(path.glob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
        for source in sources:
            digest.update(ast.dump(ast.parse(source.read_text(encoding="utf-8"))).encode())
    return digest.hexdigest()


def hash_file(path: Path) -> str:
    """Return a hash of a file's content."""
    if not path.is_file():
        raise DataError(f"{path}: there is no such file; data/README.md says where files come from and where they go")
    status = path.stat()
    return _hash_content(path, status.st_size, status.st_mtime_ns)


@functools.lru_cache(maxsize=256)
def _hash_content(path: Path, size: int, modified: int) -> str:
    """Read once a process; size and time are only there to notice a change."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()


def is_finished(folder: Path) -> bool:
    """Return whether a stage has left its whole folder."""
    return (folder / MANIFEST).is_file()


@contextlib.contextmanager
def new_folder(folder: Path, *, unfinished: Path | None = None, **manifest: Any) -> Iterator[Path]:
    """Give a folder to write into, which takes its true name once everything is in it.

    Args:
        folder: its name in the end.
        unfinished: where it is written; kept if the work is interrupted, so that it can be taken up again. Without
            one, a temporary folder that an error removes.
        **manifest: what to note in `manifest.json`.

    Yields:
        The folder to write into.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    place = unfinished or Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    place.mkdir(exist_ok=True)
    try:
        yield place
        finished = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        write_json(place / MANIFEST, {"finished": finished, **manifest})
        _take_name(place, folder)
    except BaseException:
        if unfinished is None:
            shutil.rmtree(place, ignore_errors=True)
        raise


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes away from a folder that is written to over a long time.

    Raises:
        ArtefactError: another process is at it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    # The file stays: were it removed, one process could lock it while another makes and locks a new one.
    with folder.with_name(f"{folder.name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the system lets go of it when the process ends
        except BlockingIOError:
            raise ArtefactError(f"{folder} is being made by another process; wait for it or end it") from None
        yield


def _take_name(place: Path, folder: Path) -> None:
    """Rename; where another process finished the same folder first, its folder stays."""
    if folder.exists() and not is_finished(folder):
        shutil.rmtree(folder)
    place.chmod(0o755)
    try:
        place.rename(folder)
    except OSError:
        if not is_finished(folder):
            raise
        shutil.rmtree(place, ignore_errors=True)


def is_current(path: Path, made_by: str) -> bool:
    """Return whether a single file is there and was made by what `made_by` stands for (see `note_current`)."""
    notes = path.parent / MADE_BY
    return path.exists() and notes.exists() and read_json(notes).get(path.name) == made_by


def note_current(path: Path, made_by: str) -> None:
    """Note beside a file the fingerprint of what made it."""
    notes = path.parent / MADE_BY
    known = read_json(notes) if notes.exists() else {}
    write_json(notes, {**known, path.name: made_by})


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Give a path to write to, which takes its true name once it is written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    place = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield place
        place.replace(path)
    finally:
        place.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file, whole or not at all, with the same line ends on every system."""
    with new_file(path) as place:
        place.write_text(text, encoding="utf-8", newline="\n")


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write a table without its index, whole or not at all."""
    write_text(path, frame.to_csv(index=False, lineterminator="\n"))


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file, whole or not at all."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        ArtefactError: it is missing or broken.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ArtefactError(f"{path}: cannot be read ({error}); delete its folder and run again") from error


def write_tokens(folder: Path, tokens: RaggedTokens) -> None:
    """Write texts."""
    np.save(folder / "token_ids.npy", tokens.token_ids)
    np.save(folder / "offsets.npy", tokens.offsets)


def read_tokens(folder: Path, part: str | None = None) -> RaggedTokens:
    """Read all texts of "train", of "test", or of both; memory-mapped, so that all processes share one copy."""
    tokens = RaggedTokens(read_array(folder / "token_ids.npy"), read_array(folder / "offsets.npy"))
    if part is None:
        return tokens
    n_train = len(read_array(folder / "labels.npy")) * read_json(folder / "inputs.json")["n_texts"]
    return tokens.rows(0, n_train) if part == "train" else tokens.rows(n_train, len(tokens))


def write_inputs(folder: Path, tokens: RaggedTokens, features: Features, *, n_texts: int) -> None:
    """Write what the networks read.

    Args:
        folder: where to.
        tokens: the first texts of the train rows, their second texts, ...; after them, those of the test rows.
        features: what stands beside the texts.
        n_texts: how many texts a row has.
    """
    write_tokens(folder, tokens)
    np.save(folder / "numbers.npy", features.numbers)
    np.save(folder / "categories.npy", features.categories)
    names = {"number_names": features.number_names, "n_values": features.n_values}
    write_json(folder / "inputs.json", {"n_texts": n_texts, **names})


def read_inputs(folder: Path, part: str, competition: CompetitionConfig) -> Inputs:
    """Read what the networks read of the rows of "train" or of "test"; memory-mapped."""
    tokens, n_texts = read_tokens(folder, part), read_json(folder / "inputs.json")["n_texts"]
    n_train, n_rows = len(read_array(folder / "labels.npy")), len(tokens) // n_texts
    rows = slice(0, n_train) if part == "train" else slice(n_train, None)
    return Inputs(
        texts=tuple(tokens.rows(place * n_rows, (place + 1) * n_rows) for place in range(n_texts)),
        numbers=read_array(folder / "numbers.npy")[rows],
        categories=read_array(folder / "categories.npy")[rows],
        paired=competition.texts == "pair",
        symmetric=competition.in_any_order,
    )


def read_array(path: Path) -> np.ndarray:
    """Read an array, memory-mapped.

    Raises:
        ArtefactError: it is missing or broken.
    """
    try:
        array: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ArtefactError(f"{path}: cannot be read ({error}); delete its folder and run again") from error
    return array


def write_fold_state(path: Path, history: list[dict[str, float]], best_epoch: int, **arrays: list[np.ndarray]) -> None:
    """Write where a fold stands, whole or not at all: numbers as JSON, lists of arrays by name, in one `.npz`."""
    header = np.frombuffer(json.dumps({"history": history, "best_epoch": best_epoch}).encode(), np.uint8)
    named = {f"{name}/{place:05d}": array for name, values in arrays.items() for place, array in enumerate(values)}
    with new_file(path) as place, place.open("wb") as file:
        np.savez(file, **{"header": header, **named})  # type: ignore[arg-type]  # its allow_pickle is no array


def read_fold_state(path: Path) -> dict[str, Any]:
    """Read what `write_fold_state` wrote, as keyword arguments of a `FoldState`; empty where there is nothing."""
    if not path.exists():
        return {}
    try:
        with np.load(path, allow_pickle=False) as stored:
            state: dict[str, Any] = json.loads(stored["header"].tobytes())
            for name in sorted(set(stored.files) - {"header"}):
                state.setdefault(name.partition("/")[0], []).append(stored[name])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ArtefactError(f"{path}: cannot be read ({error}); delete it to train this fold anew") from error
    return state


def point_latest(run: Path) -> None:
    """Let `outputs/<competition>/latest` point to a run."""
    link = run.parent.parent / "latest"
    with new_file(link) as place:
        place.symlink_to(run.relative_to(link.parent))


def find_run(runs: Path, name: str) -> Path:
    """Return the folder of a finished run.

    Args:
        runs: the folder of a competition's runs.
        name: its own folder's name.

    Raises:
        ConfigError: there is none of this name.
    """
    names = sorted(path.name for path in runs.glob("[!.]*") if is_finished(path))
    if not names:
        raise ConfigError(f"{runs.parent} has no finished run; make train first")
    if name not in names:
        raise ConfigError(f"there is no run {name!r} in {runs}; {did_you_mean(name, names)}")
    return runs / name


def leaderboard(runs: Path) -> pd.DataFrame:
    """Return a row for each finished run, those of one metric together, the best first.

    Gathered from the runs' own files each time, so that runs side by side cannot spoil it. What the leaderboard said of
    a run's submission is taken from a file `public_score.txt` in its folder, if there is one.
    """
    folders = [folder for folder in sorted(runs.iterdir()) if is_finished(folder) and not folder.name.startswith(".")]
    rows = [_leaderboard_row(folder) for folder in folders]
    rows.sort(key=lambda row: (row["metric"], -row["oof_score"] if row["greater_is_better"] else row["oof_score"]))
    return pd.DataFrame(rows).drop(columns="greater_is_better")


def _leaderboard_row(folder: Path) -> dict[str, Any]:
    manifest, scores = read_json(folder / MANIFEST), read_json(folder / "metrics.json")
    submission, public_score = folder / "submission.csv", folder / "public_score.txt"
    return {
        "run": folder.name,
        "differs_from_defaults": " ".join(
            word for word in manifest["overrides"] if not word.startswith("competition=")
        ),
        "metric": scores["metric"],
        "greater_is_better": scores["greater_is_better"],
        "oof_score": round(scores["oof_score"], 6),
        "fold_scores": " ".join(f"{score:.6f}" for score in scores["fold_scores"]),
        "seconds_of_all_folds": scores["seconds_of_all_folds"],
        "finished": manifest["finished"],
        "submission": str(submission) if submission.exists() else "",
        "public_score": public_score.read_text(encoding="utf-8").strip() if public_score.exists() else "",
    }
