"""HTML representation of an audit for notebooks: letters, numbers and the most frequent findings."""

from __future__ import annotations

from collections import Counter
from html import escape

from auditor.report.view import AuditView
from auditor.report.view.model import Tile
from auditor.rules import code_docs

_CODES = 8
_COLOURS = {"A": "#1a7f37", "B": "#4d8c2f", "C": "#9a6700", "D": "#bc4c00", "F": "#cf222e"}
_TABLE = "border-collapse:collapse;font:13px/1.5 system-ui,sans-serif"
_CELL = "padding:2px 12px 2px 0;text-align:left;vertical-align:top"


def notebook_html(view: AuditView, codes: list[str], lang: str) -> str:
    """An HTML fragment without scripts, style sheets or texts of the data; all values are escaped.

    Args:
        view: the view of the audit.
        codes: codes of all findings.
        lang: ``en`` or ``zh``, for the titles of codes.
    """
    docs = code_docs()
    frequent = Counter(codes).most_common(_CODES)
    titles = {code: docs[code].title[lang] if code in docs else code for code, _ in frequent}
    tiles = "".join(map(_tile, (*view.tiles, *view.more_tiles)))
    frequent_rows = "".join(
        f'<tr><td style="{_CELL}"><code>{escape(code)}</code></td><td style="{_CELL};text-align:right">{rows:,}</td>'
        f'<td style="{_CELL}">{escape(titles[code])}</td></tr>'
        for code, rows in frequent
    )
    return (
        f'<div><p style="font:14px/1.5 system-ui,sans-serif">{_letter(view.grade.letter)} {escape(view.verdict)}</p>'
        f'<table style="{_TABLE}"><tbody>{tiles}</tbody></table>'
        f'<table style="{_TABLE};margin-top:8px"><tbody>{frequent_rows}</tbody></table></div>'
    )


def _tile(tile: Tile) -> str:
    number = f'<td style="{_CELL};text-align:right">{escape(tile.number)}</td>'
    words = f'{number}<td style="{_CELL}">{escape(tile.words)}</td>'
    letter = f'<td style="{_CELL}">{_letter(tile.grade.letter)}</td>'
    return f'<tr>{letter}<td style="{_CELL}">{escape(tile.name)}</td>{words}</tr>'


def _letter(letter: str) -> str:
    colour = _COLOURS.get(letter, "#57606a")
    return f'<b style="color:{colour}">{escape(letter)}</b>'
