"""Phrases of ``rules/conversations.yaml``: chat-template markers, refusals, self-references of a model."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple, Protocol

import re2

from auditor.checks.conversations.exchange import ANSWERS, Exchange
from auditor.corpus.shape import Segment, Side
from auditor.parse import parse
from auditor.resources import resource_dir
from auditor.rules import read_yaml

Kind = Literal["template", "refusal", "residue"]


@dataclass(frozen=True)
class Phrase:
    """A phrase.

    Attributes:
        pattern: RE2, which has linear run time.
        only_answers: whether it is searched for in answers only.
    """

    name: str
    kind: Kind
    pattern: str
    only_answers: bool = False


class Found(Protocol):
    """A pattern match."""

    def span(self) -> tuple[int, int]:
        """Start and end (exclusive)."""
        ...


class Compiled(Protocol):
    """A compiled pattern."""

    def search(self, text: str) -> Found | None:
        """Return the first match in a text."""
        ...


class Hit(NamedTuple):
    """A phrase in a row: position of the row, name of the phrase, and its span in a cell (code points)."""

    row: int
    phrase: str
    column: str
    start: int
    end: int


@lru_cache(maxsize=1)
def phrases() -> tuple[Phrase, ...]:
    """The built-in phrases."""
    tree = parse(dict[str, list[dict[str, str]]], read_yaml(resource_dir("rules") / "conversations.yaml"))
    return tuple(parse(Phrase, {**item, "only_answers": item.get("in") == "answers"}) for item in tree["phrases"])


def find_phrases(rows: Sequence[Exchange], kind: Kind, but: Collection[str] = ()) -> list[Hit]:
    """The first phrase of a kind in each row.

    Args:
        rows: in corpus order.
        kind: the kind of phrases.
        but: names of excluded phrases.
    """
    wanted = [phrase for phrase in phrases() if phrase.kind == kind and phrase.name not in but]
    compiled = [(phrase, re2.compile(phrase.pattern)) for phrase in wanted]
    anywhere = re2.compile("|".join(f"(?:{phrase.pattern})" for phrase in wanted))
    hits = []
    for place, row in enumerate(rows):
        hit = next(
            (
                h
                for segment in row.segments
                if anywhere.search(segment.text) and (h := _first(place, segment, compiled))
            ),
            None,
        )
        if hit is not None:
            hits.append(hit)
    return hits


def _first(row: int, segment: Segment, compiled: Sequence[tuple[Phrase, Compiled]]) -> Hit | None:
    is_answer = segment.side in ANSWERS or segment.side is Side.REJECTED
    for phrase, pattern in compiled:
        match = pattern.search(segment.text) if is_answer or not phrase.only_answers else None
        if match is not None:
            start, end = match.span()
            return Hit(row, phrase.name, segment.column, segment.start + start, segment.start + end)
    return None
