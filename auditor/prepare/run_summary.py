"""Summarize the stages after the scan for the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from auditor.config.settings import Settings
from auditor.core import run_summary as report
from auditor.core.audit import Audit
from auditor.core.benchmark_result import BenchmarkResult
from auditor.core.policy import load_policy
from auditor.core.results import Completed
from auditor.corpus.corpus import Corpus
from auditor.prepare.apply import Prepared
from auditor.prepare.plan import Plan


def run_summary(
    corpus: Corpus,
    settings: Settings,
    plan: Plan | None,
    prepared: Prepared | None,
    benchmark: BenchmarkResult | None,
    after: Audit | None = None,
    effects: tuple[report.Effect, ...] = (),
) -> report.RunSummary:
    """The optional parts of the report; those of stages that did not run are None or empty.

    Args:
        corpus, settings, plan, prepared, benchmark: input, settings and results of the run.
        after: audit of the data set that was written.
        effects: effects of the offered remedies.
    """
    codes = {rule.name: rule.codes for rule in load_policy().rules}
    lines = (
        tuple(report.PlanLine(rule, action, rows, codes.get(rule, ())) for rule, action, rows in plan.counts())
        if plan
        else ()
    )
    return report.RunSummary(
        plan=lines,
        prepared=_prepared(corpus, plan, prepared) if plan and prepared else None,
        benchmark=benchmark,
        facts={"as_of": str(settings.staleness.as_of), "seed": str(settings.seed)},
        effects=effects,
        after=_after(after),
    )


def _after(audit: Audit | None) -> report.After | None:
    """Grades and overall metrics of the data set that was written."""
    if audit is None:
        return None
    metrics = [
        metric
        for result in audit.results.values()
        if isinstance(result, Completed)
        for metric in result.metrics
        if metric.slice is None and metric.threshold is not None
    ]
    return report.After({name: grade.letter for name, grade in audit.grades.items()}, tuple(metrics))


def fates_of(corpus: Corpus, findings: pa.Table, plan: Plan, shown: Collection[int]) -> report.Fates:
    """What `plan` does to rows with findings.

    Args:
        corpus: the rows.
        findings: the findings table.
        plan: the plan that is carried out.
        shown: ``row_id`` of the rows that the report shows.
    """
    action = dict(zip(plan.table.column("row_id").to_pylist(), plan.table.column("action").to_pylist(), strict=True))
    masked: dict[int, set[tuple[str, str]]] = {}
    for column, rows in plan.cleaned.inserted.items():
        for row, places in rows.items():
            masked.setdefault(int(corpus.row_id[row]), set()).update((column, entity) for _, _, entity in places)
    entities: dict[str, Counter[str]] = {}
    for row_id, entity, columns in _rows_by_entity(findings):
        unmasked = {(column, entity) for column in columns} - masked.get(row_id, set())
        fate = "dropped" if action.get(row_id) == "drop" else "left" if unmasked else "masked"
        entities.setdefault(entity, Counter())[fate] += 1
    steps = {
        str(int(corpus.row_id[row])): tuple(dict.fromkeys(change.step for change in changes))
        for row, changes in plan.cleaned.changes.items()
        if int(corpus.row_id[row]) in shown
    }
    return report.Fates(
        {name: dict(counts) for name, counts in sorted(entities.items())},
        {str(row_id): action[row_id] for row_id in sorted(shown) if row_id in action},
        {
            str(row_id): tuple(sorted({entity for _, entity in masked[row_id]}))
            for row_id in sorted(shown)
            if row_id in masked
        },
        steps,
    )


def _rows_by_entity(findings: pa.Table) -> Iterator[tuple[int, str, list[str]]]:
    """Row, entity type and columns of the personal-data findings that have a span."""
    with_span = findings.filter(
        pc.and_(pc.starts_with(findings.column("code"), "PII"), pc.is_valid(findings.column("start")))
    )
    grouped = with_span.group_by(["row_id", "entity"]).aggregate([("column", "distinct")])
    names = ("row_id", "entity", "column_distinct")
    yield from zip(*(grouped.column(name).to_pylist() for name in names), strict=True)


def _prepared(corpus: Corpus, plan: Plan, prepared: Prepared) -> report.Prepared:
    files = (
        report.OutputFile(f"dataset/{part}-00000-of-00001.parquet", rows)
        for part, rows in prepared.accounts.parts.items()
    )
    return report.Prepared(prepared.accounts, _class_counts(corpus, plan, prepared), tuple(files))


def _class_counts(corpus: Corpus, plan: Plan, prepared: Prepared) -> tuple[report.ClassCount, ...]:
    if corpus.labels is None or corpus.roles.label is None:
        return ()
    labels_before = [None if label is None else prepared.labels.get(label, label) for label in corpus.labels]
    before = Counter(zip(plan.table.column("part").to_pylist(), labels_before, strict=True))
    after: Counter[tuple[str, str | None]] = Counter()
    for part in prepared.parts:
        labels = corpus.classes_in(prepared.column(part, corpus.roles.label))
        after.update((part, label) for label in labels)
    keys = sorted(
        (key for key in before.keys() | after.keys() if key[1] is not None),
        key=lambda key: (key[0], -before[key], str(key[1])),
    )
    return tuple(report.ClassCount(part, str(label), before[part, label], after[part, label]) for part, label in keys)
