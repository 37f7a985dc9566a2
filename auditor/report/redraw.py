"""A report from a finished run folder."""

from __future__ import annotations

from pathlib import Path

from auditor.report.formats.base import Report
from auditor.report.formats.registry import REPORT_FORMATS
from auditor.runs.finished import read_audit, read_summary


def redraw(folder: Path, lang: str, name: str) -> str:
    """The report of the run in `folder` as text.

    Args:
        folder: the run.
        lang: ``en`` or ``zh``.
        name: of a report format.

    Raises:
        UsageError: there is no such format.
        InputError: not a finished run of this version.
    """
    chosen = REPORT_FORMATS.get(name, "--format")
    return chosen.render(Report(read_audit(folder), read_summary(folder), lang))
