"""Tag schemes of token labels (IOB2, BIOES, BMES, BILOU): illegal sequences, and the spans that tags encode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_BEGIN, _INSIDE, _END, _SINGLE = "B", "IM", "E", "SU"
"""IOB2 has B and I; BIOES adds E and S; BMES has M for I; BILOU has L for E and U for S."""
_LAST = "EL"


@dataclass(frozen=True)
class Tag:
    """A token's tag, such as ``B-PER``: its position in the span (`place`) and the entity type; ``O`` has no type."""

    place: str
    kind: str


@dataclass(frozen=True)
class EntitySpan:
    """An entity of type `kind` in the tokens `start` to `end` (half-open)."""

    start: int
    end: int
    kind: str


def parse(tag: str) -> Tag:
    """Parse a tag; one without a known position (``PER``) is read as ``I-PER``."""
    place, dash, kind = tag.partition("-")
    if not dash:
        place, dash, kind = tag.partition("_")
    if dash and place in {*_BEGIN, *_INSIDE, *_LAST, *_SINGLE}:
        return Tag({"M": "I", "L": "E", "U": "S"}.get(place, place), kind)
    return Tag("O", "") if tag == "O" else Tag("I", tag)


def marks_span_ends(tags: Sequence[Sequence[str]]) -> bool:
    """Whether the scheme marks the last token of a span (BIOES, BMES) rather than only the first (IOB2)."""
    places = {parse(tag).place for tag in {tag for row in tags for tag in row}}
    return bool(places & {"E", "S"})


def marks_span_starts(tags: Sequence[Sequence[str]]) -> bool:
    """Whether the scheme marks the first token of a span; plain type names do not."""
    return any(parse(tag).place == "B" for tag in {tag for row in tags for tag in row})


def illegal_positions(row: Sequence[str], ends: bool) -> list[int]:
    """Positions of tags that may not follow their predecessor, or may not end the row.

    Args:
        row: the tags of a sentence.
        ends: whether the scheme marks span ends; see `marks_span_ends`.
    """
    wrong = []
    previous = Tag("O", "")
    for position, tag in enumerate(map(parse, row)):
        is_open = previous.place in "BI"
        continues = tag.place in "IE"
        if (continues and not (is_open and tag.kind == previous.kind)) or (not continues and ends and is_open):
            wrong.append(position)
        previous = tag
    if ends and previous.place in "BI" and len(row) - 1 not in wrong:
        wrong.append(len(row) - 1)
    return wrong


def spans(row: Sequence[str]) -> list[EntitySpan]:
    """The entities of a row; an illegal continuation starts a new span."""
    found: list[EntitySpan] = []
    start, kind = 0, ""
    for position, tag in enumerate([*map(parse, row), Tag("O", "")]):
        if kind and not (tag.place in "IE" and tag.kind == kind):
            found.append(EntitySpan(start, position, kind))
            kind = ""
        if tag.place != "O" and not kind:
            start, kind = position, tag.kind
        if tag.place in "ES" and kind:
            found.append(EntitySpan(start, position + 1, kind))
            kind = ""
    return found
