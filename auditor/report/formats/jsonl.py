"""Findings as JSON lines: one object per finding, without null values."""

from __future__ import annotations

import json
from collections.abc import Iterator

from auditor.core.audit import Audit
from auditor.report.formats.base import Report

BATCH_ROWS = 10_000


class JsonLinesFormat:
    """See `ReportFormat`."""

    name, suffix, is_page = "jsonl", ".jsonl", False

    def render(self, report: Report) -> str:
        """One object per finding."""
        return "".join(f"{line}\n" for line in render_jsonl(report.audit))


def render_jsonl(audit: Audit) -> Iterator[str]:
    """Lines without line breaks, in the order of the findings table."""
    paths = audit.corpus.paths
    for batch in audit.findings().to_batches(BATCH_ROWS):
        for row in batch.to_pylist():
            present = {name: value for name, value in row.items() if value is not None}
            if row["file"] is not None and row["file"] < len(paths):
                present["file"] = paths[row["file"]]
            yield json.dumps(present, ensure_ascii=False)
