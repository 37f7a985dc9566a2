"""The findings table as one block of JSON, from which the script of the page draws its lines.

What occurs in many lines is written once, in a list, and named by its place there.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

from auditor.report.view.model import Fact, FindingRow, Findings

IN_PAGE = 25
"""Lines that the page holds as HTML, and lines that the script draws at a time."""
_UNSAFE = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "'": "\\u0027", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)

SIGNS = {"text": " ", "mark": "!", "mask": "#", "cut": "~", "same": "=", "empty": "0", "why": "?"}
"""Kinds of pieces, as the script of the page reads them."""
_Item = TypeVar("_Item", bound=Hashable)
Coded = tuple[int | str, ...]
"""Row (-1: the corpus as a whole), place of the kind, place of the text, and for each detail the place of its name and
the place of its value, or the value itself where it occurs once."""


@dataclass(frozen=True)
class Block:
    """The lines with the lists that they name by place.

    Attributes:
        corpus: what stands in place of a row's number where a finding concerns the corpus as a whole.
        codes: (code, title).
        severities: (severity, word).
        confidences: (for sorting, in words).
        kinds: (place of the code, place of the severity, place of the confidence).
        heads: (name of a detail, whether its value is a name, what it leads to).
        values: of details that occur more than once.
        texts: pieces of masked texts, each with a sign of its kind (`SIGNS`) before its text.
        lines: in the order of the table.
    """

    corpus: str
    codes: tuple[tuple[str, str], ...]
    severities: tuple[tuple[str, str], ...]
    confidences: tuple[tuple[float, str], ...]
    kinds: tuple[tuple[int, int, int], ...]
    heads: tuple[tuple[str, bool, str], ...]
    values: tuple[str, ...]
    texts: tuple[tuple[str, ...], ...]
    lines: tuple[Coded, ...]


def block(findings: Findings) -> Block:
    """The lines of a findings table, coded."""
    rows = findings.rows
    details = [fact for row in rows for fact in row.detail]
    often = Counter(fact.value for fact in details)
    codes = _places((row.code, row.title) for row in rows)
    severities = _places((row.status, row.word) for row in rows)
    confidences = _places((row.confidence_value, row.confidence) for row in rows)
    heads = _places((fact.name, fact.is_name, fact.leads_to) for fact in details)
    values = _places(value for value, count in often.items() if count > 1)
    texts = _places(_text(row) for row in rows)

    def kind(row: FindingRow) -> tuple[int, int, int]:
        sure = confidences[row.confidence_value, row.confidence]
        return codes[row.code, row.title], severities[row.status, row.word], sure

    def detail(fact: Fact) -> tuple[int, int | str]:
        return heads[fact.name, fact.is_name, fact.leads_to], values.get(fact.value, fact.value)

    kinds = _places(map(kind, rows))
    lines = tuple(
        (row.row_id, kinds[kind(row)], texts[_text(row)], *chain.from_iterable(map(detail, row.detail))) for row in rows
    )
    corpus = next((row.row for row in rows if row.row_id < 0), "")
    return Block(corpus, (*codes,), (*severities,), (*confidences,), (*kinds,), (*heads,), (*values,), (*texts,), lines)


def dumps(data: object, **_: object) -> str:
    """JSON that may stand in a script element: nothing in it ends the element, or opens a comment or another one.

    The characters that could are written as escapes of JSON, which mean the same (OWASP, "Output Encoding for
    JavaScript Contexts").
    """
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_UNSAFE)


def _places(items: Iterable[_Item]) -> dict[_Item, int]:
    """Different items in the order in which they occur, each with its place."""
    return {item: place for place, item in enumerate(dict.fromkeys(items))}


def _text(row: FindingRow) -> tuple[str, ...]:
    return tuple(SIGNS.get(kind, SIGNS["text"]) + text for kind, text in row.pieces)
