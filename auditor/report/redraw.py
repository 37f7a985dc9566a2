"""Render the report of a finished run again."""

from __future__ import annotations

from pathlib import Path

from auditor.core.audit import Audit
from auditor.core.baseline import Baseline, against, gone
from auditor.report.formats.base import Report
from auditor.report.formats.registry import REPORT_FORMATS
from auditor.report.messages import other_language
from auditor.runs.finished import read_audit, read_summary
from auditor.store import read_manifest


def page_name(lang: str) -> str:
    """File name of the page in a language other than that of the run."""
    return f"report.{lang}.html"


def other_page(folder: Path, audit: Audit, lang: str) -> str:
    """File name of the page in the other language in the run folder; empty if there is none."""
    other = other_language(lang)
    name = "report.html" if audit.config.get("lang") == other else page_name(other)
    return name if (folder / name).is_file() else ""


def redraw(folder: Path, lang: str, name: str, earlier: Path | None = None, is_beside: bool = False) -> str:
    """The report of the run in `folder` as text.

    Args:
        folder: folder of the run.
        lang: ``en`` or ``zh``.
        name: name of a report format.
        earlier: a run whose findings are the baseline.
        is_beside: whether the report is written into the run folder, so that it can link to the other language.

    Raises:
        UsageError: the format is unknown, or the two runs cannot be compared.
        InputError: `folder` is not a finished run of this version.
    """
    report_format = REPORT_FORMATS.get(name, "--format")
    audit, lost = read_audit(folder), None
    if earlier is not None:
        baseline = Baseline(read_audit(earlier), str(earlier))
        audit, lost = against(audit, baseline), gone(audit, baseline)
    other = other_page(folder, audit, lang) if is_beside else ""
    finished = read_manifest(folder).finished
    return report_format.render(Report(audit, read_summary(folder), lang, lost, other, finished))
