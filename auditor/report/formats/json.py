"""The audit as JSON, like ``audit.json`` in the run folder."""

from __future__ import annotations

import json

from auditor.report.formats.base import Report


class JsonFormat:
    """See `ReportFormat`."""

    name, suffix, is_page = "json", ".json", False

    def render(self, report: Report) -> str:
        """One object, without the findings."""
        return json.dumps(report.audit.to_json(), ensure_ascii=False, indent=1) + "\n"
