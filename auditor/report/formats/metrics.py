"""All measured metrics as JSON, for DVC, MLflow and dashboards."""

from __future__ import annotations

import json

from auditor.core.audit import Audit
from auditor.core.results import Completed
from auditor.report.formats.base import Report


class MetricsFormat:
    """See `ReportFormat`."""

    name, suffix, is_page = "metrics", ".json", False

    def render(self, report: Report) -> str:
        """One object, see `metrics_json`."""
        return json.dumps(metrics_json(report.audit), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def metrics_json(audit: Audit) -> dict[str, object]:
    """``rows``, ``findings`` by severity, ``grades``, and all measured metrics of the whole corpus.

    Metrics are nested by name: ``duplicates.rate`` is ``rate`` in ``duplicates``. Metrics that were not measured are
    omitted, never 0.
    """
    severities = audit.findings().column("severity").to_pylist()
    tree: dict[str, object] = {
        "rows": {"read": audit.corpus.rows_read, "rejected": audit.corpus.rows_rejected},
        "findings": {level: severities.count(level) for level in ("info", "warn", "fail")},
        "grades": {name: grade.letter for name, grade in audit.grades.items() if grade.letter is not None},
    }
    for result in audit.results.values():
        for metric in result.metrics if isinstance(result, Completed) else ():
            if metric.slice is None and metric.value is not None:
                group, _, name = metric.name.partition(".")
                inner = tree.setdefault(group, {})
                if isinstance(inner, dict):
                    inner[name] = metric.value
    return tree
