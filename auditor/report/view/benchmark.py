"""Fine-tuning before and after: did the preparation help, and how sure is that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from auditor.report.excerpts import visible
from auditor.report.messages import Messages, share, signed_points
from auditor.report.view import model
from auditor.report.view.benchmark_more import ablation_steps, other_facts
from auditor.report.view.charts import Chart, Dot, Table, Tick, nice_top
from auditor.report.view.scores import SHARES, amount, change, change_interval, padded, shown

METRICS = ("accuracy", "micro_f1", "macro_f1", "subset_accuracy", "entity_f1", "perplexity")
FACTS = ("task", "model")
CLASSES_SHOWN = 200


def benchmark_view(results: Mapping[str, Any], messages: Messages) -> model.Benchmark:
    """The comparison told from ``benchmark/results.json``."""
    names = [name for name in METRICS if name in results["before"] and name in results["after"]]
    comparisons = tuple(_comparison(results, name, messages) for name in names)
    outcome = _overall([comparison.outcome for comparison in comparisons])
    return model.Benchmark(
        outcome=outcome,
        is_complete=results.get("complete") is not False,
        verdict=verdict(results, messages),
        advice=messages.text(
            "benchmark.not_learned" if results.get("learned") is False else f"benchmark.advice.{outcome}"
        ),
        comparisons=comparisons,
        interval_chart=_interval_chart(results, [name for name in names if _difference(results, name)], messages),
        others=other_facts(results, METRICS, messages),
        steps=ablation_steps(results, messages),
        classes=_classes(results),
        facts=_facts(results, messages),
    )


def verdict(results: Mapping[str, Any], messages: Messages) -> str:
    """One plain sentence on each outcome; ``no difference shown`` where an interval holds zero."""
    parts = []
    for outcome in ("better", "worse", "same"):
        names = [
            name for name in METRICS if name in results["before"] and _outcome(_difference(results, name)) == outcome
        ]
        if names:
            changes = messages.list([_change(results, name, messages) for name in names])
            parts.append(messages.text(f"benchmark.part.{outcome}", changes=changes))
    return messages.text("benchmark.verdict", parts=messages.text("benchmark.parts").join(parts))


def _change(results: Mapping[str, Any], name: str, messages: Messages) -> str:
    before, after = (shown(name, results[arm][name]["mean"]) for arm in ("before", "after"))
    return messages.text("benchmark.change", metric=messages.text(f"benchmark.{name}"), before=before, after=after)


def _difference(results: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = (results.get("difference") or {}).get(name)
    return found


def _outcome(difference: Mapping[str, Any] | None) -> str:
    """Better or worse where the interval leaves zero out, else same; as the benchmark says, where it does."""
    if difference is None:
        return "same"
    if difference.get("outcome"):
        return "same" if difference["outcome"] == "no-difference" else str(difference["outcome"])
    low, high = difference["interval"]
    return "better" if low > 0 else "worse" if high < 0 else "same"


def _overall(outcomes: Sequence[str]) -> str:
    """One word for several measures: mixed where they contradict each other."""
    told = {outcome for outcome in outcomes if outcome != "same"}
    return "mixed" if len(told) > 1 else next(iter(told), "same")


def _comparison(results: Mapping[str, Any], name: str, messages: Messages) -> model.Comparison:
    before, after = results["before"][name], results["after"][name]
    difference = _difference(results, name)
    value = difference["value"] if difference else after["mean"] - before["mean"]
    outcome = _outcome(difference)
    interval, sentence = "", messages.text("benchmark.no_interval")
    if difference:
        interval = change_interval(name, difference, messages)
        size, seen = amount(name, abs(value), messages), amount(name, _detectable(difference), messages)
        sentence = messages.text(f"benchmark.sentence.{outcome}", size=size, seen=seen)
    return model.Comparison(
        name=messages.text(f"benchmark.{name}"),
        before=shown(name, before["mean"]),
        after=shown(name, after["mean"]),
        difference=change(name, value, messages),
        interval=interval,
        outcome=outcome,
        sentence=sentence,
        chart=_slope(results, name, messages),
        seeds=_seeds(results, name),
    )


def _detectable(difference: Mapping[str, Any]) -> float:
    """The change that would have been seen: as computed, else the half width of the interval."""
    low, high = difference["interval"]
    computed = difference.get("detectable")
    return float(computed) if isinstance(computed, (int, float)) else (high - low) / 2


def _seeds(results: Mapping[str, Any], name: str) -> tuple[tuple[str, str, str], ...]:
    before, after = (results[arm][name].get("per_seed", []) for arm in ("before", "after"))
    return tuple(
        (visible(str(seed)), shown(name, b), shown(name, a))
        for seed, b, a in zip(results.get("seeds", []), before, after, strict=False)
    )


def _slope(results: Mapping[str, Any], name: str, messages: Messages) -> Chart:
    """Mean before and after, joined, with each seed's value beside it; height is the measure."""
    arms = {arm: results[arm][name] for arm in ("before", "after")}
    values = [v for arm in arms.values() for v in (*arm.get("per_seed", []), arm["mean"])]
    low, high = padded(name, min(values), max(values))

    def height(value: float) -> float:
        return round(100 * (high - value) / (high - low), 2)

    dots = tuple(
        Dot(
            label=messages.text(f"benchmark.{key}"),
            text=shown(name, arm["mean"]),
            at=height(arm["mean"]),
            low=0,
            high=0,
            style=key,
            others=tuple(height(value) for value in arm.get("per_seed", [])),
        )
        for key, arm in arms.items()
    )
    title = messages.text(f"benchmark.{name}")
    rows = tuple((dot.label, dot.text) for dot in dots)
    summary = messages.text("chart.slope", title=title, before=dots[0].text, after=dots[1].text)
    ticks = tuple(Tick(height(value), shown(name, value)) for value in (low, (low + high) / 2, high))
    return Chart("slope", title, summary, Table((title, messages.text("chart.value")), rows), dots=dots, ticks_y=ticks)


