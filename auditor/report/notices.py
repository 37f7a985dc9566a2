"""Notices about repairs and decisions made while reading the input, as sentences."""

from __future__ import annotations

from auditor.core.audit import CorpusProfile, ReadNotice
from auditor.report.excerpts import visible
from auditor.report.messages import Messages


def notice_lines(corpus: CorpusProfile, messages: Messages) -> tuple[str, ...]:
    """One sentence per notice, in the reader's language."""
    return tuple(_sentence(notice, messages) for notice in corpus.notices)


def _sentence(notice: ReadNotice, messages: Messages) -> str:
    template = messages.either(f"notice.{notice.kind}", f"{notice.kind}: {{count}} {{detail}}")
    detail = messages.either(f"notice.detail.{notice.detail}", visible(notice.detail))
    return template.format(count=f"{notice.count:,}", detail=detail)
