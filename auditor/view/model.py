"""What the page is told, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.view.texts import Pieces


@dataclass(frozen=True)
class Decided:
    """A decision that holds."""

    reviewer: str
    decision: str
    label: str | None
    add: tuple[str, ...]
    remove: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """A row in the list.

    Attributes:
        row: its number.
        codes: of its findings.
        status: of the worst of them; empty where there is none.
        label: its class, or all of them.
        own: the reviewer's decision.
    """

    row: int
    codes: tuple[str, ...]
    status: str
    label: str
    own: Decided | None


@dataclass(frozen=True)
class Page:
    """Some rows of a list.

    Attributes:
        list: its number; later pages of the same rows are asked for by it.
        first: place of the first line.
        total: rows of the list.
        decided: of these, those the reviewer decided.
    """

    list: int
    first: int
    total: int
    decided: int
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Found:
    """A finding on a row, in words.

    Attributes:
        times: how often the same was found.
        facts: (name, value).
    """

    code: str
    title: str
    status: str
    word: str
    confidence: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Fact:
    """A name and a value; `is_name`: a name of the data, which no one translates."""

    name: str
    value: str
    is_name: bool = False


@dataclass(frozen=True)
class Detail:
    """A row as the reader sees it beside the list.

    Attributes:
        labels: its classes.
        suggested: the class that the models would give.
        questions: of rows with several labels: (label, ``add`` or ``remove``).
        facts: part, source, label quality, plan.
        decided: what reviewers decided.
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
    """A row beside one that it repeats, with what differs marked."""

    row: int
    title: str
    label: str
    own: Pieces
    other: Pieces


@dataclass(frozen=True)
class Neighbour:
    """One of the rows most like a row."""

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
    """Masked texts by row, in the order asked for."""

    texts: tuple[tuple[int, Pieces], ...]


@dataclass(frozen=True)
class Raw:
    """A text as it came."""

    row: int
    text: str


@dataclass(frozen=True)
class Outcome:
    """What a decision or an undo came to: the row, and what the reviewer's decision on it is now."""

    row: int | None
    own: Decided | None
