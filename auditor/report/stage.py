"""The stage of a run that writes the report."""

from __future__ import annotations

from auditor.core.audit import Audit
from auditor.core.run_summary import RunSummary
from auditor.report.formats.html import render_html
from auditor.report.formats.markdown import render_markdown
from auditor.report.messages import other_language
from auditor.report.redraw import page_name
from auditor.report.view import build_view
from auditor.store import RunFolder


def report_stage(
    folder: RunFolder, audit: Audit, summary: RunSummary, lang: str, has_both_languages: bool = False
) -> None:
    """Write ``summary.json``, ``report.html`` and ``report.md``.

    Args:
        folder: folder of the run.
        audit, summary: redacted audit and summary.
        lang: ``en`` or ``zh``.
        has_both_languages: whether to write the page in the other language as well, with links between the two.
    """
    folder.write_json("summary.json", summary.to_json())
    view = build_view(audit, summary, lang)
    other = other_language(lang)
    folder.write_text("report.html", render_html(view, page_name(other) if has_both_languages else ""))
    if has_both_languages:
        folder.write_text(page_name(other), render_html(build_view(audit, summary, other), "report.html"))
    folder.write_text("report.md", render_markdown(view))
