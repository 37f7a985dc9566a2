"""The interface of report formats, and their input."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import pyarrow as pa

from auditor.core.audit import Audit
from auditor.core.run_summary import RunSummary
from auditor.report.view import AuditView, build_view


@dataclass(frozen=True)
class Report:
    """The contents of a report, with personal data already masked.

    Attributes:
        audit: the audit.
        summary: summary of the stages after the audit.
        lang: ``en`` or ``zh``.
        gone: findings of the baseline that the run does not have; None: there is no baseline.
        other_page: name of a file in the same folder with the report in the other language; empty: there is none.
        finished: time at which the run ended (ISO 8601 with time zone); empty: unknown.
    """

    audit: Audit
    summary: RunSummary
    lang: str
    gone: pa.Table | None = None
    other_page: str = ""
    finished: str = ""

    @cached_property
    def view(self) -> AuditView:
        """The report as display-ready data in language `lang`."""
        return build_view(self.audit, self.summary, self.lang)


class ReportFormat(Protocol):
    """A format of reports."""

    @property
    def name(self) -> str:
        """Its name for ``auditor report --format``."""
        ...

    @property
    def suffix(self) -> str:
        """File name suffix, with the dot."""
        ...

    @property
    def is_page(self) -> bool:
        """Whether it is a page to open: written into the run folder unless a file is given, never printed."""
        ...

    def render(self, report: Report) -> str:
        """The content of the file."""
        ...
