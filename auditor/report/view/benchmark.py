"""The benchmark section: results of fine-tuning before and after, with their uncertainty."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.core.benchmark_result import BenchmarkResult, Change, Score
from auditor.report.excerpts import visible
from auditor.report.messages import Messages, share, signed_points
from auditor.report.view import model
from auditor.report.view.benchmark_more import (
    ablation_steps,
    beside,
    design_facts,
    gain_facts,
    other_facts,
    step_metric,
)
from auditor.report.view.charts import Chart, Dot, Table, Tick, nice_top
from auditor.report.view.scores import SHARES, amount, change, change_interval, metric_name, padded, shown

METRICS = ("accuracy", "micro_f1", "macro_f1_common", "macro_f1", "subset_accuracy", "entity_f1", "perplexity")
CLASSES_SHOWN = 200


def benchmark_view(result: BenchmarkResult, messages: Messages) -> model.Benchmark:
    """The benchmark section of the report."""
    names = _metrics(result)
    comparisons = tuple(_comparison(result, name, messages) for name in names)
    outcome = _overall([comparison.outcome for comparison in comparisons])
    return model.Benchmark(
        outcome=outcome,
        is_complete=result.complete,
        verdict=verdict(result, messages),
        advice=messages.text("benchmark.not_learned" if result.learned is False else f"benchmark.advice.{outcome}"),
        comparisons=comparisons,
        interval_chart=_interval_chart(result, [name for name in names if name in result.difference], messages),
        others=(*other_facts(result, METRICS, messages), *gain_facts(result, messages)),
        steps=ablation_steps(result, messages),
        steps_title=messages.text("benchmark.steps" if result.ablation else "benchmark.steps.linear"),
        steps_metric=metric_name(step_metric(result), messages),
        classes=_classes(result),
        facts=_facts(result, messages),
    )


def verdict(result: BenchmarkResult, messages: Messages) -> str:
    """A sentence with the metrics of each outcome; "no difference shown" for intervals that contain zero."""
    parts = []
    for outcome in ("better", "worse", "same"):
        names = [name for name in _metrics(result) if _outcome(result.difference.get(name)) == outcome]
        if names:
            changes = messages.list([_change(result, name, messages) for name in names])
            parts.append(messages.text(f"benchmark.part.{outcome}", changes=changes))
    sentence = messages.text("benchmark.verdict", parts=messages.text("benchmark.parts").join(parts))
    return messages.text("benchmark.sentences").join([sentence, *beside(result, messages)])


def _metrics(result: BenchmarkResult) -> list[str]:
    """Names of the shown metrics in order, those of `METRICS` first."""
    known = [name for name in METRICS if name in result.before and name in result.after]
    return known + [name for name in result.difference if name not in known]


def _change(result: BenchmarkResult, name: str, messages: Messages) -> str:
    before, after = (shown(name, side[name].mean) for side in (result.before, result.after))
    return messages.text("benchmark.change", metric=metric_name(name, messages), before=before, after=after)


def _outcome(difference: Change | None) -> str:
    """``better``, ``worse`` or ``same``."""
    return "same" if difference is None or difference.outcome == "no-difference" else difference.outcome


def _overall(outcomes: Sequence[str]) -> str:
    """The common outcome of several metrics: ``mixed`` if they contradict each other."""
    changed = {outcome for outcome in outcomes if outcome != "same"}
    return "mixed" if len(changed) > 1 else next(iter(changed), "same")


def _comparison(result: BenchmarkResult, name: str, messages: Messages) -> model.Comparison:
    before, after, difference = result.before[name], result.after[name], result.difference.get(name)
    outcome = _outcome(difference)
    value, interval, sentence = after.mean - before.mean, "", messages.text("benchmark.no_interval")
    if difference is not None:
        value, interval = difference.value, change_interval(name, difference, messages)
        size, seen = amount(name, abs(value), messages), amount(name, difference.detectable, messages)
        sentence = messages.text(f"benchmark.sentence.{outcome}", size=size, seen=seen)
    return model.Comparison(
        name=metric_name(name, messages),
        before=shown(name, before.mean),
        after=shown(name, after.mean),
        difference=change(name, value, messages),
        interval=interval,
        outcome=outcome,
        sentence=sentence,
        chart=_slope(before, after, name, messages),
        seeds=tuple(
            (visible(str(seed)), shown(name, b), shown(name, a))
            for seed, b, a in zip(result.seeds, before.per_seed, after.per_seed, strict=False)
        ),
    )


def _slope(before: Score, after: Score, name: str, messages: Messages) -> Chart:
    """Slope chart of the means before and after, with the values of the seeds; height is the score."""
    sides = {"before": before, "after": after}
    values = [value for score in sides.values() for value in (*score.per_seed, score.mean)]
    low, high = padded(name, min(values), max(values))

    def height(value: float) -> float:
        return round(100 * (high - value) / (high - low), 2)

    dots = tuple(
        Dot(
            label=messages.text(f"benchmark.{side}"),
            text=shown(name, score.mean),
            at=height(score.mean),
            low=0,
            high=0,
            style=side,
            others=tuple(height(value) for value in score.per_seed),
        )
        for side, score in sides.items()
    )
    title = metric_name(name, messages)
    rows = tuple((dot.label, dot.text) for dot in dots)
    summary = messages.text("chart.slope", title=title, before=dots[0].text, after=dots[1].text)
    ticks = tuple(Tick(height(value), shown(name, value)) for value in (low, (low + high) / 2, high))
    return Chart("slope", title, summary, Table((title, messages.text("chart.value")), rows), dots=dots, ticks_y=ticks)


def _interval_chart(result: BenchmarkResult, names: list[str], messages: Messages) -> Chart | None:
    """Chart of the differences in shares, with their intervals, around zero."""
    names = [name for name in names if name in SHARES]
    if not names:
        return None
    differences = {name: result.difference[name] for name in names}
    reach = nice_top(1.05 * max(max(map(abs, (*d.interval, d.value))) for d in differences.values()) or 0.01)
    title = messages.text("benchmark.difference")
    dots = tuple(
        Dot(
            label=metric_name(name, messages),
            text=messages.text("points", n=signed_points(d.value)),
            at=round(50 + 50 * d.value / reach, 2),
            low=round(50 + 50 * d.interval[0] / reach, 2),
            high=round(50 + 50 * d.interval[1] / reach, 2),
            style=_outcome(d),
            note=change_interval(name, d, messages),
        )
        for name, d in differences.items()
    )
    ticks = tuple(Tick(at, signed_points(reach * (at - 50) / 50) if at != 50 else "0") for at in (0, 50, 100))
    table = Table((title, messages.text("chart.value")), tuple((dot.label, dot.text) for dot in dots))
    summary = messages.text("chart.dots", title=title)
    return Chart("dots", title, summary, table, dots=dots, ticks_x=ticks, zero=50)


def _facts(result: BenchmarkResult, messages: Messages) -> tuple[model.Fact, ...]:
    facts = [
        model.Fact(messages.text(f"benchmark.fact.{key}"), visible(value), True)
        for key, value in (("task", result.task), ("model", result.model))
    ]
    used = result.rows.used
    facts += [
        model.Fact(messages.text(f"benchmark.fact.rows_{key}"), f"{rows:,}")
        for key, rows in (("before", used.before), ("after", used.after), ("test", used.test))
    ]
    seeds = ", ".join(visible(str(seed)) for seed in result.seeds)
    facts.append(model.Fact(messages.text("benchmark.fact.seeds"), seeds))
    facts += design_facts(result, messages)
    if thresholds := result.thresholds:
        sides = " → ".join(", ".join(f"{value:.2f}" for value in thresholds[side]) for side in ("before", "after"))
        facts.append(model.Fact(messages.text("benchmark.fact.threshold"), sides))
    p_value = "< 0.001" if result.p_value < 0.001 else f"{result.p_value:.3f}"
    facts.append(model.Fact(messages.text("benchmark.fact.p_value"), p_value))
    return tuple(facts)


def _classes(result: BenchmarkResult) -> tuple[model.ClassScore, ...]:
    """The scores of the classes, largest change first."""
    scored = sorted(result.classes, key=lambda item: (-abs(item.f1.after - item.f1.before), item.label))
    return tuple(
        model.ClassScore(
            label=visible(item.label),
            test_rows=f"{item.test_rows:,}",
            train_rows=f"{item.train_rows.before:,} → {item.train_rows.after:,}",
            before=share(item.f1.before),
            after=share(item.f1.after),
        )
        for item in scored[:CLASSES_SHOWN]
    )
