"""Escape and unescape cells that a spreadsheet would evaluate as a formula."""

from __future__ import annotations

import re

# a leading apostrophe is escaped too, so that unescaping is exact
_RISKY = re.compile(
    "^(?:'|[\\s\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\x00-\x1f]*[=+\\-@＝＋－＠﹢﹣﹫]|[\t\r\n])"
)


def escape_cell(cell: str) -> str:
    """Prefix `cell` with an apostrophe if a spreadsheet could evaluate it as a formula.

    That is the case if it starts with a tab or line break or, after blanks and invisible characters, with one of
    ``= + - @`` or their full-width or small forms (OWASP, CSV injection).
    """
    return f"'{cell}" if _RISKY.match(cell) else cell


def unescape_cell(cell: str) -> str:
    """The inverse of `escape_cell`."""
    return cell[1:] if cell.startswith("'") else cell
