"""A report from a finished run folder."""

from __future__ import annotations

from pathlib import Path

from auditor.core.baseline import Baseline, against, gone
from auditor.report.formats.base import Report
from auditor.report.formats.registry import REPORT_FORMATS
from auditor.runs.finished import read_audit, read_summary


def redraw(folder: Path, lang: str, name: str, earlier: Path | None = None) -> str:
    """The report of the run in `folder` as text.

    Args:
        folder: the run.
        lang: ``en`` or ``zh``.
        name: of a report format.
        earlier: a run whose findings are known already.

    Raises:
        UsageError: there is no such format, or the two runs cannot be compared.
        InputError: not a finished run of this version.
    """
    chosen = REPORT_FORMATS.get(name, "--format")
    audit, lost = read_audit(folder), None
    if earlier is not None:
        baseline = Baseline(read_audit(earlier), str(earlier))
        audit, lost = against(audit, baseline), gone(audit, baseline)
    return chosen.render(Report(audit, read_summary(folder), lang, lost))
