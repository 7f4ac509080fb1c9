"""The page a run leaves: how good it is, how it learned, where it errs and what it looks at.

One HTML file that needs nothing else: no network, no scripts, the figures are drawn inside. Everything that came out
of a CSV file or from the settings passes through `_escape` on its way into the page.
"""

import datetime
import html
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np

from regard import metrics
from regard.task import Task

_MAX_CLASSES = 30
_MAX_TOKENS = 150
_MAX_WORDS = 60
_MAX_CHARACTERS = 600
# Controls, halves of surrogate pairs and what turns the direction of the text that follows.
_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_GREY, _ORANGE, _TEAL = "#8d929b", "#cc7a3d", "#2f939b"  # legible on white and on black


@dataclass(frozen=True)
class AttentionText:
    """A text and what the model looked at.

    Attributes:
        id: of its row.
        tokens: as the model read them.
        weights: one for each token.
        prediction: what the model made of it, for people.
    """

    id: str
    tokens: Sequence[str]
    weights: Sequence[float]
    prediction: str


@dataclass(frozen=True)
class ReportData:
    """All that stands in a report.

    Attributes:
        competition: its name.
        run: its name.
        finished: when, in ISO 8601.
        task: what is predicted.
        metric: the name of the score.
        greater_is_better: whether a greater score is a better one.
        oof_score: of all out-of-fold predictions together.
        fold_scores: of each fold.
        best_epochs: of each fold, from 1.
        n_train: train rows.
        n_test: test rows.
        vocabulary_size: tokens, special ones included.
        n_trainable_parameters: of one model.
        seconds: of training, all folds together.
        overrides: the settings that differ from the defaults.
        histories: for each fold a record an epoch: epoch (from 1), loss, valid_loss, score, seconds.
        coverage: for each source of word vectors: source, embedding_dim, types and tokens (shares from 0 to 1),
            found_by (how a vector was found: number of tokens), missing (pairs of token and count).
        labels: of all train rows; `(rows,)` int for multi_class, else `(rows, n_outputs)` of 0 and 1.
        probabilities: out-of-fold, `(rows, n_outputs)`.
        ids: of all train rows.
        texts: of all train rows.
        attention_texts: test texts with their weights; None for a model without attention.
        n_worst_rows: how many of the most wrong train rows are shown.
    """

    competition: str
    run: str
    finished: str
    task: Task
    metric: str
    greater_is_better: bool
    oof_score: float
    fold_scores: Sequence[float]
    best_epochs: Sequence[int]
    n_train: int
    n_test: int
    vocabulary_size: int
    n_trainable_parameters: int
    seconds: float
    overrides: Sequence[str]
    histories: Sequence[Sequence[Mapping[str, float]]]
    coverage: Sequence[Mapping[str, Any]]
    labels: np.ndarray
    probabilities: np.ndarray
    ids: Sequence[str]
    texts: Sequence[str]
    attention_texts: Sequence[AttentionText] | None
    n_worst_rows: int


def render_report(data: ReportData) -> str:
    """Return the report as one HTML page; the same data give the same page."""
    style = resources.files("regard").joinpath("report.css").read_text(encoding="utf-8")
    sections = (_folds, _curves, _errors, _worst_rows, _attention, _coverage, _settings)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{_escape(data.competition)}: {_escape(data.run)}</title>\n<style>\n{style}</style>\n</head>\n"
        f"<body>\n<main>\n{_headline(data)}{''.join(section(data) for section in sections)}</main>\n</body>\n</html>\n"
    )


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, n_classes: int) -> np.ndarray:
    """Count the rows by class and predicted class.

    Args:
        labels: `(rows,)` int.
        predicted: `(rows,)` int.
        n_classes: how many there are.

    Returns:
        `(n_classes, n_classes)` int64; the true class chooses the row.

    Example:
        labels [0, 0, 1], predicted [0, 1, 1], two classes -> [[1, 1], [0, 1]]
    """
    places = labels.astype(np.int64) * n_classes + predicted.astype(np.int64)
    counts: np.ndarray = np.bincount(places, minlength=n_classes * n_classes).reshape(n_classes, n_classes)
    return counts


def most_wrong_rows(labels: np.ndarray, probabilities: np.ndarray, n: int) -> np.ndarray:
    """Find the rows with the greatest loss, which are those whose truth was held least probable.

    Args:
        labels: `(rows,)` int classes, or `(rows, n_outputs)` of 0 and 1.
        probabilities: `(rows, n_outputs)`.
        n: how many to return at most.

    Returns:
        Row numbers, the most wrong first; equally wrong ones in their order.

    Example:
        labels [0, 1, 0], probabilities [[0.9, 0.1], [0.8, 0.2], [0.4, 0.6]], two rows -> [1, 2]
    """
    return _truth_probabilities(labels, probabilities).argsort(kind="stable")[:n]


