"""Select and order the rows of a list; lists are fetched page by page."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from auditor.core.actions import ACTIONS, PARTS
from auditor.view.rows import NONE, Rows

Show = Literal["review", "found", "all"]
SHOWS: tuple[Show, ...] = ("review", "found", "all")
State = Literal["", "open", "decided", "disputed"]
STATES: tuple[State, ...] = ("", "open", "decided", "disputed")
Order = Literal["worst", "row", "confidence", "label"]
ORDERS: tuple[Order, ...] = ("worst", "row", "confidence", "label")
_REVIEW = ACTIONS.index("review")
_KEPT = 8
"""Number of cached lists. Pages of a cached list stay the same while rows are being decided."""


@dataclass(frozen=True)
class Query:
    """Filters and order of a list; empty texts do not filter.

    Attributes:
        show: rows that the plan queues for review, rows with findings, or all rows.
        code, label, part, source: values that rows must have.
        least: minimum confidence of a finding (with `code`, if given), 0 to 1.
        state: whether the reviewer has decided the row, or reviewers disagree on it.
        search: text that rows must contain, ignoring case; ``#12`` selects row 12.
        order: by label quality, lowest first, then by severity and confidence; by row; by confidence; or by class.
    """

    show: Show = "all"
    code: str = ""
    label: str = ""
    part: str = ""
    source: str = ""
    least: float = 0.0
    state: State = ""
    search: str = ""
    order: Order = "worst"


class Searchable(Protocol):
    """Searchable texts."""

    def having(self, words: str) -> np.ndarray:
        """bool, one per row: whether the text contains `words`, ignoring case."""
        ...


def select(
    rows: Rows, query: Query, texts: Searchable, decided: Collection[int], disputed: Collection[int]
) -> np.ndarray:
    """int64: positions of the rows selected by a query, in order.

    Args:
        rows: rows of the run.
        query: the query.
        texts: texts to search.
        decided: ``row_id`` of the rows that the reviewer has decided.
        disputed: ``row_id`` of the rows on which reviewers disagree.
    """
    chosen = _shown(rows, query)
    for values, name in ((rows.labels, query.label), (rows.sources, query.source)):
        if name:
            chosen &= _marked(rows, values.having(name))
    if query.part:
        chosen &= rows.part == (PARTS.index(query.part) if query.part in PARTS else len(PARTS))
    if query.state:
        in_state = _marked(rows, np.searchsorted(rows.ids, sorted(disputed if query.state == "disputed" else decided)))
        chosen &= ~in_state if query.state == "open" else in_state
    if query.search.startswith("#") and query.search[1:].isdecimal():
        chosen &= rows.ids == int(query.search[1:19])
    elif query.search:
        chosen &= texts.having(query.search)
    return _ordered(rows, np.flatnonzero(chosen), query.order)


def _shown(rows: Rows, query: Query) -> np.ndarray:
    chosen = np.ones(len(rows), bool)
    if query.show == "review":
        chosen &= rows.action == _REVIEW
    elif query.show == "found":
        chosen &= rows.severity != NONE
    if query.code or query.least > 0:
        matches = rows.found_confidence >= query.least
        if query.code:
            matches &= rows.found_code == (rows.codes.index(query.code) if query.code in rows.codes else NONE)
        chosen &= _marked(rows, rows.found_row[matches])
    return chosen


def _marked(rows: Rows, positions: np.ndarray) -> np.ndarray:
    marked = np.zeros(len(rows), bool)
    marked[positions] = True
    return marked


def _ordered(rows: Rows, positions: np.ndarray, order: Order) -> np.ndarray:
    if order == "row" or not len(positions):
        return positions
    if order == "confidence":
        return np.asarray(positions[np.argsort(-rows.confidence[positions], kind="stable")])
    if order == "label":
        first = np.full(len(rows), len(rows.labels.names))
        rank = np.argsort(np.argsort(np.array(rows.labels.names, object), kind="stable"), kind="stable")
        np.minimum.at(first, rows.labels.row, rank[rows.labels.code])
        return np.asarray(positions[np.argsort(first[positions], kind="stable")])
    score = np.nan_to_num(rows.score[positions], nan=2.0)
    return np.asarray(positions[np.lexsort((-rows.confidence[positions], -rows.severity[positions], score))])


class Lists:
    """Cache of the most recently requested lists, by number."""

    def __init__(self) -> None:
        self._lists: OrderedDict[int, np.ndarray] = OrderedDict()
        self._next = 1

    def keep(self, positions: np.ndarray) -> int:
        """Store a list and return its number."""
        number, self._next = self._next, self._next + 1
        self._lists[number] = positions
        while len(self._lists) > _KEPT:
            self._lists.popitem(last=False)
        return number

    def get(self, number: int) -> np.ndarray | None:
        """A list, or None if it is no longer cached."""
        return self._lists.get(number)
