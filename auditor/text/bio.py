"""Tag schemes of token labels: which sequences are legal, and the spans they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_BEGIN, _INSIDE, _END, _SINGLE = "B", "IM", "E", "SU"
"""IOB2 has B and I; BIOES adds E and S; BMES writes M for I; some write U (unit) for S and L for E."""
_LAST = "EL"


@dataclass(frozen=True)
class Tag:
    """One token's tag, such as ``B-PER``: its place in the span and the type; ``O`` has neither."""

    place: str
    kind: str


@dataclass(frozen=True)
class SpanOf:
    """Tokens `start` to `end` (half open) are one entity of `kind`."""

    start: int
    end: int
    kind: str


def parse(tag: str) -> Tag:
    """The parts of a tag; of one without a known place (``PER``), the type alone with place ``I``."""
    place, dash, kind = tag.partition("-")
    if not dash:
        place, dash, kind = tag.partition("_")
    if dash and place in {*_BEGIN, *_INSIDE, *_LAST, *_SINGLE}:
        return Tag({"M": "I", "L": "E", "U": "S"}.get(place, place), kind)
    return Tag("O", "") if tag == "O" else Tag("I", tag)


def has_ends(tags: Sequence[Sequence[str]]) -> bool:
    """Whether the scheme marks the last token of a span (BIOES, BMES) rather than only the first (IOB2)."""
    places = {parse(tag).place for tag in {tag for row in tags for tag in row}}
    return bool(places & {"E", "S"})


def has_begins(tags: Sequence[Sequence[str]]) -> bool:
    """Whether the scheme marks the first token of a span; plain type names do not."""
    return any(parse(tag).place == "B" for tag in {tag for row in tags for tag in row})


def illegal(row: Sequence[str], ends: bool) -> list[int]:
    """Positions whose tag may not follow the one before (or may not end the row): see `parse` for the schemes."""
    wrong = []
    before = Tag("O", "")
    for at, tag in enumerate(map(parse, row)):
        goes_on = before.place in "BI"
        continues = tag.place in "IE"
        if (continues and not (goes_on and tag.kind == before.kind)) or (not continues and ends and goes_on):
            wrong.append(at)
        before = tag
    if ends and before.place in "BI" and len(row) - 1 not in wrong:
        wrong.append(len(row) - 1)
    return wrong


def spans(row: Sequence[str]) -> list[SpanOf]:
    """The entities of a row; an illegal continuation begins a span of its own."""
    found: list[SpanOf] = []
    start, kind = 0, ""
    for at, tag in enumerate([*map(parse, row), Tag("O", "")]):
        if kind and not (tag.place in "IE" and tag.kind == kind):
            found.append(SpanOf(start, at, kind))
            kind = ""
        if tag.place != "O" and not kind:
            start, kind = at, tag.kind
        if tag.place in "ES" and kind:
            found.append(SpanOf(start, at + 1, kind))
            kind = ""
    return found
