"""Findings as SARIF 2.1.0, the exchange format of code scanners.

A row has a physical location in its file (with a line, if the file is a text file that was read completely) and a
logical location with its row id. Services track findings across runs by `partialFingerprints`: their code and the hash
of the row (`auditor.checks.contents`), which do not depend on its position. No texts of the data are included.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import quote

import pyarrow as pa

from auditor.core.audit import Audit
from auditor.core.baseline import IDENTITY, worst_first
from auditor.core.findings import FindingRow, no_findings
from auditor.core.results import Failed, Skipped
from auditor.report.excerpts import visible
from auditor.report.formats.base import Report
from auditor.report.messages import Messages
from auditor.report.pages import code_page
from auditor.rules import code_docs
from auditor.version import __version__

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_PROPERTIES = ("row_id", "column", "start", "end", "score", "confidence", "group", "ref_row", "suggestion")
LEVELS = {"info": "note", "warn": "warning", "fail": "error"}
MAX_RESULTS = 25_000
"""Maximum number of results that code scanning services accept per run; the worst findings come first."""


class SarifFormat:
    """See `ReportFormat`."""

    name, suffix, is_page = "sarif", ".sarif", False

    def render(self, report: Report) -> str:
        """One SARIF run."""
        return render_sarif(report.audit, report.lang, report.gone)


def render_sarif(audit: Audit, lang: str = "en", gone: pa.Table | None = None) -> str:
    """One SARIF run, worst findings first.

    Args:
        audit: the audit.
        lang: ``en`` or ``zh``.
        gone: findings of the baseline that the run does not have.
    """
    messages, table = Messages(lang), audit.findings()
    lost = (gone if gone is not None else no_findings()).slice(0, MAX_RESULTS // 5)
    codes = sorted({*table.column("code").to_pylist(), *lost.column("code").to_pylist()})
    results = _Results(audit, codes, lang)
    kept = worst_first(table).slice(0, MAX_RESULTS - len(lost))
    run = {
        "tool": {
            "driver": {
                "name": "auditor",
                "version": __version__,
                "rules": [_rule(code, audit, lang) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(audit, messages)],
        "artifacts": [{"location": {"uri": quote(name)}} for name in _paths(audit)],
        "results": [
            *(results.of(row) for row in kept.to_pylist()),
            *(results.of(row, is_gone=True) for row in worst_first(lost).to_pylist()),
        ],
        "properties": {"findings": table.num_rows, "rows_read": audit.corpus.rows_read},
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _paths(audit: Audit) -> tuple[str, ...]:
    """Paths of the files relative to the repository; for runs of earlier versions, their names."""
    return audit.corpus.paths or audit.corpus.files


def _title(code: str, lang: str) -> str:
    doc = code_docs().get(code)
    return doc.title.get(lang, code) if doc else code


def _rule(code: str, audit: Audit, lang: str) -> dict[str, object]:
    rule: dict[str, object] = {"id": code, "shortDescription": {"text": _title(code, lang)}}
    doc = code_docs().get(code)
    if doc:
        rule["name"] = doc.name
        rule["fullDescription"] = {"text": doc.why.get(lang, doc.name)}
        rule["help"] = {"text": doc.fix.get(lang, doc.name)}
        rule["properties"] = {"dimension": doc.dimension}
    page = code_page(audit, code)
    if "://" in page:  # the schema requires an absolute URI
        rule["helpUri"] = page
    return rule


@dataclass
class _Results:
    """Makes results; equal findings are numbered to give each a distinct fingerprint."""

    audit: Audit
    codes: list[str]
    lang: str
    _seen: Counter[str] = field(default_factory=Counter)

    def of(self, row: FindingRow, is_gone: bool = False) -> dict[str, object]:
        """A finding as a result."""
        text = _title(row["code"], self.lang)
        if row["value"]:
            text += f": {visible(row['value'])}"
        location = {} if is_gone else self._location(row)
        result: dict[str, object] = {
            "ruleId": row["code"],
            "ruleIndex": self.codes.index(row["code"]),
            "level": LEVELS[row["severity"]],
            "message": {"text": text},
            "locations": [location] if location else [],
            "properties": {name: value for name, value in row.items() if name in _PROPERTIES and value is not None},
        }
        if is_gone or row["is_new"] is not None:
            result["baselineState"] = "absent" if is_gone else "new" if row["is_new"] else "unchanged"
        if row["row_id"] is None or row["content"] is not None:
            result["partialFingerprints"] = self._fingerprints(row, is_gone)
        return result

    def _location(self, row: FindingRow) -> dict[str, object]:
        location: dict[str, object] = {}
        paths = _paths(self.audit)
        file = row["file"] if row["file"] is not None else 0 if len(paths) == 1 else None
        if file is not None and file < len(paths):
            physical: dict[str, object] = {"artifactLocation": {"uri": quote(paths[file]), "index": file}}
            if row["line"] is not None:
                physical["region"] = {"startLine": row["line"]}
            location["physicalLocation"] = physical
        if row["row_id"] is not None:
            name = f"row/{row['row_id']}"
            location["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "row"}]
        return location

    def _fingerprints(self, row: FindingRow, is_gone: bool) -> dict[str, str]:
        """``HASH:NUMBER``, under the key that code hosts use and under the key of this tool."""
        values = {name: value for name, value in row.items() if name in IDENTITY}
        digest = hashlib.sha256(json.dumps([values[name] for name in IDENTITY]).encode()).hexdigest()[:16]
        self._seen[digest] += 1
        number = f"{digest}:{self._seen[digest]}"
        fingerprints = {"auditorFinding/v1": number}
        return fingerprints if is_gone else {"primaryLocationLineHash": number, **fingerprints}


def _invocation(audit: Audit, messages: Messages) -> dict[str, object]:
    """Checks that did not run are notifications; a failed check makes the whole run unsuccessful."""
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
