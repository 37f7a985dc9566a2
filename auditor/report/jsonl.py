"""Findings as JSON lines: one object a finding, without the columns that are empty."""

from __future__ import annotations

import json
from collections.abc import Iterator

from auditor.core.audit import Audit

BATCH_ROWS = 10_000


def render_jsonl(audit: Audit) -> Iterator[str]:
    """Lines without their ends, in the order of the findings table."""
    for batch in audit.findings().to_batches(BATCH_ROWS):
        for row in batch.to_pylist():
            present = {name: value for name, value in row.items() if value is not None}
            yield json.dumps(present, ensure_ascii=False)
