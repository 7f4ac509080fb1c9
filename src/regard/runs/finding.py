"""Find finished runs, one of them by a word, and the newest predictions of a run.

A word names a run on the command line, as in `make upload RUN=best`:

    latest           the run that was trained or blended last
    best             the best out-of-fold score, by the metric of the latest run
    lstm_attention   the run of this name, or the only one whose name begins so
    ../mine/latest   a path to the folder of a run, or a link to one
"""

import contextlib
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from regard.artefacts import MANIFEST, is_finished, read_json
from regard.errors import ArtefactError, ConfigError, did_you_mean, shell_command


def finished_runs(runs: Path) -> list[Path]:
    """Return the folders of the finished runs among those of a competition, by name."""
    return sorted(folder for folder in runs.glob("[!.]*") if is_finished(folder))


def choose_run(runs: Path, word: str = "latest", *, by_beginning: bool = True) -> Path:
    """Return the folder of the finished run that a word names.

    Args:
        runs: the folder of a competition's runs.
        word: `latest` or nothing, `best`, a name, the beginning of one name, or a path.
        by_beginning: whether anything but a whole name is accepted. A setting that is part of
            another run's fingerprint must always mean the same run.

    Raises:
        ConfigError: there is no such run, no finished run at all, or several runs match.

    Example:
        runs a-0123 and b-4567: choose_run(runs, "b") -> runs / "b-4567"
    """
    names = [folder.name for folder in finished_runs(runs)]
    if word in names:
        return runs / word
    if by_beginning and _is_path(word):
        return _run_at(Path(word))
    if not names:
        command = shell_command("train", runs.parent.name)
        raise ConfigError(f"{runs.parent} has no finished run; first run: {command}")
    if not by_beginning:
        raise _unknown(runs, word, names)
    if word in ("", "latest"):
        return latest_run(runs)
    if word == "best":
        return _best_run(runs)
    found = [name for name in names if name.startswith(word)]
    if not found:
        raise _unknown(runs, word, names)
    if len(found) > 1:
        raise ConfigError(f"run {word!r} may be any of {', '.join(found)}; give more of its name")
    return runs / found[0]


def latest_run(runs: Path) -> Path:
    """Return the folder that the link `latest` points to; without it, the run finished last."""
    linked = runs / (runs.parent / "latest").resolve().name
    if is_finished(linked):
        return linked
    return max(finished_runs(runs), key=_finished_at)


def run_before(run: Path) -> Path | None:
    """Return the folder of the run of the same competition that was finished before a run.

    Args:
        run: the folder of a finished run.

    Returns:
        None if there is none, or if the run is a copy outside of the runs of a competition.
    """
    if run.parent.name != "runs":
        return None
    end = _finished_at(run)
    earlier = {
        _finished_at(folder): folder
        for folder in finished_runs(run.parent)
        if folder.name != run.name and _finished_at(folder) < end
    }
    return earlier[max(earlier)] if earlier else None


def goodness(scores: Mapping[str, Any]) -> float:
    """Return the out-of-fold score so that greater is better, whatever the metric.

    Args:
        scores: the content of a metrics.json.

    Example:
        log loss 0.3 -> -0.3; an undefined score -> -inf
    """
    score = float(scores["oof_score"])
    if math.isnan(score):
        return -math.inf
    return score if scores["greater_is_better"] else -score


def predictions_of(run: Path) -> list[Path]:
    """Return the folders of a run's test predictions, newest first: one for each test file."""
    folders = [folder for folder in (run / "predict").glob("[!.]*") if is_finished(folder)]
    return sorted(folders, key=_finished_at, reverse=True)


def _is_path(word: str) -> bool:
    has_separator = os.sep in word or bool(os.altsep and os.altsep in word)
    # A folder of the current folder may be named without a separator; a run named "" is none.
    return has_separator or (word != "" and is_finished(Path(word)))


def _run_at(folder: Path) -> Path:
    """Return the folder of a run that is named by its path, with links resolved."""
    if not is_finished(folder):
        raise ConfigError(
            f"{folder} is not a finished run, as it has no {MANIFEST}; give the path of a run's "
            "folder, a name, best or latest"
        )
    return folder.resolve()


def _unknown(runs: Path, word: str, names: list[str]) -> ConfigError:
    return ConfigError(f"there is no run {word!r} in {runs}; {did_you_mean(word, names)}")


def _best_run(runs: Path) -> Path:
    """Return the run with the best score by the metric of the latest run; of equals, the first.

    The score of some folds alone is no match for that of all, so such runs come last.
    """
    latest = latest_run(runs)
    metric = _metric_and_goodness(latest)[0]
    found = {}
    for folder in finished_runs(runs):
        # The leaderboard warns of broken runs and those of another version.
        with contextlib.suppress(ArtefactError):
            found[folder] = _metric_and_goodness(folder)
    comparable = [folder for folder in found if found[folder][0] == metric]
    return max(comparable, key=lambda folder: found[folder][1])


def _metric_and_goodness(folder: Path) -> tuple[str, tuple[bool, float]]:
    """Return the metric of a run, whether all folds were trained, and how good its score is."""
    path = folder / "metrics.json"
    scores = read_json(path)
    try:
        n_trained = len(scores["fold_scores"])
        is_whole = scores.get("n_folds", n_trained) == n_trained
        return str(scores["metric"]), (is_whole, goodness(scores))
    except (KeyError, TypeError, ValueError):
        raise ArtefactError(f"{path} is broken or of another version; train it again") from None


def _finished_at(folder: Path) -> tuple[str, int]:
    """Return when a folder was finished.

    The manifest notes the second. Within one second the time of the file decides, which a copy may
    have lost.
    """
    manifest = folder / MANIFEST
    return str(read_json(manifest)["finished"]), manifest.stat().st_mtime_ns
