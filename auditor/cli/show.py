"""What the terminal shows: progress on stderr, summaries on stdout."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from auditor.findings import Audit, Failed, Skipped
from auditor.pipeline import Outcome
from auditor.pipeline.scan import Progress
from auditor.prepare.plan import Plan
from auditor.report.offers import after_line, offer_lines
from auditor.store import seen_from_here

_CLASSES = 8
_ACTIONS = 3
_MARKS = {"pass": "pass", "warn": "WARN", "fail": "FAIL", "info": ""}


def _nothing(stage: str, done: int, total: int) -> None:
    return


@contextmanager
def progress_on_stderr(quiet: bool) -> Iterator[Progress]:
    """A progress function: bars on a terminal, one line a stage elsewhere, nothing when quiet."""
    if quiet:
        yield _nothing
    elif sys.stderr.isatty():
        with _bars() as progress:
            yield progress
    else:
        seen: set[str] = set()

        def line(stage: str, done: int, total: int) -> None:
            if stage not in seen:
                seen.add(stage)
                click.echo(f"auditor: {stage} ...", err=True)

        yield line


@contextmanager
def _bars() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield show


def roles_line(audit: Audit) -> str:
    """Which columns were taken and why, and how to change that."""
    profile = audit.corpus
    roles = ", ".join(
        f"{role} = {column} ({profile.role_reasons.get(role, '')})" for role, column in profile.roles.items()
    )
    return f"columns: {roles}\n         change with --text, --label, --date, --id, --split, --source COLUMN"


def summary(outcome: Outcome) -> str:
    """The run on one screen: what was read, a line a dimension, the plan, the benchmark, where the report is."""
    audit = outcome.audit
    profile = audit.corpus
    lines = [
        f"{profile.name}: {profile.rows_read:,} rows read, {profile.rows_rejected:,} rejected,"
        f" language {profile.language}",
        roles_line(audit),
        "",
    ]
    overall = audit.grades["overall"]
    lines.append(f"grade    {overall.letter or '-'}   ({overall.because})")
    lines += [_dimension(audit, name) for name in audit.results]
    if outcome.plan is not None:
        lines += ["", "plan", *_plan(outcome.plan, audit)]
    if outcome.prepared is not None:
        lines += ["", _accounts(outcome.prepared.summary)]
    lines += _after(outcome)
    if outcome.benchmark is not None:
        lines += ["", f"benchmark: {outcome.benchmark['verdict']}"]
    for stage, reason in outcome.skipped:
        lines += ["", f"{stage} skipped: {reason}"]
    for stage, error in outcome.errors:
        lines += [
            "",
            f"{stage} could not be completed: {error.what}",
            f"  where: {error.where}",
            f"  do:    {error.fix}",
        ]
    if outcome.effects:
        run = str(seen_from_here(outcome.path))
        lines += ["", "do first", *offer_lines(outcome.effects[:_ACTIONS], run, str(audit.config["lang"]))]
    lines += ["", f"report: {_short(outcome.path / 'report.html')}"]
    return "\n".join(lines)


def _after(outcome: Outcome) -> list[str]:
    """The letters of the input and of the data set, written or only planned."""
    if outcome.after is None:
        return []
    before, after = (
        {name: grade.letter for name, grade in audit.grades.items()} for audit in (outcome.audit, outcome.after)
    )
    return ["", after_line(before, after, str(outcome.audit.config["lang"]))]


def _dimension(audit: Audit, name: str) -> str:
    result, grade = audit.results[name], audit.grades[name]
    if isinstance(result, Skipped):
        return f"  {name:<11}-   skipped: {result.reason}"
    if isinstance(result, Failed):
        return f"  {name:<11}!   FAILED: {result.reason}"
    judged = [m for m in result.metrics if m.threshold is not None and m.slice is None and m.value is not None]
    text = ", ".join(
        f"{m.name.partition('.')[2]} {m.value:.3g}{' ' + _MARKS[m.status] if m.status != 'pass' else ''}"
        for m in judged
    )
    return f"  {name:<11}{grade.letter or '-'}   {text}"


def _plan(plan: Plan, audit: Audit) -> list[str]:
    """Rows a rule, and the classes of the train part before and after."""
    rows = audit.corpus.rows_read - audit.corpus.rows_rejected
    lines = [f"  {action:<12}{count:>9,}  {count / rows:>6.1%}  {rule}" for rule, action, count in plan.counts()]
    changed = [item for item in plan.classes if item[1] != item[2]]
    changed.sort(key=lambda item: item[2] - item[1])
    if changed:
        lines.append(f"  train rows a class ({len(changed):,} of {len(plan.classes):,} classes change)")
        lines += [f"    {old:>9,} -> {new:<9,} {name[:60]}" for name, old, new in changed[:_CLASSES]]
    if len(changed) > _CLASSES:
        lines.append(f"    and {len(changed) - _CLASSES:,} more classes")
    return lines


def _accounts(s: Any) -> str:
    return (
        f"rows in {s['rows_in']:,} = kept {s['rows_kept']:,} + removed {s['rows_removed']:,}"
        f" + rejected {s['rows_rejected']:,}\n"
        f"rows out {s['rows_out']:,} = kept {s['rows_kept']:,} + added {s['rows_added']:,}"
        f" (changed {s['rows_changed']:,}, masked {s['rows_masked']:,}, to review {s['rows_to_review']:,})"
    )


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
