"""Reuse of the results of an earlier run."""

from __future__ import annotations

from dataclasses import replace

import pyarrow.parquet as pq

from auditor.config.settings import Settings
from auditor.core.audit import Audit
from auditor.core.results import CheckResult, Completed
from auditor.runs.finished import FinishedRun

REUSED = {"labels": ("label_score", "suggested_label"), "privacy": ("pii_count",)}
"""Slow checks whose results are reused, with their columns in ``rows.parquet``."""


def known_results(run: FinishedRun, rows: list[int], settings: Settings) -> dict[str, CheckResult]:
    """Results of the run's slow checks if `settings` would give the same, with their per-row columns."""
    table = pq.read_table(run.folder / "rows.parquet")
    if table.column("row_id").to_pylist() != rows or run.manifest.names_replaced:
        return {}
    known: dict[str, CheckResult] = {}
    for dimension, columns in REUSED.items():
        result = run.audit.results.get(dimension)
        if not isinstance(result, Completed) or (dimension == "privacy" and not _same_search(run.audit, settings)):
            continue
        per_row = {name: table.column(name).combine_chunks() for name in columns if name in table.column_names}
        known[dimension] = replace(result, per_row=per_row)
    return known


def _same_search(audit: Audit, settings: Settings) -> bool:
    """Whether the privacy check searched as many rows for names as `settings` require."""
    privacy = audit.results["privacy"]
    assert isinstance(privacy, Completed)
    coverage = privacy.coverage
    return coverage is not None and (settings.pii.ner != "full" or coverage.tagged_rows == coverage.rows)