def _interval_chart(results: Mapping[str, Any], names: list[str], messages: Messages) -> Chart | None:
    """The differences in shares with their intervals around zero."""
    names = [name for name in names if name in SHARES]
    if not names:
        return None
    differences = {name: results["difference"][name] for name in names}
    reach = nice_top(1.05 * max(max(map(abs, (*d["interval"], d["value"]))) for d in differences.values()) or 0.01)
    title = messages.text("benchmark.difference")
    dots = tuple(
        Dot(
            label=messages.text(f"benchmark.{name}"),
            text=messages.text("points", n=signed_points(d["value"])),
            at=round(50 + 50 * d["value"] / reach, 2),
            low=round(50 + 50 * d["interval"][0] / reach, 2),
            high=round(50 + 50 * d["interval"][1] / reach, 2),
            style=_outcome(d),
            note=change_interval(name, d, messages),
        )
        for name, d in differences.items()
    )
    ticks = tuple(Tick(at, signed_points(reach * (at - 50) / 50) if at != 50 else "0") for at in (0, 50, 100))
    table = Table((title, messages.text("chart.value")), tuple((dot.label, dot.text) for dot in dots))
    summary = messages.text("chart.dots", title=title)
    return Chart("dots", title, summary, table, dots=dots, ticks_x=ticks, zero=50)


def _facts(results: Mapping[str, Any], messages: Messages) -> tuple[model.Fact, ...]:
    facts = [
        model.Fact(messages.text(f"benchmark.fact.{key}"), visible(str(results[key])), True)
        for key in FACTS
        if results.get(key) is not None
    ]
    used = (results.get("rows") or {}).get("used") or {}
    facts += [
        model.Fact(messages.text(f"benchmark.fact.rows_{key}"), f"{used[key]:,}")
        for key in ("before", "after", "test")
        if isinstance(used.get(key), int)
    ]
    if results.get("seeds"):
        seeds = ", ".join(visible(str(seed)) for seed in results["seeds"])
        facts.append(model.Fact(messages.text("benchmark.fact.seeds"), seeds))
    if thresholds := results.get("thresholds"):
        sides = " → ".join(", ".join(f"{value:.2f}" for value in thresholds[side]) for side in ("before", "after"))
        facts.append(model.Fact(messages.text("benchmark.fact.threshold"), sides))
    p_value = results.get("p_value")
    if isinstance(p_value, (int, float)):
        shown = "< 0.001" if p_value < 0.001 else f"{p_value:.3f}"
        facts.append(model.Fact(messages.text("benchmark.fact.p_value"), shown))
    return tuple(facts)


def _classes(results: Mapping[str, Any]) -> tuple[model.ClassScore, ...]:
    """The classes, those that changed most first."""
    scored = [item for item in results.get("classes") or () if item.get("f1")]
    scored.sort(key=lambda item: (-abs(item["f1"]["after"] - item["f1"]["before"]), item["label"]))
    return tuple(
        model.ClassScore(
            label=visible(item["label"]),
            test_rows=f"{item['test_rows']:,}",
            train_rows=f"{item['train_rows']['before']:,} → {item['train_rows']['after']:,}",
            before=share(item["f1"]["before"]),
            after=share(item["f1"]["after"]),
        )
        for item in scored[:CLASSES_SHOWN]
    )
