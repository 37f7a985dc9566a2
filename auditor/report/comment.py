"""Comparison of two runs as a pull request comment: rows, their findings, letters, and the effect on a model."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pyarrow as pa

from auditor.core.audit import Audit
from auditor.core.baseline import Baseline, against, gone
from auditor.core.benchmark_result import BenchmarkResult
from auditor.report.diff import DiffView, build_diff
from auditor.report.excerpts import visible
from auditor.report.formats.markdown import plain
from auditor.report.messages import Messages
from auditor.report.row_changes import RowChanges, row_changes
from auditor.report.view.benchmark import verdict
from auditor.report.view.context import NO_LETTER, Context
from auditor.report.view.scores import change, change_interval, metric_name, shown
from auditor.stats import difference

MARK = "<!-- auditor: data -->"
"""The first line, which identifies the comment of an earlier push."""
_CODES = 8
_KINDS = ("added", "changed", "unchanged")


@dataclass(frozen=True)
class ComparedRun:
    """A run to compare.

    Attributes:
        name: its folder.
        audit: its audit.
        rows: ``rows.parquet``.
        benchmark: the result of its benchmark; None: it has none.
    """

    name: str
    audit: Audit
    rows: pa.Table
    benchmark: BenchmarkResult | None = None


def render_comment(
    before: ComparedRun, after: ComparedRun, lang: str = "en", benchmark: BenchmarkResult | None = None
) -> str:
    """The comment as Markdown.

    Args:
        before, after: the two runs.
        lang: ``en`` or ``zh``.
        benchmark: result of `auditor benchmark` for both data sets: the same model, tested on the same rows.

    Raises:
        UsageError: the rows of the two runs cannot be compared.
    """
    messages = Messages(lang)
    baseline = Baseline(before.audit, before.name)
    marked = Context(against(after.audit, baseline), messages)
    changes = row_changes(before.rows, after.rows)
    view = build_diff(before.audit, after.audit, lang)
    lines = [
        MARK,
        f"### {plain(view.after)}: {view.grade_before} → {view.grade_after}",
        "",
        *_rows(marked, gone(after.audit, baseline), changes),
        "",
        *_letters(Context(before.audit, messages), marked),
        *_moved(view, messages),
        *_effect(before, after, benchmark, messages),
    ]
    return "\n".join([*lines, ""])


def _rows(after: Context, lost: pa.Table, changes: RowChanges) -> list[str]:
    """One line per kind of row change, with its new and gone findings."""
    text = after.messages.text
    findings = after.findings
    columns = (findings.column(name).to_pylist() for name in ("row_id", "code", "is_new"))
    new: dict[str, Counter[str]] = {kind: Counter() for kind in (*_KINDS, "corpus")}
    for row_id, code, is_new in zip(*columns, strict=True):
        if is_new:
            new["corpus" if row_id is None else changes.kind_of(row_id)][code] += 1
    gone_with: dict[str, Counter[str]] = {"removed": Counter(), "others": Counter()}
    for row_id, code in zip(lost.column("row_id").to_pylist(), lost.column("code").to_pylist(), strict=True):
        gone_with["removed" if row_id in changes.removed else "others"][code] += 1
    counts = {"added": len(changes.added), "changed": len(changes.changed), "unchanged": changes.unchanged}
    lines = [
        f"| {text('comment.rows')} | | {text('comment.new')} | {text('comment.gone')} |",
        "| --- | --: | --- | --- |",
    ]
    rows = [(kind, counts[kind], new[kind], Counter[str]()) for kind in ("added", "changed")]
    rows.append(("removed", len(changes.removed), Counter(), gone_with["removed"]))
    rows.append(("unchanged", counts["unchanged"], new["unchanged"], gone_with["others"]))
    for kind, count, new_codes, gone_codes in rows:
        lines.append(
            f"| {text(f'comment.{kind}')} | {count:,} | {_codes(new_codes, after)} | {_codes(gone_codes, after)} |"
        )
    if new["corpus"]:
        lines.append(f"| {text('comment.corpus')} | | {_codes(new['corpus'], after)} | |")
    return lines


def _codes(counts: Counter[str], context: Context) -> str:
    """``DUP001 Exact duplicate × 3``, most frequent first."""
    items = [f"{code} {plain(context.title(code))} × {n:,}" for code, n in counts.most_common(_CODES)]
    more = sum(counts.values()) - sum(n for _, n in counts.most_common(_CODES))
    if more:
        items.append(context.messages.text("comment.more", count=f"{more:,}"))
    return "<br>".join(items)


def _letters(before: Context, after: Context) -> list[str]:
    """Letters of the dimensions that were graded in either run."""
    text = after.messages.text
    lines = [f"| {text('method.dimension')} | {text('benchmark.before')} | {text('benchmark.after')} |",
             "| --- | :-: | :-: |"]  # fmt: skip
    for key in after.audit.results:
        old, new = (context.audit.grades.get(key) for context in (before, after))
        letters = [(grade.letter if grade is not None else None) or NO_LETTER for grade in (old, new)]
        if letters != [NO_LETTER, NO_LETTER]:
            mark = "**" if letters[0] != letters[1] else ""
            lines.append(f"| {plain(after.dimension_name(key))} | {letters[0]} | {mark}{letters[1]}{mark} |")
    return lines


def _moved(view: DiffView, messages: Messages) -> list[str]:
    """Metrics that changed by more than chance; finding codes are in the table of rows."""
    lines = []
    for kind in ("worse", "better"):
        for line in view.lines[kind]:
            change_text = f"{plain(line.label)} (`{visible(line.name)}`): {plain(line.before)} → {plain(line.after)}"
            lines.append(f"- {messages.text(f'diff.{kind}')}: {change_text}")
    return ["", *lines] if lines else []


def _effect(
    before: ComparedRun, after: ComparedRun, benchmark: BenchmarkResult | None, messages: Messages
) -> list[str]:
    """The effect of the change on a model: by a benchmark of both data sets, else by the benchmarks of the two runs."""
    if benchmark is not None:
        lines = ["", plain(verdict(benchmark, messages)), ""]
        for name, result in benchmark.difference.items():
            sides = f"{shown(name, benchmark.before[name].mean)} → {shown(name, benchmark.after[name].mean)}"
            change_text = f"{change(name, result.value, messages)} ({change_interval(name, result, messages)})"
            lines.append(f"- {plain(metric_name(name, messages))}: {sides}, {plain(change_text)}")
        return [*lines, "", plain(messages.text("benchmark.lead"))]
    old, new = before.benchmark, after.benchmark
    if old is None or new is None or "accuracy" not in old.before or "accuracy" not in new.before:
        return []
    if (old.task, old.model, dict(old.budget)) != (new.task, new.model, dict(new.budget)):
        return ["", plain(messages.text("comment.other_models"))]
    shares = [result.before["accuracy"].mean for result in (old, new)]
    rows = [result.rows.used.test for result in (old, new)]
    if not all(rows):
        return []
    value, low, high = difference((shares[0] * rows[0], rows[0]), (shares[1] * rows[1], rows[1]))
    points = messages.text("points", n=f"{value * 100:+.1f}")
    interval = messages.text("interval", low=f"{low * 100:+.1f}", high=f"{high * 100:+.1f}")
    sides = f"{shown('accuracy', shares[0])} → {shown('accuracy', shares[1])}"
    return ["", plain(messages.text("comment.effect", model=visible(new.model), sides=sides, change=points,
                                    interval=interval))]  # fmt: skip
