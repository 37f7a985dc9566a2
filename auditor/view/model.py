"""The data sent to the page; field names are keys of the JSON responses."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.view.texts import Pieces


@dataclass(frozen=True)
class Decided:
    """A current decision."""

    reviewer: str
    decision: str
    label: str | None
    add: tuple[str, ...]
    remove: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """A row in the list.

    Attributes:
        row: row id.
        codes: codes of its findings.
        status: severity of the worst finding; empty if there is none.
        label: its class, or all its classes.
        own: the decision of the current reviewer.
    """

    row: int
    codes: tuple[str, ...]
    status: str
    label: str
    own: Decided | None


@dataclass(frozen=True)
class Page:
    """A page of a list of rows.

    Attributes:
        list: number of the list, for requests of further pages.
        first: index of the first line.
        total: number of rows in the list.
        decided: number of rows in the list that the current reviewer has decided.
        lines: the rows of the page.
    """

    list: int
    first: int
    total: int
    decided: int
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Found:
    """A finding about a row, in the reader's language.

    Attributes:
        facts: pairs of name and value.
    """

    code: str
    title: str
    status: str
    word: str
    confidence: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Fact:
    """A name and a value; `is_name`: the value is a name in the data, which must not be translated."""

    name: str
    value: str
    is_name: bool = False


@dataclass(frozen=True)
class Detail:
    """The details of a row, shown beside the list.

    Attributes:
        labels: its classes.
        suggested: the class that the models predict.
        questions: (label, ``add`` or ``remove``), if rows have several labels.
        facts: part, source, label quality, plan.
        found: its findings.
        decided: the current decisions of all reviewers.
    """

    row: int
    text: Pieces
    labels: tuple[str, ...]
    suggested: str | None
    questions: tuple[tuple[str, str], ...]
    facts: tuple[Fact, ...]
    found: tuple[Found, ...]
    decided: tuple[Decided, ...]


@dataclass(frozen=True)
class Pair:
    """A row and the row that it duplicates, with differences marked."""

    row: int
    title: str
    label: str
    own: Pieces
    other: Pieces


@dataclass(frozen=True)
class Neighbour:
    """One of the rows most similar to a row."""

    row: int
    label: str
    text: Pieces


@dataclass(frozen=True)
class Around:
    """The rows to compare a row with."""

    pairs: tuple[Pair, ...]
    neighbours: tuple[Neighbour, ...]


@dataclass(frozen=True)
class Texts:
    """Masked texts by row, in the requested order."""

    texts: tuple[tuple[int, Pieces], ...]


@dataclass(frozen=True)
class Raw:
    """An original text."""

    row: int
    text: str


@dataclass(frozen=True)
class Outcome:
    """The result of a decision or an undo: the row, and the reviewer's current decision about it."""

    row: int | None
    own: Decided | None
