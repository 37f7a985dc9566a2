"""The first screen: verdict, tiles and offered actions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from auditor.core.grades import metric_letter
from auditor.core.metrics import Metric
from auditor.core.results import Completed, Failed, Skipped
from auditor.core.run_summary import After, RunSummary
from auditor.report.excerpts import visible
from auditor.report.offers import offers
from auditor.report.view import model
from auditor.report.view.context import NO_LETTER, Context
from auditor.rules import thresholds

LETTERS = "ABCDF"


def verdict(context: Context) -> str:
    """One sentence on whether the data is fit for training, and which dimensions are not."""
    text = context.messages.text
    overall = context.audit.grades.get("overall")
    letter = overall.letter if overall else None
    names = {status: _names(context, status) for status in ("fail", "warn")}
    sentence = text(f"verdict.{letter}" if letter else "verdict.none")
    if names["fail"]:
        return sentence + text("verdict.because_fail", names=names["fail"])
    if names["warn"]:
        return sentence + text("verdict.because_warn", names=names["warn"])
    return sentence + text("verdict.end")


def _names(context: Context, status: str) -> str:
    keys = [key for key in context.audit.results if context.grade(key).status == status]
    return context.messages.list([context.dimension_name(key) for key in keys])


def overall_because(context: Context) -> str:
    """The reason for the overall grade: the dimensions that capped it, with their metrics, or the mean."""
    overall = context.audit.grades.get("overall")
    if overall is None:
        return ""
    if not overall.dimensions:
        return context.messages.message(overall.because)
    metrics = [metric for key in overall.dimensions if (metric := _deciding(context, key))]
    return context.messages.text(
        overall.because.key,
        dimensions=context.messages.list([context.dimension_name(key) for key in overall.dimensions]),
        letter=next(iter(overall.because.args), ""),
        metrics=context.messages.text("list.semicolon").join(_sentence(context, metric) for metric in metrics),
    )


def _sentence(context: Context, metric: Metric) -> str:
    """``53.0% of rows hold personal data``."""
    return context.messages.text(
        "says", value=context.messages.value(metric.value, metric.unit), words=_words(context, metric)
    )


def _words(context: Context, metric: Metric) -> str:
    return context.messages.either(f"says.{metric.name}", context.metric_label(metric.name))


def tiles(context: Context, keys: Iterable[str], after: After | None = None) -> tuple[model.Tile, ...]:
    """One tile per dimension, including the grade of the data set if one was written."""
    return tuple(_with_after(context, _tile(context, key), after) for key in keys)


def _with_after(context: Context, tile: model.Tile, after: After | None) -> model.Tile:
    letter = after.grades.get(tile.key) if after is not None else None
    if after is None or letter is None:
        return tile
    decided = _deciding(context, tile.key)
    value = next((m for m in after.metrics if decided is not None and m.name == decided.name), None)
    number = number_of(context, value) if value is not None else ""
    return replace(tile, after=context.letter(letter), after_number="" if number == tile.number else number)


def after_sentence(context: Context, after: After) -> str:
    """The letters of the input and of the data set, and the dimensions that are still poor."""
    text, messages = context.messages.text, context.messages
    before = context.audit.grades["overall"].letter or NO_LETTER
    current = after.grades.get("overall") or NO_LETTER
    poor = [
        text("effect.letter", dimension=context.dimension_name(key), letter=letter)
        for key, letter in after.grades.items()
        if key != "overall" and letter is not None and letter in "CDF"
    ]
    end = text("after.open", names=messages.list(poor)) if poor else text("after.clear")
    return text("after.sentence", before=before, now=current) + end


def _tile(context: Context, key: str) -> model.Tile:
    grade, name = context.grade(key), context.dimension_name(key)
    result = context.audit.results.get(key)
    if result is None:
        return model.Tile(key, name, grade, "", context.messages.text("not_asked"))
    if not isinstance(result, Completed):
        return model.Tile(key, name, grade, "", visible(context.messages.message(result.reason)))
    metric = _deciding(context, key)
    if metric is None:
        return model.Tile(key, name, grade, "", context.messages.text("not_judged"))
    return model.Tile(key, name, grade, number_of(context, metric), _words(context, metric))


def number_of(context: Context, metric: Metric) -> str:
    """``5.1%``, ``about 72.3%`` for an estimate, ``0% (at most 4.6%)`` with an upper bound only."""
    number = context.messages.value(metric.value, metric.unit)
    if metric.high is None or metric.value is None:
        return number
    if metric.low is not None:
        return context.messages.text("about", value=number)
    return context.messages.text("at_most", value=number, high=context.messages.value(metric.high, metric.unit))


def _deciding(context: Context, dimension: str) -> Metric | None:
    """The metric with the worst letter; of several, the first in the order of the default bounds."""
    metrics = [metric for metric in context.metrics(dimension) if metric.slice is None]
    order = list(thresholds())
    graded = [(-LETTERS.index(letter), order.index(m.name), m) for m in metrics if (letter := metric_letter(m))]
    return min(graded, key=lambda item: item[:2])[2] if graded else next(iter(metrics), None)


def actions(context: Context, run: RunSummary) -> tuple[model.Action, ...]:
    """The actions that the run offers, with their measured effects."""
    result = []
    for effect, offer in zip(run.effects, offers(run.effects, run.folder, context.messages), strict=True):
        metric = context.metric(effect.metric)
        result.append(
            model.Action(
                title=offer.title,
                status=context.letter(metric_letter(metric) if metric else None).status,
                dimension=context.dimension_name(offer.dimension),
                dimension_key=offer.dimension,
                rows=offer.rows,
                effect=offer.effect,
                command=offer.command,
            )
        )
    return tuple(result)


def not_run(context: Context) -> tuple[str, ...]:
    """One sentence for each check that was skipped or failed."""
    sentences = []
    for key, result in context.audit.results.items():
        if isinstance(result, (Skipped, Failed)):
            kind = "skipped" if isinstance(result, Skipped) else "failed"
            reason = visible(context.messages.message(result.reason))
            name = context.dimension_name(key)
            sentences.append(context.messages.text(f"not_run.{kind}", dimension=name, reason=reason))
    return tuple(sentences)
