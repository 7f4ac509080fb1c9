"""The page a run leaves: how good it is, how it learned, where it errs and what it looks at.

One HTML file that needs nothing else: no network, no scripts, the figures are drawn inside.
"""

import datetime
from collections.abc import Sequence
from importlib import resources

import numpy as np

from regard.report.content import ReportData
from regard.report.figures import (
    GREY,
    ORANGE,
    TEAL,
    learning_curves,
)
from regard.report.markup import (
    duration,
    escape,
    number,
    row,
    section,
    table,
)
from regard.report.mistakes import mistakes, threshold_table, worst_rows

_MAX_TOKENS = 150


def render_report(data: ReportData) -> str:
    """Return the report as one HTML page; the same data give the same page."""
    style = resources.files("regard.report").joinpath("report.css").read_text(encoding="utf-8")
    of_errors = (mistakes, threshold_table, worst_rows)
    of_models = (_folds, _curves, *of_errors, _attention, _coverage, _settings)
    of_linear_models = (_folds, *of_errors, _settings)
    sections = (
        (_members, *of_linear_models)
        if data.blend
        else of_linear_models
        if data.is_linear
        else of_models
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(data.competition)}: {escape(data.run)}</title>\n<style>\n{style}</style>\n</head>\n"
        f"<body>\n<main>\n{_headline(data)}{''.join(section(data) for section in sections)}</main>\n</body>\n</html>\n"
    )


def _headline(data: ReportData) -> str:
    scores = np.asarray(data.fold_scores, np.float64)
    direction = "greater is better" if data.greater_is_better else "smaller is better"
    n_members = len(data.blend["members"]) if data.blend else 0
    facts = {
        "mean and deviation of folds": f"{number(scores.mean())} ± {number(scores.std(ddof=1))}",
        "train rows": f"{data.n_train:,}",
        "test rows": f"{data.n_test:,}",
        **({"runs": f"{n_members}"} if n_members else {}),
        **(
            {}
            if n_members or data.is_linear
            else {"vocabulary": f"{data.vocabulary_size:,} tokens"}
        ),
        "trainable parameters": f"{data.n_trainable_parameters:,}",
        "training, all folds": duration(data.seconds),
        "finished": f"{datetime.datetime.fromisoformat(data.finished):%Y-%m-%d %H:%M %Z}",
    }
    listed = "".join(
        f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts.items()
    )
    return (
        f'<header>\n<p class="over">{escape(data.competition)}</p>\n<h1>{escape(data.run)}</h1>\n'
        f'<p class="score"><strong>{number(data.oof_score)}</strong> '
        f"<span>{escape(data.metric)}, out of fold; {direction}</span></p>\n"
        f'<dl class="facts">{listed}</dl>\n</header>\n'
    )


def _members(data: ReportData) -> str:
    """The runs of a blend, and the methods that were tried."""
    blend = data.blend or {}
    members = [
        row(
            (
                escape(name),
                f"{member['seed']}",
                number(member["score"]),
                number(float(np.mean(member["weight"]))),
            )
        )
        for name, member in blend["members"].items()
    ]
    methods = [row((escape(name), number(score))) for name, score in blend["methods"].items()]
    mean = f"{number(blend['mean_of_members'])} ± {number(blend['standard_deviation_of_members'])}"
    note = (
        f"The runs that were blended, by {escape(blend['method'])}. The mean and deviation of their scores is {mean}. "
        "The weights are those of the submission."
    )
    weight = "mean coefficient" if blend["method"] == "stacker" else "weight"
    tables = table(("run", "seed", data.metric, weight), members, "labels")
    tables += table(("method", data.metric), methods, "labels")
    return section("Members", note, tables)


def _folds(data: ReportData) -> str:
    scores = np.asarray(data.fold_scores, np.float64)
    low, high = scores.min(), scores.max()
    places = 8 + 84 * (np.append(scores, scores.mean()) - low) / (high - low or 1.0)
    mean = f"{places[-1]:.2f}%"
    rows = []
    for fold, score in enumerate(data.fold_scores):
        dot = (
            f'<svg class="dot" aria-hidden="true"><line x1="0" x2="100%" y1="50%" y2="50%"/>'
            f'<line class="mean" x1="{mean}" x2="{mean}" y1="0" y2="100%"/>'
            f'<circle cx="{places[fold]:.2f}%" cy="50%" r="5"/></svg>'
        )
        rows.append(row((f"{fold}", dot, f"<b>{number(score)}</b>", *_epochs(data, fold))))
    of_training = () if data.blend else ("time",) if data.is_linear else ("best epoch", "time")
    head = ("fold", "", data.metric, *of_training)
    note = (
        "Each model is scored on the rows it never saw. The upright line is the mean of the folds."
    )
    if data.blend:
        note = "A fold's rows are weighed by what the other folds say. The upright line is the mean of the folds."
    return section("Folds", note, table(head, rows, "folds"))


