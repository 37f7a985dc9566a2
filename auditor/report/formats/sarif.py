"""Findings as SARIF 2.1.0, the exchange form of code scanners.

A row is a logical location: its place in a file is not kept, and a wrong line would be worse than none.
"""

from __future__ import annotations

import json
from urllib.parse import quote

import pyarrow as pa

from auditor.core.audit import Audit
from auditor.core.findings import SEVERITIES, FindingRow
from auditor.core.results import Failed, Skipped
from auditor.report.excerpts import visible
from auditor.report.formats.base import Report
from auditor.report.messages import Messages
from auditor.rules import code_docs
from auditor.version import __version__

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_PROPERTIES = ("row_id", "column", "start", "end", "score", "confidence", "group", "ref_row", "suggestion")
LEVELS = {"info": "note", "warn": "warning", "fail": "error"}
RESULTS_AT_MOST = 25_000
"""What code scanning services take of one run; the worst findings come first."""


class SarifFormat:
    """See `ReportFormat`."""

    name, suffix, is_page = "sarif", ".sarif", False

    def render(self, report: Report) -> str:
        """One SARIF run."""
        return render_sarif(report.audit, report.lang)


def render_sarif(audit: Audit, lang: str = "en") -> str:
    """One SARIF run, the worst findings first."""
    messages, table = Messages(lang), audit.findings()
    codes = sorted(set(table.column("code").to_pylist()))
    ranks = pa.array([-SEVERITIES.index(severity) for severity in table.column("severity").to_pylist()], pa.int8())
    ordered = table.append_column("rank", ranks).sort_by([("rank", "ascending"), ("code", "ascending")])
    run = {
        "tool": {"driver": {"name": "auditor", "version": __version__, "rules": [_rule(code, lang) for code in codes]}},
        "invocations": [_invocation(audit, messages)],
        "artifacts": [{"location": {"uri": quote(name)}} for name in audit.corpus.files],
        "results": [
            _result(row, codes, audit.corpus.files, lang) for row in ordered.slice(0, RESULTS_AT_MOST).to_pylist()
        ],
        "properties": {"findings": table.num_rows, "rows_read": audit.corpus.rows_read},
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _title(code: str, lang: str) -> str:
    doc = code_docs().get(code)
    return doc.title.get(lang, code) if doc else code


def _rule(code: str, lang: str) -> dict[str, object]:
    rule: dict[str, object] = {"id": code, "shortDescription": {"text": _title(code, lang)}}
    doc = code_docs().get(code)
    if doc:
        rule["name"] = doc.name
        rule["fullDescription"] = {"text": doc.why.get(lang, doc.name)}
        rule["help"] = {"text": doc.fix.get(lang, doc.name)}
        rule["properties"] = {"dimension": doc.dimension}
    return rule


def _result(row: FindingRow, codes: list[str], files: tuple[str, ...], lang: str) -> dict[str, object]:
    location: dict[str, object] = {}
    if len(files) == 1:
        location["physicalLocation"] = {"artifactLocation": {"uri": quote(files[0]), "index": 0}}
    if row["row_id"] is not None:
        name = f"row/{row['row_id']}"
        location["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "row"}]
    text = _title(row["code"], lang)
    if row["value"]:
        text += f": {visible(row['value'])}"
    return {
        "ruleId": row["code"],
        "ruleIndex": codes.index(row["code"]),
        "level": LEVELS[row["severity"]],
        "message": {"text": text},
        "locations": [location] if location else [],
        "properties": {name: value for name, value in row.items() if name in _PROPERTIES and value is not None},
    }


def _invocation(audit: Audit, messages: Messages) -> dict[str, object]:
    """A check that did not run is a notification; a failed one makes the whole run unsuccessful."""
    notifications = []
    for key, result in audit.results.items():
        if isinstance(result, (Skipped, Failed)):
            kind, level = ("skipped", "note") if isinstance(result, Skipped) else ("failed", "error")
            name, reason = messages.either(f"dimension.{key}", key), visible(messages.message(result.reason))
            text = messages.text(f"not_run.{kind}", dimension=name, reason=reason)
            notifications.append({"level": level, "message": {"text": text}})
    return {
        "executionSuccessful": not any(isinstance(result, Failed) for result in audit.results.values()),
        "toolExecutionNotifications": notifications,
    }
