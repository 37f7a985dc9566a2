"""Addresses of the pages of the site that a report leads to."""

from __future__ import annotations

from auditor.config.settings import ReportSettings
from auditor.core.audit import Audit
from auditor.rules import code_docs


def code_page(audit: Audit, code: str) -> str:
    """The address of the page of a finding code; empty where the site has none, or nobody said where the site is."""
    config = audit.config.get("report")
    base = config.get("docs_url", "") if isinstance(config, dict) else ""
    return page_of(str(base), code)


def page_of(base: str, code: str) -> str:
    """The same for a site below `base`."""
    if not base or not ReportSettings.is_base(base) or code not in code_docs():
        return ""
    return f"{base.rstrip('/')}/codes/{code}.html"
