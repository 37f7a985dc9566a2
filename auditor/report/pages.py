"""Addresses of documentation pages that reports link to."""

from __future__ import annotations

from auditor.config.settings import ReportSettings
from auditor.core.audit import Audit
from auditor.rules import code_docs


def code_page(audit: Audit, code: str) -> str:
    """The address of the page about a finding code; empty if there is none, or ``report.docs_url`` is not set."""
    config = audit.config.get("report")
    base = config.get("docs_url", "") if isinstance(config, dict) else ""
    return page_of(str(base), code)


def page_of(base: str, code: str) -> str:
    """Like `code_page`, for a site at `base`."""
    if not base or not ReportSettings.is_base(base) or code not in code_docs():
        return ""
    return f"{base.rstrip('/')}/codes/{code}.html"
