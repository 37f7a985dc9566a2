"""Further results of the benchmark: linear model, undisputed rows, noise, gaps between groups, ablation."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.core.benchmark_result import BenchmarkResult, Comparison
from auditor.report.excerpts import visible
from auditor.report.messages import Messages
from auditor.report.view import model
from auditor.report.view.scores import amount, change, change_interval, metric_name, shown


def other_facts(result: BenchmarkResult, metrics: Sequence[str], messages: Messages) -> tuple[model.Fact, ...]:
    """The metrics on other rows and for other models, and the gaps between groups."""
    elsewhere = {"undisputed": result.undisputed, "ensemble": result.ensemble, "baseline": result.baseline}
    facts = [
        fact
        for key, comparison in elsewhere.items()
        for fact in _other(comparison, f"benchmark.{key}", metrics, messages)
    ]
    if (noise := result.robustness) is not None:
        for kind, comparison in (("typos", noise.typos), ("case", noise.case), ("synonyms", noise.synonyms)):
            metric = "accuracy" if "accuracy" in noise.none.before else _deciding(result)
            facts += _other(comparison, f"benchmark.noise.{kind}", (metric,), messages)
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


def beside(result: BenchmarkResult, messages: Messages) -> tuple[str, ...]:
    """The verdict of the linear model and how it relates to that of the encoder; empty without a linear model."""
    design, baseline = result.seed_design, result.baseline
    change_ = None if design is None or baseline is None else baseline.difference.get(design.deciding)
    if design is None or change_ is None:
        return ()
    if change_.interval == (0.0, 0.0):
        return (messages.text("benchmark.linear.equal"),)
    sentence = messages.text(
        f"benchmark.linear.{change_.outcome.replace('-', '_')}",
        metric=metric_name(design.deciding, messages),
        change=change(design.deciding, change_.value, messages),
        interval=change_interval(design.deciding, change_, messages),
    )
    if result.outcome == change_.outcome:
        return (sentence, messages.text("benchmark.linear.agrees"))
    case = {"no-difference": "encoder_same"}.get(result.outcome)
    case = case or ("linear_same" if change_.outcome == "no-difference" else "contradicts")
    return (sentence, messages.text(f"benchmark.linear.{case}"))


def design_facts(result: BenchmarkResult, messages: Messages) -> tuple[model.Fact, ...]:
    """The reason for the number of seeds, the folds, and the number of rows required for a narrower interval."""
    design = result.seed_design
    if design is None:
        return ()
    facts = [
        model.Fact(
            messages.text("benchmark.fact.stopped_by"), messages.text(f"benchmark.stopped_by.{design.stopped_by}")
        )
    ]
    if result.rows.folds > 1:
        folds = messages.text("benchmark.folds", n=result.rows.folds)
        facts.append(model.Fact(messages.text("benchmark.fact.folds"), folds))
    if design.test_rows_needed is not None and design.resolution is not None:
        label = messages.text("benchmark.fact.rows_needed", size=amount(design.deciding, design.resolution, messages))
        facts.append(model.Fact(label, f"{design.test_rows_needed:,}"))
    return tuple(facts)


def gain_facts(result: BenchmarkResult, messages: Messages) -> tuple[model.Fact, ...]:
    """The expected gains of reviewed and of additional rows, and their costs."""
    facts = []
    for gain in result.gains:
        deciding = "macro_f1" if result.seed_design is None else result.seed_design.deciding
        label = messages.text(f"benchmark.gain.{gain.kind}", n=f"{gain.rows:,}", metric=metric_name(deciding, messages))
        low, high = (change(deciding, bound, messages) for bound in gain.interval)
        value = messages.text("benchmark.gain", value=change(deciding, gain.value, messages), low=low, high=high)
        if gain.cost is not None:
            value = messages.text("benchmark.gain.cost", gain=value, cost=f"{gain.cost:,.2f}")
        facts.append(model.Fact(label, value))
    return tuple(facts)


def step_metric(result: BenchmarkResult) -> str:
    """The metric shown for steps of the preparation: macro-F1 for text classification, else the deciding metric."""
    return "macro_f1" if result.task == "text-classification" else _deciding(result)


def _deciding(result: BenchmarkResult) -> str:
    return next(iter(result.difference or result.before)) if result.seed_design is None else result.seed_design.deciding


def ablation_steps(result: BenchmarkResult, messages: Messages) -> tuple[tuple[str, str, str, str], ...]:
    """(step, train rows, `step_metric`, change from the previous step with its outcome).

    Results are those of the encoder if it was trained on each step, else of the linear model; empty without either.
    """
    rows, metric = [], step_metric(result)
    ablation = result.ablation or result.linear_ablation
    for step in ablation.arms if ablation is not None else ():
        text = ""
        if step.against_previous is not None:
            difference = step.against_previous.difference[metric]
            outcome = messages.text(f"benchmark.step.{difference.outcome.replace('-', '_')}")
            text = f"{change(metric, difference.value, messages)} ({outcome})"
        name = messages.text(f"benchmark.arm.{step.name}")
        rows.append((name, f"{step.train_rows:,}", shown(metric, step.scores[metric].mean), text))
    return tuple(rows)


def _other(comparison: Comparison | None, label: str, metrics: Sequence[str], messages: Messages) -> list[model.Fact]:
    if comparison is None:
        return []
    return [
        model.Fact(
            messages.text(label, metric=metric_name(name, messages)),
            f"{shown(name, comparison.before[name].mean)} → {shown(name, comparison.after[name].mean)}",
        )
        for name in metrics
        if name in comparison.before and name in comparison.after
    ]
