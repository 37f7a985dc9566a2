"""The first screen: verdict, tiles and what to do first."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace

from auditor.findings import DIMENSIONS, Completed, Failed, Metric, Skipped
from auditor.report.excerpts import visible
from auditor.report.view import model
from auditor.report.view.context import Context, metric_letter
from auditor.rules import thresholds

MAIN_DIMENSIONS = DIMENSIONS[:5]
ACTIONS_SHOWN = 5
LETTERS = "ABCDF"
_FAILED = "failed: "
_CAPPED = re.compile(r"capped by (?P<names>.+) = (?P<letter>[A-F])")


@dataclass(frozen=True)
class Remedy:
    """Which findings stand behind a judged metric, and the command that acts on them."""

    codes: tuple[str, ...]
    """Code prefixes."""
    command: str
    suggestion: str | None = None
    """Only findings with this suggestion count."""


def _clean(*codes: str) -> Remedy:
    return Remedy(codes, f"auditor clean {{input}} --select {','.join(codes)} --plan")


REMEDIES = {
    "balance.ratio": Remedy(("BAL001",), "auditor clean {input} --set prepare.balance=oversample --plan"),
    "balance.rare_class_share": Remedy(("BAL002",), "auditor rules BAL002"),
    "duplicates.rate": _clean("DUP001", "DUP002"),
    "duplicates.leak_rate": _clean("DUP004"),
    "duplicates.reference_rate": _clean("DUP007"),
    "duplicates.conflict_rate": _clean("DUP005"),
    "labels.noise_rate": _clean("LBL001"),
    "labels.missing_rate": _clean("LBL003"),
    "staleness.old_rate": Remedy(("STL001",), "auditor rules STL001"),
    "staleness.broken_rate": Remedy(("STL002", "STL003", "STL004", "STL006"), "auditor rules STL002"),
    "staleness.drift_auc": Remedy(("STL005",), "auditor rules STL005"),
    "privacy.identifier_rate": replace(_clean("PII"), suggestion="mask"),
    "privacy.name_rate": Remedy(("PII008",), "auditor clean {input} --ner full --select PII008 --plan"),
    "privacy.secret_rate": _clean("PII9"),
    "quality.empty_rate": _clean("QLT001"),
    "quality.broken_rate": Remedy(("QLT002", "QLT003"), "auditor rules QLT002"),
}


def verdict(context: Context) -> str:
    """One sentence: may this data be trained on, and what stands in the way."""
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
    """What decided the overall grade: the dimensions that capped it, with their numbers, or the mean."""
    overall = context.audit.grades.get("overall")
    if overall is None:
        return ""
    capped = _CAPPED.fullmatch(overall.because)
    if overall.because == "mean":
        return context.messages.text("overall.mean")
    if overall.because.startswith(_FAILED):
        names = [context.dimension_name(key) for key in overall.because.removeprefix(_FAILED).split(", ")]
        return context.messages.text("overall.failed", dimensions=context.messages.list(names))
    if capped is None:
        return context.messages.reason(overall.because)
    keys = capped["names"].split(", ")
    metrics = [metric for key in keys if (metric := _deciding(context, key))]
    return context.messages.text(
        "overall.capped",
        dimensions=context.messages.list([context.dimension_name(key) for key in keys]),
        letter=capped["letter"],
        metrics=context.messages.text("list.semicolon").join(_sentence(context, metric) for metric in metrics),
    )


def _sentence(context: Context, metric: Metric) -> str:
    """``53.0% of rows hold personal data``."""
    return context.messages.text(
        "says", value=context.messages.value(metric.value, metric.unit), words=_words(context, metric)
    )


def _words(context: Context, metric: Metric) -> str:
    return context.messages.either(f"says.{metric.name}", context.metric_label(metric.name))


def tiles(context: Context, keys: Iterable[str]) -> tuple[model.Tile, ...]:
    """One tile a dimension; one that was not checked says why."""
    return tuple(_tile(context, key) for key in keys)


def _tile(context: Context, key: str) -> model.Tile:
    grade, name = context.grade(key), context.dimension_name(key)
    result = context.audit.results.get(key)
    if result is None:
        return model.Tile(key, name, grade, "", context.messages.text("not_asked"))
    if not isinstance(result, Completed):
        return model.Tile(key, name, grade, "", visible(context.messages.reason(result.reason)))
    metric = _deciding(context, key)
    if metric is None:
        return model.Tile(key, name, grade, "", context.messages.text("not_judged"))
    number = context.messages.value(metric.value, metric.unit)
    return model.Tile(key, name, grade, number, _words(context, metric))


def _deciding(context: Context, dimension: str) -> Metric | None:
    """The metric with the worst letter; of several, the one that stands first among the shipped bounds."""
    metrics = [metric for metric in context.metrics(dimension) if metric.slice is None]
    order = list(thresholds())
    judged = [(-LETTERS.index(letter), order.index(m.name), m) for m in metrics if (letter := metric_letter(m))]
    return min(judged, key=lambda item: item[:2])[2] if judged else next(iter(metrics), None)


def actions(context: Context) -> tuple[model.Action, ...]:
    """At most five things to do: the worst grade first, then what gains most, then the most rows."""
    ranked = [
        (-len(LETTERS), 0, 0, _mend_check(context, key, result))
        for key, result in context.audit.results.items()
        if isinstance(result, Failed)
    ]
    for name, remedy in REMEDIES.items():
        metric = context.metric(name)
        letter = metric_letter(metric) if metric else None
        if metric is not None and letter is not None and letter in "CDF":
            rows = context.rows_hit(remedy.codes, remedy.suggestion)
            best = LETTERS.index(_best(context, metric))
            ranked.append((1 - LETTERS.index(letter), best, -rows, _action(context, metric, remedy, rows)))
    ranked.sort(key=lambda item: item[:3])
    return tuple(action for *_, action in ranked[:ACTIONS_SHOWN])


def _action(context: Context, metric: Metric, remedy: Remedy, rows: int) -> model.Action:
    text = context.messages.text
    dimension = metric.name.partition(".")[0]
    return model.Action(
        title=text(f"action.{metric.name}"),
        status=context.letter(metric_letter(metric)).status,
        dimension=context.dimension_name(dimension),
        dimension_key=dimension,
        rows=context.messages.rows(rows) if rows else text("whole_corpus"),
        effect=_effect(context, metric, dimension),
        command=remedy.command.format(input=_input(context)),
    )


def _effect(context: Context, metric: Metric, dimension: str) -> str:
    """The dimension's letter now and with this metric at its best."""
    now, best = context.grade(dimension).letter, _best(context, metric)
    name = context.dimension_name(dimension)
    if best < now:
        return context.messages.text("effect.up", dimension=name, now=now, best=best)
    return context.messages.text("effect.stays", dimension=name, now=now)


