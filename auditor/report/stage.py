"""The report of a run, written into its folder."""

from __future__ import annotations

from auditor.core.audit import Audit
from auditor.core.run_summary import RunSummary
from auditor.report.formats.html import render_html
from auditor.report.formats.markdown import render_markdown
from auditor.report.view import build_view
from auditor.store import RunFolder


def report_stage(folder: RunFolder, audit: Audit, summary: RunSummary, lang: str) -> None:
    """Write ``summary.json``, ``report.html`` and ``report.md``.

    Args:
        folder: of the run.
        audit, summary: as they may be shown.
        lang: ``en`` or ``zh``.
    """
    folder.write_json("summary.json", summary.to_json())
    view = build_view(audit, summary, lang)
    folder.write_text("report.html", render_html(view))
    folder.write_text("report.md", render_markdown(view))
