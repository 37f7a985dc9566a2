"""The plug point for report formats: `ReportFormat`, and what it renders."""

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
    """What a report is rendered from. Personal data in it is masked already.

    Attributes:
        audit: the audit.
        summary: what the run did beyond it.
        lang: ``en`` or ``zh``.
        gone: findings that the baseline had and the run has not; None: there is no baseline.
        other_page: a file beside the one that is written with the report in the other language; empty: there is none.
        finished: when the run ended (ISO 8601, with its zone); empty: not known.
    """

    audit: Audit
    summary: RunSummary
    lang: str
    gone: pa.Table | None = None
    other_page: str = ""
    finished: str = ""

    @cached_property
    def view(self) -> AuditView:
        """All that a reader sees, in words of `lang`: names, grades, numbers, sentences."""
        return build_view(self.audit, self.summary, self.lang)


class ReportFormat(Protocol):
    """A form in which a run can be reported."""

    @property
    def name(self) -> str:
        """What ``auditor report --format`` calls it."""
        ...

    @property
    def suffix(self) -> str:
        """Ending of the names of its files, with the dot."""
        ...

    @property
    def is_page(self) -> bool:
        """Whether it is a page to open: written into the run folder unless a file is named, never printed."""
        ...

    def render(self, report: Report) -> str:
        """The whole file."""
        ...
