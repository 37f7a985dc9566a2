"""Which rows a list shows, and in which order. Pages are queried, never shipped whole."""

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
"""Lists that are remembered, so that what is decided meanwhile does not move rows under the reader."""


@dataclass(frozen=True)
class Query:
    """What is asked of the list; empty texts ask for nothing.

    Attributes:
        show: rows that the plan leaves to a person, rows with findings, or all.
        code, label, part, source: what rows must have.
        least: confidence of a finding at least (of `code`, where one is asked for), 0 to 1.
        state: whether the reviewer has decided the row, or reviewers disagree on it.
        search: what the text must hold, in upper or lower case; ``#12`` is the row 12.
        order: lowest label quality first, then the surest findings; by row; by confidence; by class.
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
    """Texts that can be searched."""

    def having(self, words: str) -> np.ndarray:
        """bool, one per row: whether the text holds `words`, in upper or lower case."""
        ...


def select(
    rows: Rows, query: Query, texts: Searchable, decided: Collection[int], disputed: Collection[int]
) -> np.ndarray:
    """int64: positions of the rows that are asked for, in order.

    Args:
        rows: of the run.
        query: what is asked.
        texts: what is searched.
        decided: ``row_id`` of rows that the reviewer decided.
        disputed: of rows on which reviewers disagree.
    """
    chosen = _shown(rows, query)
    for named, name in ((rows.labels, query.label), (rows.sources, query.source)):
        if name:
            chosen &= _marked(rows, named.having(name))
    if query.part:
        chosen &= rows.part == (PARTS.index(query.part) if query.part in PARTS else len(PARTS))
    if query.state:
        own = _marked(rows, np.searchsorted(rows.ids, sorted(disputed if query.state == "disputed" else decided)))
        chosen &= ~own if query.state == "open" else own
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
        hit = rows.found_confidence >= query.least
        if query.code:
            hit &= rows.found_code == (rows.codes.index(query.code) if query.code in rows.codes else NONE)
        chosen &= _marked(rows, rows.found_row[hit])
    return chosen


def _marked(rows: Rows, positions: np.ndarray) -> np.ndarray:
    marked = np.zeros(len(rows), bool)
    marked[positions] = True
    return marked


def _ordered(rows: Rows, at: np.ndarray, order: Order) -> np.ndarray:
    if order == "row" or not len(at):
        return at
    if order == "confidence":
        return np.asarray(at[np.argsort(-rows.confidence[at], kind="stable")])
    if order == "label":
        first = np.full(len(rows), len(rows.labels.names))
        place = np.argsort(np.argsort(np.array(rows.labels.names, object), kind="stable"), kind="stable")
        np.minimum.at(first, rows.labels.row, place[rows.labels.code])
        return np.asarray(at[np.argsort(first[at], kind="stable")])
    score = np.nan_to_num(rows.score[at], nan=2.0)
    return np.asarray(at[np.lexsort((-rows.confidence[at], -rows.severity[at], score))])


class Lists:
    """The lists that were asked for last, by number."""

    def __init__(self) -> None:
        self._lists: OrderedDict[int, np.ndarray] = OrderedDict()
        self._next = 1

    def keep(self, positions: np.ndarray) -> int:
        """Remember a list; its number."""
        number, self._next = self._next, self._next + 1
        self._lists[number] = positions
        while len(self._lists) > _KEPT:
            self._lists.popitem(last=False)
        return number

    def get(self, number: int) -> np.ndarray | None:
        """A list, or None where it is remembered no more."""
        return self._lists.get(number)
