"""The registry of report formats."""

from __future__ import annotations

from auditor.registry import Registry
from auditor.report.formats.base import ReportFormat
from auditor.report.formats.github import GithubFormat
from auditor.report.formats.html import HtmlFormat
from auditor.report.formats.json import JsonFormat
from auditor.report.formats.jsonl import JsonLinesFormat
from auditor.report.formats.junit import JunitFormat
from auditor.report.formats.markdown import MarkdownFormat
from auditor.report.formats.metrics import MetricsFormat
from auditor.report.formats.openlineage import OpenLineageFormat
from auditor.report.formats.sarif import SarifFormat

_BUILT_IN: tuple[ReportFormat, ...] = (
    HtmlFormat(),
    MarkdownFormat(),
    JsonFormat(),
    JsonLinesFormat(),
    SarifFormat(),
    JunitFormat(),
    GithubFormat(),
    MetricsFormat(),
    OpenLineageFormat(),
)
REPORT_FORMATS: Registry[ReportFormat] = Registry("report format", lambda report: (report.name,), _BUILT_IN)
"""All report formats, by name."""