def _truth_probabilities(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """The probability that was given to a row's labels, all of them together; its -log is the row's loss."""
    probabilities = probabilities.astype(np.float64)
    if labels.ndim == 1:
        truths: np.ndarray = probabilities[np.arange(len(labels)), labels]
    else:
        truths = np.where(labels > 0.5, probabilities, 1.0 - probabilities).prod(axis=1)
    return truths


def _headline(data: ReportData) -> str:
    scores = np.asarray(data.fold_scores, np.float64)
    direction = "greater is better" if data.greater_is_better else "smaller is better"
    facts = {
        "mean of folds": f"{_number(scores.mean())} ± {_number(scores.std(ddof=1))}",
        "train rows": f"{data.n_train:,}",
        "test rows": f"{data.n_test:,}",
        "vocabulary": f"{data.vocabulary_size:,} tokens",
        "trainable parameters": f"{data.n_trainable_parameters:,}",
        "training, all folds": _duration(data.seconds),
        "finished": f"{datetime.datetime.fromisoformat(data.finished):%Y-%m-%d %H:%M %Z}",
    }
    listed = "".join(f"<div><dt>{name}</dt><dd>{_escape(value)}</dd></div>" for name, value in facts.items())
    return (
        f'<header>\n<p class="over">{_escape(data.competition)}</p>\n<h1>{_escape(data.run)}</h1>\n'
        f'<p class="score"><strong>{_number(data.oof_score)}</strong> '
        f"<span>{_escape(data.metric)}, out of fold; {direction}</span></p>\n"
        f'<dl class="facts">{listed}</dl>\n</header>\n'
    )


def _folds(data: ReportData) -> str:
    scores = np.asarray(data.fold_scores, np.float64)
    low, high = scores.min(), scores.max()
    places = 8 + 84 * (np.append(scores, scores.mean()) - low) / (high - low or 1.0)
    mean = f"{places[-1]:.2f}%"
    rows = []
    for fold, (score, best_epoch, history) in enumerate(
        zip(data.fold_scores, data.best_epochs, data.histories, strict=True)
    ):
        dot = (
            f'<svg class="dot" aria-hidden="true"><line x1="0" x2="100%" y1="50%" y2="50%"/>'
            f'<line class="mean" x1="{mean}" x2="{mean}" y1="0" y2="100%"/>'
            f'<circle cx="{places[fold]:.2f}%" cy="50%" r="5"/></svg>'
        )
        seconds = _duration(sum(epoch["seconds"] for epoch in history))
        cells = (f"{fold}", dot, f"<b>{_number(score)}</b>", f"{best_epoch} of {len(history)}", seconds)
        rows.append(_row(cells))
    head = ("fold", "", data.metric, "best epoch", "time")
    note = "Each model is scored on the rows it never saw. The upright line is the mean of the folds."
    return _section("Folds", note, _table(head, rows, "folds"))


def _curves(data: ReportData) -> str:
    losses = _figure(data, {"loss": _GREY, "valid_loss": _ORANGE})
    scores = _figure(data, {"score": _TEAL})
    body = (
        f'<div class="curves"><figure>{losses}<figcaption>Loss: <span class="grey">training</span> and '
        f'<span class="orange">validation</span></figcaption></figure>\n'
        f'<figure>{scores}<figcaption>Validation <span class="teal">{_escape(data.metric)}</span></figcaption>'
        "</figure></div>\n"
    )
    return _section("Learning curves", "A line for each fold, over epochs. The dot is the epoch that was kept.", body)


def _figure(data: ReportData, colors: Mapping[str, str]) -> str:
    """Draw a line for each fold and each column of the histories, without the state that pyplot keeps."""
    from matplotlib import style
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    with style.context(["default", {"svg.hashsalt": " ".join(colors), "svg.fonttype": "none", "font.size": 9}]):
        figure = Figure(figsize=(4.4, 2.9), layout="constrained")
        axes = figure.add_subplot()
        for history, best_epoch in zip(data.histories, data.best_epochs, strict=True):
            epochs = [record["epoch"] for record in history]
            for column, color in colors.items():
                marker = None if column == "loss" else "o"
                best = [epochs.index(best_epoch)] if best_epoch in epochs else []
                values = [record[column] for record in history]
                axes.plot(epochs, values, color=color, alpha=0.75, marker=marker, markevery=best, linewidth=1.4)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(_GREY)
        axes.tick_params(color=_GREY, labelcolor=_GREY, length=3)
        axes.grid(axis="y", color=_GREY, alpha=0.2)
        buffer = io.StringIO()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    return _inline_svg(buffer.getvalue(), " and ".join(colors))


def _inline_svg(svg: str, label: str) -> str:
    """Take away what only a file of its own needs, and the ids that two figures would share."""
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    svg = re.sub(r' id="[\w.]+_\d+"', "", svg)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{_escape(label)} over epochs" ', 1)


def _errors(data: ReportData) -> str:
    if data.task.kind == "multi_label":
        return _per_label(data)
    predicted = metrics.predicted_labels(data.probabilities, classes=data.task.kind == "multi_class")
    names = data.task.label_names if data.task.kind == "multi_class" else data.task.values
    counts = confusion_matrix(data.labels.reshape(-1), predicted.reshape(-1), len(names))
    if len(names) > _MAX_CLASSES:
        return _confusions(counts, names)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    rows = []
    for place, name in enumerate(names):
        cells = "".join(
            f'<td class="{"right" if place == other else "wrong"}" style="--w:{share:.3f}" '
            f'title="{share:.1%} of {_escape(name)} predicted as {_escape(names[other])}">{count:,}</td>'
            for other, (count, share) in enumerate(zip(counts[place], shares[place], strict=True))
        )
        rows.append(f'<tr><th scope="row">{_escape(name)}</th>{cells}<td>{shares[place, place]:.1%}</td></tr>\n')
    what = f" of {_escape(data.task.label_names[0])}" if data.task.kind == "binary" else ""
    note = f"The truth{what} in rows, the prediction in columns; shaded by the share of the row's total."
    return _section("Confusion matrix", note, _table(("", *names, "recall"), rows, "confusion"))


def _confusions(counts: np.ndarray, names: Sequence[str]) -> str:
    """The most frequent mistakes, where a matrix would be too large to read."""
    mistakes = counts * (1 - np.eye(len(names), dtype=np.int64))
    places = mistakes.argsort(axis=None, kind="stable")[::-1][:_MAX_CLASSES]
    rows = []
    for place in places[mistakes.flat[places] > 0]:
        true, predicted = divmod(int(place), len(names))
        share = counts[true, predicted] / counts[true].sum()
        cells = (_escape(names[true]), _escape(names[predicted]), f"{counts[true, predicted]:,}", f"{share:.1%}")
        rows.append(_row(cells))
    note = f"The most frequent of {mistakes.sum():,} mistakes; the share is that of the true class's rows."
    return _section("Confusions", note, _table(("true", "predicted", "rows", "share"), rows, "confusions"))


def _per_label(data: ReportData) -> str:
    rows = []
    for place, name in enumerate(data.task.label_names):
        labels, probabilities = data.labels[:, [place]], data.probabilities[:, [place]]
        scores = [_number(metrics.score(metric, labels, probabilities)) for metric in ("roc_auc", "f1")]
        rows.append(_row((_escape(name), f"{int(labels.sum()):,}", f"{labels.mean():.2%}", *scores)))
    head = ("label", "positives", "rate", "ROC AUC", "F1 at 0.5")
    return _section("Labels", "Out of fold, each label by itself.", _table(head, rows, "labels"))


def _worst_rows(data: ReportData) -> str:
    numbers = most_wrong_rows(data.labels, data.probabilities, data.n_worst_rows)
    truths = _truth_probabilities(data.labels[numbers], data.probabilities[numbers])
    items = []
    for row, truth in zip(numbers, truths, strict=True):
        true, predicted = _true_and_predicted(data, row)
        items.append(
            f'<li><p class="row"><code>{_escape(data.ids[row])}</code> <span>true <b>{_escape(true)}</b></span> '
            f"<span>predicted <b>{_escape(predicted)}</b></span> "
            f'<span>probability of the truth <b class="warm">{truth:.2g}</b></span></p>\n'
            f"<p>{_escape(_excerpt(data.texts[row])) or '<i>no text</i>'}</p></li>\n"
        )
    note = "The train rows with the greatest loss, out of fold: hard texts, and often labels worth a second look."
    body = f'<ol class="rows">\n{"".join(items)}</ol>\n' if items else "<p>None were asked for.</p>\n"
    return _section("Most wrong", note, body)


def _true_and_predicted(data: ReportData, row: int) -> tuple[str, str]:
    """What a row is, and what it was taken for and how surely."""
    labels, probabilities, names = data.labels[row], data.probabilities[row], data.task.label_names
    if data.task.kind == "multi_class":
        place = int(probabilities.argmax())
        return names[int(labels)], f"{names[place]} ({probabilities[place]:.2f})"
    if data.task.kind == "binary":
        yes = float(probabilities[0])
        value = data.task.values[yes >= 0.5]
        return data.task.values[int(labels[0])], f"{value} ({max(yes, 1 - yes):.2f})"
    pairs = list(zip(names, labels, probabilities, strict=True))
    true = ", ".join(name for name, label, _ in pairs if label > 0.5)
    predicted = ", ".join(f"{name} ({found:.2f})" for name, _, found in pairs if found >= 0.5)
    return true or "none", predicted or "none"


def _attention(data: ReportData) -> str:
    if data.attention_texts is None:
        return _section("Attention", "This model has no attention, so there is nothing to show.", "")
    articles = [
        f'<article><p class="row"><code>{_escape(text.id)}</code> <span>predicted '
        f'<b>{_escape(text.prediction)}</b></span></p>\n<p class="words">{_shaded_words(text)}</p></article>\n'
        for text in data.attention_texts
    ]
    note = "Test texts; the stronger the colour, the more the models looked at that word rather than at others."
    return _section("Attention", note, "".join(articles) or "<p>None were asked for.</p>\n")


def _shaded_words(text: AttentionText) -> str:
    weights = np.asarray(text.weights, np.float64)
    largest = weights.max(initial=0.0) or 1.0
    words = [
        f'<span style="--w:{weight / largest:.3f}" title="{weight:.4f}">{_escape(token)}</span>'
        for token, weight in list(zip(text.tokens, weights, strict=True))[:_MAX_TOKENS]
    ]
    n_more = len(text.tokens) - len(words)
    if n_more:
        share = weights[_MAX_TOKENS:].sum() / (weights.sum() or 1.0)
        words.append(f"<i>… {n_more:,} more tokens holding {share:.1%} of the weight</i>")
    return " ".join(words)


def _coverage(data: ReportData) -> str:
    rows, missing = [], []
    for source in data.coverage:
        name = _escape(source["source"])
        found_by = ", ".join(f"{_escape(way)} {count:,}" for way, count in source["found_by"].items())
        shares = (f"{source['types']:.1%}", f"{source['tokens']:.1%}")
        rows.append(_row((name, f"{source['embedding_dim']:,}", *shares, found_by)))
        words = " ".join(
            f"<span>{_escape(token)} <small>{count:,}</small></span>" for token, count in source["missing"]
        )
        if words:
            missing.append(f'<h3>Most frequent without a vector in {name}</h3>\n<p class="chips">{words}</p>\n')
    head = ("source", "dimensions", "of the vocabulary", "of all tokens", "found by")
    note = "How much of the text has a word vector."
    return _section("Embedding coverage", note, _table(head, rows, "coverage") + "".join(missing))


def _settings(data: ReportData) -> str:
    if not data.overrides:
        return _section("Settings", "None: the defaults.", "")
    items = "".join(f"<li><code>{_escape(override)}</code></li>" for override in data.overrides)
    return _section("Settings", "What differs from the defaults.", f'<ul class="settings">{items}</ul>\n')


def _section(title: str, note: str, body: str) -> str:
    return f'<section>\n<h2>{title}</h2>\n<p class="note">{note}</p>\n{body}</section>\n'


def _table(head: Iterable[str], rows: Iterable[str], kind: str) -> str:
    """A table that scrolls by itself where the page is narrow."""
    cells = "".join(f'<th scope="col">{_escape(name)}</th>' for name in head)
    return (
        f'<div class="scroll"><table class="{kind}">\n<thead><tr>{cells}</tr></thead>\n'
        f"<tbody>\n{''.join(rows)}</tbody></table></div>\n"
    )


def _row(cells: Iterable[str]) -> str:
    """A row of cells that are HTML already; the first names the row."""
    first, *others = cells
    return f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in others)}</tr>\n'


def _escape(text: object) -> str:
    """Text as it may stand in an element or an attribute."""
    return html.escape(_HARMFUL.sub("\ufffd", str(text)))


def _excerpt(text: str) -> str:
    """The first words on one line."""
    words = text.split(maxsplit=_MAX_WORDS)
    cut = " ".join(words[:_MAX_WORDS])
    return cut if len(words) <= _MAX_WORDS and len(cut) <= _MAX_CHARACTERS else f"{cut[:_MAX_CHARACTERS]} …"


def _number(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.4f}"


def _duration(seconds: float) -> str:
    """For people: at most two units.

    Example:
        75.2 -> "1 min 15 s"
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
