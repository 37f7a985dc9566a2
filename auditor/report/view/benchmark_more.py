"""What else the benchmark says: linear model, undisputed rows, noise, gaps between groups, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from auditor.report.excerpts import visible
from auditor.report.messages import Messages
from auditor.report.view import model
from auditor.report.view.scores import change, shown

_ELSEWHERE = ("undisputed", "ensemble", "baseline")
_NOISE = ("typos", "case", "synonyms")
_STEP_METRIC = "macro_f1"


def other_facts(results: Mapping[str, Any], metrics: Sequence[str], messages: Messages) -> tuple[model.Fact, ...]:
    """The same measures elsewhere, and the gaps between groups."""
    facts = [fact for key in _ELSEWHERE for fact in _other(results.get(key), f"benchmark.{key}", metrics, messages)]
    robustness = results.get("robustness") or {}
    for kind in _NOISE:
        facts += _other(robustness.get(kind), f"benchmark.noise.{kind}", ("accuracy",), messages)
    for column, gap in (results.get("group_gaps") or {}).items():
        sides = " → ".join(
            f"{change('accuracy', gap[side]['difference'], messages)} "
            f"({visible(gap[side]['lowest'])} – {visible(gap[side]['highest'])})"
            for side in ("before", "after")
        )
        facts.append(model.Fact(messages.text("benchmark.gap", column=visible(column)), sides))
    if quantized := results.get("quantized"):
        sizes = " → ".join(f"{size:.0f} MB" for size in quantized["megabytes"])
        same = shown("accuracy", quantized["agreement"])
        facts.append(
            model.Fact(messages.text("benchmark.quantized"), messages.text("benchmark.same", sizes=sizes, same=same))
        )
    return tuple(facts)


def ablation_steps(results: Mapping[str, Any], messages: Messages) -> tuple[tuple[str, str, str, str], ...]:
    """(step, train rows, macro-F1, change from the step before with its outcome) of each arm; none without ablation."""
    rows = []
    for arm in (results.get("ablation") or {}).get("arms", ()):
        against = arm["against_previous"]
        told = ""
        if against is not None:
            difference = against["difference"][_STEP_METRIC]
            outcome = messages.text(f"benchmark.step.{difference['outcome'].replace('-', '_')}")
            told = f"{change(_STEP_METRIC, difference['value'], messages)} ({outcome})"
        name = messages.text(f"benchmark.arm.{arm['name']}")
        rows.append((name, f"{arm['train_rows']:,}", shown(_STEP_METRIC, arm["scores"][_STEP_METRIC]["mean"]), told))
    return tuple(rows)


def _other(found: Any, label: str, metrics: Sequence[str], messages: Messages) -> list[model.Fact]:
    if not isinstance(found, Mapping) or not {"before", "after"} <= set(found):
        return []
    facts = []
    for name in metrics:
        before, after = (_mean(found[arm].get(name)) for arm in ("before", "after"))
        if before is not None and after is not None:
            text = messages.text(label, metric=messages.text(f"benchmark.{name}"))
            facts.append(model.Fact(text, f"{shown(name, before)} → {shown(name, after)}"))
    return facts


def _mean(value: Any) -> float | None:
    found = value.get("mean") if isinstance(value, Mapping) else value
    return float(found) if isinstance(found, (int, float)) else None
