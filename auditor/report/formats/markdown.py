"""A short report in Markdown for pull requests."""

from __future__ import annotations

import re

from auditor.report.formats.base import Report
from auditor.report.messages import Messages
from auditor.report.view import AuditView
from auditor.report.view.model import Tile

_SIGNS = {"pass": "✅", "warn": "⚠️", "fail": "❌", "failed": "❗", "skipped": "⏭️", "info": "ℹ️"}
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#+|~@])")
"""Includes ``@``, so that a name in the data does not notify a user."""


class MarkdownFormat:
    """See `ReportFormat`."""

    name, suffix, is_page = "md", ".md", False

    def render(self, report: Report) -> str:
        """A short report for a pull request."""
        return render_markdown(report.view)


def render_markdown(view: AuditView) -> str:
    """Verdict, one line per dimension, offered actions, and results of later stages."""
    t = Messages(view.lang).text
    lines = [
        f"## {plain(view.name)}: **{view.grade.letter}**",
        "",
        plain(view.verdict),
        *([plain(view.because)] if view.because else []),
        *([f"**{plain(t('incomplete'))}**"] if view.is_incomplete else []),
        *([f"**{plain(t('interrupted'))}** {_code(view.resume)}"] if view.resume else []),
        "",
        plain(" · ".join(f"{fact.name} {fact.value}" for fact in view.facts)),
        "",
        f"| {t('method.dimension')} | {t('markdown.grade')} | {t('markdown.status')} | {t('markdown.number')} |",
        "| --- | :-: | --- | --- |",
        *map(_row, (*view.tiles, *view.more_tiles)),
    ]
    if view.actions:
        lines += ["", f"### {t('actions.title')}", ""]
        for number, action in enumerate(view.actions, 1):
            lines.append(f"{number}. **{plain(action.title)}** ({plain(action.rows)}; {plain(action.effect)})")
            lines.append(f"   {_code(action.command)}")
    if view.laws:
        lines += _laws(view)
    if view.outcomes:
        lines += ["", *(f"- {plain(sentence)}" for _, sentence in view.outcomes)]
    return "\n".join([*lines, "", t("markdown.more", file="`report.html`"), ""])


def _laws(view: AuditView) -> list[str]:
    """Number of clauses by outcome, one line per law."""
    t = Messages(view.lang).text
    counts = [t("list.comma").join(f"{fact.name} {fact.value}" for fact in law.counts) for law in view.laws]
    lines = [f"- {plain(law.name)}: {plain(line)}" for law, line in zip(view.laws, counts, strict=True)]
    return ["", f"{plain(t('law.lead'))}", *lines]


def _row(tile: Tile) -> str:
    sign = _SIGNS[tile.grade.status]
    number = plain(f"{tile.number} {tile.words}".strip())
    return f"| {plain(tile.name)} | **{tile.grade.letter}** | {sign} {tile.grade.word} | {number} |"


def plain(text: str) -> str:
    """`text` on one line, escaped for Markdown."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split())).replace("://", r":\/\/")


def _code(text: str) -> str:
    """A code span whose fence is longer than any run of backticks in the text."""
    fence = "`" * (max(map(len, re.findall(r"`+", text)), default=0) + 1)
    return f"{fence} {text} {fence}" if "`" in text else f"`{text}`"
