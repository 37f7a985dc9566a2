"""The findings table as a block of JSON, from which the script of the page renders rows.

Repeated values are stored once, in lists, and referred to by index.
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
"""Number of lines in the HTML of the page, and number of lines that the script renders at a time."""
_UNSAFE = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "'": "\\u0027", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)

SIGNS = {"text": " ", "mark": "!", "mask": "#", "cut": "~", "same": "=", "empty": "0", "why": "?"}
"""Codes of the kinds of pieces, for the script of the page."""
_Item = TypeVar("_Item", bound=Hashable)
Coded = tuple[int | str, ...]
"""Row (-1: the whole corpus), index of the kind, index of the text, and for each detail the index of its name and the
index of its value, or the value itself if it occurs only once."""


@dataclass(frozen=True)
class Block:
    """The lines, and the lists that they refer to by index.

    Attributes:
        corpus: text shown instead of a row number for findings about the whole corpus.
        codes: (code, title).
        severities: (severity, word).
        confidences: (value for sorting, text).
        kinds: (index of the code, index of the severity, index of the confidence).
        heads: (name of a detail, whether its value is a name, target of its link).
        values: values of details that occur more than once.
        texts: pieces of masked texts, each prefixed with the code of its kind (`SIGNS`).
        lines: lines in the order of the table.
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
    """Encode the lines of a findings table."""
    rows = findings.rows
    details = [fact for row in rows for fact in row.detail]
    occurrences = Counter(fact.value for fact in details)
    codes = _indices((row.code, row.title) for row in rows)
    severities = _indices((row.status, row.word) for row in rows)
    confidences = _indices((row.confidence_value, row.confidence) for row in rows)
    heads = _indices((fact.name, fact.is_name, fact.leads_to) for fact in details)
    values = _indices(value for value, count in occurrences.items() if count > 1)
    texts = _indices(_text(row) for row in rows)

    def kind(row: FindingRow) -> tuple[int, int, int]:
        confidence = confidences[row.confidence_value, row.confidence]
        return codes[row.code, row.title], severities[row.status, row.word], confidence

    def detail(fact: Fact) -> tuple[int, int | str]:
        return heads[fact.name, fact.is_name, fact.leads_to], values.get(fact.value, fact.value)

    kinds = _indices(map(kind, rows))
    lines = tuple(
        (row.row_id, kinds[kind(row)], texts[_text(row)], *chain.from_iterable(map(detail, row.detail))) for row in rows
    )
    corpus = next((row.row for row in rows if row.row_id < 0), "")
    return Block(corpus, (*codes,), (*severities,), (*confidences,), (*kinds,), (*heads,), (*values,), (*texts,), lines)


def dumps(data: object, **_: object) -> str:
    """JSON that is safe in a script element: it cannot end the element, or open a comment or another element.

    Critical characters are written as JSON escapes (OWASP, "Output Encoding for JavaScript Contexts").
    """
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_UNSAFE)


def _indices(items: Iterable[_Item]) -> dict[_Item, int]:
    """Index of each distinct item, in order of first occurrence."""
    return {item: place for place, item in enumerate(dict.fromkeys(items))}


def _text(row: FindingRow) -> tuple[str, ...]:
    return tuple(SIGNS.get(kind, SIGNS["text"]) + text for kind, text in row.pieces)