def _epochs(data: ReportData, fold: int) -> tuple[str, ...]:
    """The epoch that was kept, if there were several, and the time of all; nothing for a blend, which trained none."""
    if data.blend:
        return ()
    history = data.histories[fold]
    seconds = duration(sum(epoch["seconds"] for epoch in history))
    return (
        (seconds,) if data.is_linear else (f"{data.best_epochs[fold]} of {len(history)}", seconds)
    )


def _curves(data: ReportData) -> str:
    losses = learning_curves(data, {"loss": GREY, "valid_loss": ORANGE})
    scores = learning_curves(data, {"score": TEAL})
    own = "" if data.thresholds is None else ", at each fold's own best thresholds"
    body = (
        f'<div class="curves"><figure>{losses}<figcaption>Loss: <span class="grey">training</span> and '
        f'<span class="orange">validation</span></figcaption></figure>\n'
        f'<figure>{scores}<figcaption>Validation <span class="teal">{escape(data.metric)}</span>{own}</figcaption>'
        "</figure></div>\n"
    )
    return section(
        "Learning curves",
        "A line for each fold, over epochs. The dot is the epoch that was kept.",
        body,
    )


def _attention(data: ReportData) -> str:
    if data.attention_texts is None:
        return section("Attention", "This model has no attention, so there is nothing to show.", "")
    articles = []
    for text in data.attention_texts:
        words = "".join(f'<p class="words">{_shaded_words(*pair)}</p>' for pair in text.texts)
        prediction = f"<span>predicted <b>{escape(text.prediction)}</b></span>"
        articles.append(
            f'<article><p class="row"><code>{escape(text.id)}</code> {prediction}</p>\n{words}</article>\n'
        )
    note = "Test texts; the stronger the colour, the more the models looked at that word rather than at others."
    return section("Attention", note, "".join(articles) or "<p>None were asked for.</p>\n")


def _shaded_words(tokens: Sequence[str], weights: Sequence[float]) -> str:
    shares = np.asarray(weights, np.float64)
    largest = shares.max(initial=0.0) or 1.0
    words = [
        f'<span style="--w:{weight / largest:.3f}" title="{weight:.4f}">{escape(token)}</span>'
        for token, weight in list(zip(tokens, shares, strict=True))[:_MAX_TOKENS]
    ]
    n_more = len(tokens) - len(words)
    if n_more:
        share = shares[_MAX_TOKENS:].sum() / (shares.sum() or 1.0)
        words.append(f"<i>… {n_more:,} more tokens holding {share:.1%} of the weight</i>")
    return " ".join(words)


def _coverage(data: ReportData) -> str:
    rows, missing = [], []
    for source in data.coverage:
        name = escape(source["source"])
        found_by = ", ".join(
            f"{escape(way)} {count:,}" for way, count in source["found_by"].items()
        )
        shares = (f"{source['types']:.1%}", f"{source['tokens']:.1%}")
        rows.append(row((name, f"{source['embedding_dim']:,}", *shares, found_by)))
        words = " ".join(
            f"<span>{escape(token)} <small>{count:,}</small></span>"
            for token, count in source["missing"]
        )
        if words:
            missing.append(
                f'<h3>Most frequent without a vector in {name}</h3>\n<p class="chips">{words}</p>\n'
            )
    head = ("source", "dimensions", "of the vocabulary", "of all tokens", "found by")
    note = "How much of the text has a word vector."
    return section("Embedding coverage", note, table(head, rows, "coverage") + "".join(missing))


def _settings(data: ReportData) -> str:
    if not data.overrides:
        return section("Settings", "None: the defaults.", "")
    items = "".join(f"<li><code>{escape(override)}</code></li>" for override in data.overrides)
    return section(
        "Settings", "What differs from the defaults.", f'<ul class="settings">{items}</ul>\n'
    )
