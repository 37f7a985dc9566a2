"""Further figures of the benchmark: linear model, undisputed rows, noise, gaps between groups, ablation."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.core.benchmark_result import BenchmarkResult, Comparison
from auditor.report.excerpts import visible
from auditor.report.messages import Messages
from auditor.report.view import model
from auditor.report.view.scores import change, metric_name, shown

_STEP_METRIC = "macro_f1"


def other_facts(result: BenchmarkResult, metrics: Sequence[str], messages: Messages) -> tuple[model.Fact, ...]:
    """The same metrics on other rows and of other models, and the gaps between groups."""
    elsewhere = {"undisputed": result.undisputed, "ensemble": result.ensemble, "baseline": result.baseline}
    facts = [fact for key, found in elsewhere.items() for fact in _other(found, f"benchmark.{key}", metrics, messages)]
    if (noise := result.robustness) is not None:
        for kind, found in (("typos", noise.typos), ("case", noise.case), ("synonyms", noise.synonyms)):
            facts += _other(found, f"benchmark.noise.{kind}", ("accuracy",), messages)
    for column, gaps in result.group_gaps.items():
        sides = " → ".join(
            f"{change('accuracy', gap.difference, messages)} ({visible(gap.lowest)} – {visible(gap.highest)})"
            for gap in (gaps.before, gaps.after)
        )
        facts.append(model.Fact(messages.text("benchmark.gap", column=visible(column)), sides))
    if result.quantized is not None:
        sizes = " → ".join(f"{size:.0f} MB" for size in result.quantized.megabytes)
        same = shown("accuracy", result.quantized.agreement)
        facts.append(
            model.Fact(messages.text("benchmark.quantized"), messages.text("benchmark.same", sizes=sizes, same=same))
        )
    return tuple(facts)


def ablation_steps(result: BenchmarkResult, messages: Messages) -> tuple[tuple[str, str, str, str], ...]:
    """(step, train rows, macro-F1, change from the step before with its outcome); none without ablation."""
    rows = []
    for step in result.ablation.arms if result.ablation is not None else ():
        text = ""
        if step.against_previous is not None:
            difference = step.against_previous.difference[_STEP_METRIC]
            outcome = messages.text(f"benchmark.step.{difference.outcome.replace('-', '_')}")
            text = f"{change(_STEP_METRIC, difference.value, messages)} ({outcome})"
        name = messages.text(f"benchmark.arm.{step.name}")
        rows.append((name, f"{step.train_rows:,}", shown(_STEP_METRIC, step.scores[_STEP_METRIC].mean), text))
    return tuple(rows)


def _other(found: Comparison | None, label: str, metrics: Sequence[str], messages: Messages) -> list[model.Fact]:
    if found is None:
        return []
    return [
        model.Fact(
            messages.text(label, metric=metric_name(name, messages)),
            f"{shown(name, found.before[name].mean)} → {shown(name, found.after[name].mean)}",
        )
        for name in metrics
        if name in found.before and name in found.after
    ]
