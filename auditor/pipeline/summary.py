"""What the later stages did, as the plain data that a report takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from auditor.config import Settings
from auditor.corpus.corpus import Corpus
from auditor.findings import Audit, Completed
from auditor.prepare.apply import Prepared
from auditor.prepare.mask import ways
from auditor.prepare.plan import Plan
from auditor.report import summary as report
from auditor.rules import load_policy


def run_summary(
    corpus: Corpus,
    settings: Settings,
    plan: Plan | None,
    prepared: Prepared | None,
    benchmark: Mapping[str, Any] | None,
) -> report.RunSummary:
    """The optional parts of the report, each where its stage ran."""
    codes = {rule.name: rule.codes for rule in load_policy()}
    lines = (
        tuple(report.PlanLine(rule, action, rows, codes.get(rule, ())) for rule, action, rows in plan.counts())
        if plan
        else ()
    )
    return report.RunSummary(
        plan=lines,
        prepared=_prepared(corpus, plan, prepared, settings) if plan and prepared else None,
        benchmark=benchmark,
        facts={"as_of": str(settings.staleness.as_of), "seed": str(settings.seed)},
    )


def after_of(audit: Audit | None) -> report.After | None:
    """What a report shows of the audit of the data set that was written."""
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


def _prepared(corpus: Corpus, plan: Plan, prepared: Prepared, settings: Settings) -> report.Prepared:
    counts = prepared.summary
    recipes = counts["added_by_recipe"]
    return report.Prepared(
        kept=counts["rows_kept"],
        removed=counts["rows_removed"],
        rejected=counts["rows_rejected"],
        added=counts["rows_added"],
        changed=counts["rows_changed"],
        masked=counts["rows_masked"],
        augmented=sum(n for recipe, n in recipes.items() if recipe != "oversample"),
        oversampled=recipes.get("oversample", 0),
        classes=_class_counts(corpus, plan, prepared),
        files=tuple(
            report.OutputFile(f"dataset/{part}-00000-of-00001.parquet", rows) for part, rows in counts["parts"].items()
        ),
        masked_places=counts["masked_places"],
        dropped_kinds=(
            *(["*"] if settings.prepare.mask == "drop" else []),
            *(name for name, way in ways(settings.prepare).items() if way == "drop"),
        ),
    )


def _class_counts(corpus: Corpus, plan: Plan, prepared: Prepared) -> tuple[report.ClassCount, ...]:
    if corpus.labels is None or corpus.roles.label is None:
        return ()
    before = Counter(zip(plan.table.column("part").to_pylist(), corpus.labels, strict=True))
    after: Counter[tuple[str, str | None]] = Counter()
    for part, table in prepared.parts.items():
        after.update((part, label) for label in table.column(corpus.roles.label).cast(pa.large_string()).to_pylist())
    keys = sorted(
        (k for k in before.keys() | after.keys() if k[1] is not None), key=lambda k: (k[0], -before[k], str(k[1]))
    )
    return tuple(report.ClassCount(part, str(label), before[part, label], after[part, label]) for part, label in keys)
