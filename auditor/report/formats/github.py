"""The audit as GitHub workflow commands: one annotation per finding code, and one per check that did not run.

GitHub shows the first ten annotations of a level, so there is one per code, at the file and line of its first row;
SARIF has every row.
"""

from __future__ import annotations

from auditor.report.formats.base import Report
from auditor.report.view import AuditView
from auditor.report.view.model import Code

LEVELS = {"info": "notice", "warn": "warning", "fail": "error"}


class GithubFormat:
    """See `ReportFormat`."""

    name, suffix, is_page = "github", ".txt", False

    def render(self, report: Report) -> str:
        """Workflow commands, one per line."""
        return render_github(report.view)


def render_github(view: AuditView) -> str:
    """Lines for standard output."""
    lines = []
    for dimension in view.dimensions:
        if dimension.reason:
            level = "error" if dimension.grade.status == "failed" else "notice"
            lines.append(_command(level, f"{dimension.name}: {dimension.grade.word}", dimension.reason))
        lines += [_annotation(code) for code in dimension.codes]
    return "".join(f"{line}\n" for line in lines)


def _annotation(code: Code) -> str:
    message = ". ".join(part.rstrip(".。") for part in (code.rows, code.fix) if part)
    return _command(LEVELS[code.status], f"{code.code} {code.title}", message, code.file, code.line)


def _command(level: str, title: str, message: str, file: str = "", line: int = 0) -> str:
    location = f"file={_property(file)}," if file else ""
    location += f"line={line}," if file and line else ""
    return f"::{level} {location}title={_property(title)}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
