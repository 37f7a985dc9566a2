"""Presidio's own recognizers, run on candidate lines only.

Texts are split into unique lines; RE2 filters all of them in one pass (`triggers`); the remaining lines are joined into
chunks, passed to the recognizer's own ``analyze``, and the results are mapped back. The results equal those of
Presidio's engine without a language model, including scores and order, as verified by a test.
"""

from __future__ import annotations

import bisect
import copy
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from auditor.pii.lines import Lines
from auditor.pii.patterns.phones import QuickPhones
from auditor.pii.patterns.prefilters import (
    DIGIT_OR_FOLDED,
    FOLDED,
    NEED_DIGITS,
    URL_SIGNS,
    URL_TRIGGERS,
    phone_trigger,
    stock_trigger,
)
from auditor.pii.patterns.quiet_gc import without_gc
from auditor.pii.patterns.timed import TimedPattern, time_patterns

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer, Pattern, RecognizerResult
    from presidio_analyzer.predefined_recognizers import UrlRecognizer

UNCHECKED = "UNCHECKED"
"""The type of a line in which a recognizer timed out: the whole line counts as a hit."""
CHUNK = 150_000
"""Characters per call: libphonenumber stops after 65,535 tries per text."""
WORD = re.compile(r"[^ \t]+")


@dataclass(frozen=True)
class _Unit:
    """A recognizer, or a part of one, with its trigger."""

    order: int
    recognizer: EntityRecognizer | QuickPhones
    trigger: str | None
    needs_digits: bool = False
    sign: str | None = None
    """A substring of every match, of which none contains a space. None: there is no such substring."""
    timed: tuple[TimedPattern, ...] = ()
    """Its patterns, if they have a time limit."""


@dataclass(frozen=True)
class StockHit:
    """One result in one text; `order` is the recognizer's position in the layer."""

    text: int
    order: int
    start: int
    end: int
    entity: str
    score: float


class StockLayer:
    """A set of Presidio recognizers as one pass over many texts.

    Args:
        recognizers: in the order in which Presidio's engine would run them.
        seconds: time limit of each pattern; None: Presidio's own, which drops what it did not find.

    """

    def __init__(self, recognizers: Sequence[EntityRecognizer], seconds: float | None = None) -> None:
        self.recognizers = tuple(recognizers)
        units = [unit for order, item in enumerate(recognizers) for unit in _units(order, item)]
        self._units = units if seconds is None else [_timed(unit, seconds) for unit in units]

    def hits(self, texts: Sequence[str], lines: Lines) -> Iterator[StockHit]:
        """The results of the recognizers, in their order; `lines` are those of `texts`.

        A recognizer that finds the same twice (phone numbers, once per region) returns it twice.
        """
        with_digits = lines.matching(DIGIT_OR_FOLDED)
        for unit in self._units:
            if unit.trigger is None:
                for number, text in enumerate(texts):
                    results = _run(unit, text)
                    for result in _unchecked(text) if results is None else results:
                        yield _hit(unit, result, number, 0)
                continue
            candidates = lines.matching(unit.trigger, with_digits if unit.needs_digits else None)
            for line, result, shift in self._on_lines(unit, lines, candidates):
                for number, offset in lines.places(line):
                    yield _hit(unit, result, number, offset - shift)

    def _on_lines(self, unit: _Unit, lines: Lines, numbers: np.ndarray) -> Iterator[tuple[int, RecognizerResult, int]]:
        """(line, result, offset of the line in the chunk to which the result refers)."""
        texts, places = _pieces(unit, lines.take(numbers), numbers.tolist())
        begin = 0
        while begin < len(texts):
            starts, length, end = [], 0, begin
            while end < len(texts) and length < CHUNK:
                starts.append(length)
                length += len(texts[end]) + 1
                end += 1
            results = _run(unit, "\n".join(texts[begin:end]))
            if results is None:
                yield from _one_by_one(unit, texts[begin:end], places[begin:end])
            for result in results or ():
                place = bisect.bisect_right(starts, result.start) - 1
                for line, offset in places[begin + place]:
                    yield line, result, starts[place] - offset
            begin = end

    def analyze(self, texts: Sequence[str], lines: Lines) -> list[list[RecognizerResult]]:
        """Results in each text as from Presidio's engine: same order, same duplicates removed."""
        from presidio_analyzer import EntityRecognizer, RecognizerResult

        by_text: dict[int, dict[int, list[RecognizerResult]]] = defaultdict(lambda: defaultdict(list))
        found: list[list[RecognizerResult]] = [[] for _ in texts]
        with without_gc():
            for hit in self.hits(texts, lines):
                result = RecognizerResult(hit.entity, hit.start, hit.end, hit.score)
                by_text[hit.text][hit.order].append(result)
            for number, by_order in by_text.items():
                every = [result for order in sorted(by_order) for result in by_order[order]]
                found[number] = EntityRecognizer.remove_duplicates(every)
        return found