def _best(context: Context, metric: Metric) -> str:
    """The letter of the metric's dimension once the metric, and all that its remedy mends as well, is at its best."""
    mended = REMEDIES[metric.name].codes
    others = [
        metric_letter(other)
        for other in context.metrics(metric.name.partition(".")[0])
        if other.name not in REMEDIES or not all(code.startswith(mended) for code in REMEDIES[other.name].codes)
    ]
    return max((letter for letter in others if letter), default="A")


def _mend_check(context: Context, dimension: str, result: Failed) -> model.Action:
    text, name = context.messages.text, context.dimension_name(dimension)
    return model.Action(
        title=text("action.failed", dimension=name),
        status="failed",
        dimension=name,
        dimension_key=dimension,
        rows=visible(context.messages.reason(result.reason)),
        effect=text("effect.failed", dimension=name),
        command="auditor doctor",
    )


def _input(context: Context) -> str:
    """The input as an argument of a shell command; several files are left for the user to name."""
    files = context.audit.corpus.files
    return shlex.quote(visible(files[0])) if len(files) == 1 else "INPUT"


def not_run(context: Context) -> tuple[str, ...]:
    """One sentence for each check that gives no clean bill."""
    sentences = []
    for key, result in context.audit.results.items():
        if isinstance(result, (Skipped, Failed)):
            kind = "skipped" if isinstance(result, Skipped) else "failed"
            reason = visible(context.messages.reason(result.reason))
            name = context.dimension_name(key)
            sentences.append(context.messages.text(f"not_run.{kind}", dimension=name, reason=reason))
    return tuple(sentences)
