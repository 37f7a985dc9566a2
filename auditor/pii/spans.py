"""Where personal data is in a text."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from auditor.config.settings import Settings
from auditor.pii.entities import entity


class Evidence(IntEnum):
    """What a span rests on, weakest first.

    Overlaps are decided by this, never by a raw score: a name tagger that takes a phone number for a date at 0.85
    must not beat the phone rule at 0.6.
    """

    NER = 0
    PATTERN = 1
    CONTEXT = 2
    """A pattern with a word beside it that says what it is."""
    VALIDATED = 3
    """A checksum or a registered domain holds."""


@dataclass(frozen=True, slots=True)
class Span:
    """One piece of a text: code points `start` to `end`, half open."""

    start: int
    end: int
    entity: str
    score: float
    """Chance, 0 to 1, that it is what it is taken for."""
    evidence: Evidence

    @property
    def is_strong(self) -> bool:
        """Whether the evidence is more than a form that fits: a checksum, a known key form, a word beside it.

        Only strong evidence counts towards a grade or a law's clause; the rest is listed apart as possible.
        """
        return self.evidence >= Evidence.CONTEXT


CONFIDENCE = {Evidence.NER: 0.5, Evidence.PATTERN: 0.7, Evidence.CONTEXT: 0.9, Evidence.VALIDATED: 1.0}
ADDRESS_PARTS = frozenset({"STREET_ADDRESS", "POSTAL_CODE", "LOCATION"})


def resolve(spans: Iterable[Span]) -> list[Span]:
    """The spans that stay where some overlap, in order of position.

    The stronger evidence wins, then the longer span, then the higher score; parts of an address are joined. What is
    only counted (a web address, a date) gives way to patterns of personal data and secrets inside it: they would stay
    in the text when it is masked.
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
    """`spans` without names inside longer names: a pattern knows the last character beside a title, a tagger all."""
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
        evidence = 1.5 if span.evidence is Evidence.VALIDATED else 0.5  # in front of NER, behind strong or any pattern
    return -evidence, span.start - span.end, -span.score, span.start, span.entity


def _join_addresses(spans: Iterable[Span]) -> list[Span]:
    """Parts of one address that overlap as one span: a pattern may hold its street and a tagger all of it."""
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
        language: of the corpus (``en``, ``zh`` or ``other``); decides the phone regions.
        ner: whether names and places are looked for by a model.
        patterns: whether all else is looked for.
        unsure: whether names that are not certain enough to be reported are returned as well: for texts that are shown.
        heading: name of the column that the texts come from; a word in front of every value: it can say what a value
            is, or that it is something else.

    Raises:
        CheckError: a library or, with `ner`, a model is missing.

    """
    from auditor.pii.detector import detector

    found = detector(settings.pii, language, settings.today())
    return found.spans(texts, ner=ner, patterns=patterns, unsure=unsure, heading=heading)