def _run(unit: _Unit, text: str) -> list[RecognizerResult] | None:
    """The results of the recognizer; None if it timed out."""
    found: list[RecognizerResult] = unit.recognizer.analyze(text, unit.recognizer.supported_entities, None)
    expired = [pattern for pattern in unit.timed if pattern.expired]
    for pattern in expired:
        pattern.expired = False
    return None if expired else found


_Places = Sequence[tuple[int, int]]
"""(line, offset) of each input to a recognizer."""


def _pieces(unit: _Unit, lines: list[str], numbers: Sequence[int]) -> tuple[list[str], Sequence[_Places]]:
    """The inputs to the recognizer with their positions: the lines, or the distinct words that contain its sign."""
    if unit.sign is None:
        return lines, [((number, 0),) for number in numbers]
    words: dict[str, list[tuple[int, int]]] = {}
    for number, line in zip(numbers, lines, strict=True):
        for match in WORD.finditer(line):
            word = match.group()
            if unit.sign in word:
                words.setdefault(word, []).append((number, match.start()))
    return list(words), list(words.values())


def _one_by_one(
    unit: _Unit, texts: Sequence[str], places: Sequence[_Places]
) -> Iterator[tuple[int, RecognizerResult, int]]:
    """Process a chunk that timed out piece by piece, so that only the responsible piece remains unchecked."""
    for text, standing in zip(texts, places, strict=True):
        results = _run(unit, text)
        for result in _unchecked(text) if results is None else results:
            for line, offset in standing:
                yield line, result, -offset


def _unchecked(text: str) -> list[RecognizerResult]:
    from presidio_analyzer import RecognizerResult

    return [RecognizerResult(UNCHECKED, 0, len(text), 1.0)]


def _hit(unit: _Unit, result: RecognizerResult, text: int, shift: int) -> StockHit:
    return StockHit(text, unit.order, result.start + shift, result.end + shift, result.entity_type, result.score)


def _units(order: int, recognizer: EntityRecognizer) -> list[_Unit]:
    """The parts of a recognizer that have triggers of their own."""
    kind = type(recognizer).__name__  # by name: the classes themselves would import the rest of Presidio
    if kind == "PhoneRecognizer":
        by_trigger: dict[str, list[str]] = defaultdict(list)
        for region in recognizer.supported_regions:
            by_trigger[phone_trigger(region)].append(region)
        return [
            _Unit(order, QuickPhones(recognizer, regions), trigger, True) for trigger, regions in by_trigger.items()
        ]
    if kind == "UrlRecognizer" and {pattern.name for pattern in recognizer.patterns} <= set(URL_TRIGGERS):
        return [_one_pattern(order, recognizer, pattern) for pattern in recognizer.patterns]
    return [_Unit(order, recognizer, stock_trigger(kind), kind in NEED_DIGITS)]


def _one_pattern(order: int, recognizer: UrlRecognizer, pattern: Pattern) -> _Unit:
    part = copy.copy(recognizer)
    part.patterns = [pattern]
    return _Unit(order, part, f"{URL_TRIGGERS[pattern.name]}|{FOLDED}", sign=URL_SIGNS[pattern.name])


def _timed(unit: _Unit, seconds: float) -> _Unit:
    return replace(unit, timed=tuple(time_patterns(unit.recognizer, seconds)))
