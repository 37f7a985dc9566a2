"""Presidio's own recognizers, run on candidate lines only.

Texts are cut into unique lines; RE2 looks through all of them at once (`triggers`); what is left is joined into
chunks, handed to the recognizer's own ``analyze`` and mapped back. The results equal those of Presidio's engine
without a language model, score for score and in the same order; a test says so.
"""

from __future__ import annotations

import bisect
import copy
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from auditor.checks.pii.lines import Lines
from auditor.checks.pii.phones import QuickPhones
from auditor.checks.pii.triggers import DIGIT_OR_FOLDED, FOLDED, NEED_DIGITS, URL_TRIGGERS, phone_trigger, stock_trigger

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer, Pattern, RecognizerResult
    from presidio_analyzer.predefined_recognizers import UrlRecognizer

CHUNK = 150_000
"""Characters a call: libphonenumber stops looking after 65,535 tries a text."""


@dataclass(frozen=True)
class _Unit:
    """A recognizer, or a part of one, with its trigger."""

    order: int
    recognizer: EntityRecognizer | QuickPhones
    trigger: str | None
    needs_digits: bool = False


@dataclass(frozen=True)
class StockHit:
    """One result in one text; `order` is the recognizer's place in the layer."""

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

    """

    def __init__(self, recognizers: Sequence[EntityRecognizer]) -> None:
        self.recognizers = tuple(recognizers)
        self._units = [unit for order, item in enumerate(recognizers) for unit in _units(order, item)]

    def hits(self, texts: Sequence[str], lines: Lines) -> Iterator[StockHit]:
        """What the recognizers find, recognizer by recognizer; `lines` are those of `texts`.

        A recognizer that finds the same twice (phone numbers, once a region) says so twice.
        """
        with_digits = lines.matching(DIGIT_OR_FOLDED)
        for unit in self._units:
            if unit.trigger is None:
                for number, text in enumerate(texts):
                    for result in _run(unit, text):
                        yield _hit(unit, result, number, 0)
                continue
            candidates = lines.matching(unit.trigger, with_digits if unit.needs_digits else None)
            for line, result, shift in self._on_lines(unit, lines, candidates):
                for number, offset in lines.places(line):
                    yield _hit(unit, result, number, offset - shift)

    def _on_lines(self, unit: _Unit, lines: Lines, numbers: np.ndarray) -> Iterator[tuple[int, RecognizerResult, int]]:
        """(line, result, place of the line in the chunk the result counts from)."""
        candidates = lines.take(numbers)
        begin = 0
        while begin < len(candidates):
            starts, length, end = [], 0, begin
            while end < len(candidates) and length < CHUNK:
                starts.append(length)
                length += len(candidates[end]) + 1
                end += 1
            for result in _run(unit, "\n".join(candidates[begin:end])):
                place = bisect.bisect_right(starts, result.start) - 1
                yield int(numbers[begin + place]), result, starts[place]
            begin = end

    def analyze(self, texts: Sequence[str], lines: Lines) -> list[list[RecognizerResult]]:
        """Results in each text as Presidio's engine gives them: same order, same duplicates left out."""
        from presidio_analyzer import EntityRecognizer, RecognizerResult

        by_text: dict[int, dict[int, list[RecognizerResult]]] = defaultdict(lambda: defaultdict(list))
        for hit in self.hits(texts, lines):
            result = RecognizerResult(hit.entity, hit.start, hit.end, hit.score)
            by_text[hit.text][hit.order].append(result)
        found: list[list[RecognizerResult]] = [[] for _ in texts]
        for number, by_order in by_text.items():
            every = [result for order in sorted(by_order) for result in by_order[order]]
            found[number] = EntityRecognizer.remove_duplicates(every)
        return found


def _run(unit: _Unit, text: str) -> list[RecognizerResult]:
    found: list[RecognizerResult] = unit.recognizer.analyze(text, unit.recognizer.supported_entities, None)
    return found


def _hit(unit: _Unit, result: RecognizerResult, text: int, shift: int) -> StockHit:
    return StockHit(text, unit.order, result.start + shift, result.end + shift, result.entity_type, result.score)


def _units(order: int, recognizer: EntityRecognizer) -> list[_Unit]:
    """The parts of a recognizer that have triggers of their own."""
    from presidio_analyzer.predefined_recognizers import PhoneRecognizer, UrlRecognizer

    if isinstance(recognizer, PhoneRecognizer):
        by_trigger: dict[str, list[str]] = defaultdict(list)
        for region in recognizer.supported_regions:
            by_trigger[phone_trigger(region)].append(region)
        return [
            _Unit(order, QuickPhones(recognizer, regions), trigger, True) for trigger, regions in by_trigger.items()
        ]
    if isinstance(recognizer, UrlRecognizer) and {pattern.name for pattern in recognizer.patterns} <= set(URL_TRIGGERS):
        return [_one_pattern(order, recognizer, pattern) for pattern in recognizer.patterns]
    kind = type(recognizer).__name__
    return [_Unit(order, recognizer, stock_trigger(kind), kind in NEED_DIGITS)]


def _one_pattern(order: int, recognizer: UrlRecognizer, pattern: Pattern) -> _Unit:
    part = copy.copy(recognizer)
    part.patterns = [pattern]
    return _Unit(order, part, f"{URL_TRIGGERS[pattern.name]}|{FOLDED}")
