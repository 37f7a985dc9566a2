"""Spans of personal data in a text."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from auditor.config.settings import Settings
from auditor.pii.entities import entity


class Evidence(IntEnum):
    """The evidence of a span, weakest first.

    Overlaps are resolved by this, never by a raw score: a name tagger that tags a phone number as a date at 0.85 must
    not override the phone rule at 0.6.
    """

    NER = 0
    PATTERN = 1
    CONTEXT = 2
    """A pattern with a supporting context word."""
    VALIDATED = 3
    """A valid checksum or a registered domain."""


@dataclass(frozen=True, slots=True)
class Span:
    """A range of a text: code points `start` to `end`, half open."""

    start: int
    end: int
    entity: str
    score: float
    """Probability, 0 to 1, that the type is right."""
    evidence: Evidence

    @property
    def is_strong(self) -> bool:
        """Whether the evidence is more than a match of form: a checksum, a known key form, a context word.

        Only strong evidence counts towards a grade or a law's clause; the rest is listed separately as possible.
        """
        return self.evidence >= Evidence.CONTEXT


CONFIDENCE = {Evidence.NER: 0.5, Evidence.PATTERN: 0.7, Evidence.CONTEXT: 0.9, Evidence.VALIDATED: 1.0}
ADDRESS_PARTS = frozenset({"STREET_ADDRESS", "POSTAL_CODE", "LOCATION"})


def resolve(spans: Iterable[Span]) -> list[Span]:
    """The spans that remain after overlaps are resolved, in order of position.

    The stronger evidence wins, then the longer span, then the higher score; parts of an address are merged. Types that
    are only counted (a URL, a date) yield to patterns of personal data and secrets inside them, which would otherwise
    remain in the masked text.
    """
    ranked = sorted(_whole_names(_join_addresses(spans)), key=_rank)
    kept: list[Span] = []
    starts: list[int] = []
    for span in ranked:
        place = bisect.bisect_left(starts, span.end)  # those before it start before the span ends
        if place == 0 or kept[place - 1].end <= span.start:
            kept.insert(place, span)
            starts.insert(place, span.start)
    return kept


def _whole_names(spans: Sequence[Span]) -> list[Span]:
    """`spans` without names inside longer names: patterns find the character before a title, taggers the whole name."""
    names = sorted((s for s in spans if s.entity == "PERSON"), key=lambda s: (s.start, -s.end))
    inner: set[Span] = set()
    end = -1
    for span in names:
        if span.end <= end:
            inner.add(span)
        end = max(end, span.end)
    return [span for span in spans if span not in inner] if inner else list(spans)


def _rank(span: Span) -> tuple[float, int, float, int, str]:
    """Sort key, the winner of two overlapping spans first."""
    evidence = float(span.evidence)
    if span.evidence and not entity(span.entity).personal:
        evidence = 1.5 if span.evidence is Evidence.VALIDATED else 0.5  # before NER, after strong or any pattern
    return -evidence, span.start - span.end, -span.score, span.start, span.entity


def _join_addresses(spans: Iterable[Span]) -> list[Span]:
    """Overlapping parts of one address as one span: a pattern may find the street and a tagger the whole address."""
    joined: list[Span] = []
    rest: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, s.end, s.entity)):
        last = joined[-1] if joined else None
        if span.entity not in ADDRESS_PARTS:
            rest.append(span)
        elif last is not None and span.start < last.end and "STREET_ADDRESS" in {span.entity, last.entity}:
            end, evidence = max(span.end, last.end), max(span.evidence, last.evidence)
            joined[-1] = Span(last.start, end, "STREET_ADDRESS", max(span.score, last.score), evidence)
        else:
            joined.append(span)
    return [*joined, *rest]


def find_spans(
    texts: Sequence[str],
    settings: Settings,
    language: str,
    *,
    ner: bool,
    patterns: bool = True,
    unsure: bool = False,
    heading: str | None = None,
) -> list[list[Span]]:
    """Personal data in each text, without overlaps, in order of position.

    Args:
        language: the corpus language (``en``, ``zh`` or ``other``); determines the phone regions.
        ner: whether names and places are searched for by a model.
        patterns: whether all other types are searched for.
        unsure: whether to return also names not certain enough to be reported, for displayed texts.
        heading: name of the column that the texts come from; a word in front of every value: it can say what a value
            is, or that it is something else.

    Raises:
        CheckError: a library or, with `ner`, a model is missing.

    """
    from auditor.pii.detector import detector

    found = detector(settings.pii, language, settings.today())
    return found.spans(texts, ner=ner, patterns=patterns, unsure=unsure, heading=heading)
