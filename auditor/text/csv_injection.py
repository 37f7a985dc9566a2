"""Cells that a spreadsheet would run as a formula, made harmless and made back."""

from __future__ import annotations

import re

# an apostrophe is quoted too, so that the way back is exact
_RISKY = re.compile(
    "^(?:'|[\\s\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\x00-\x1f]*[=+\\-@＝＋－＠﹢﹣﹫]|[\t\r\n])"
)


def neutral(cell: str) -> str:
    """`cell`, with an apostrophe before it where a spreadsheet could take it for a formula.

    That is where it begins, after blanks and invisible characters, with ``= + - @`` or a full-width or small form of
    them, or with a tab or line break (OWASP, CSV injection).
    """
    return f"'{cell}" if _RISKY.match(cell) else cell


def restored(cell: str) -> str:
    """The cell that `neutral` made harmless."""
    return cell[1:] if cell.startswith("'") else cell
