"""All recognizers over many texts: fold, find, weigh the evidence, resolve overlaps, map back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from auditor.checks.pii.exceptions import Exceptions, load_exceptions
from auditor.checks.pii.fold import fold
from auditor.checks.pii.lines import Lines, split_lines
from auditor.checks.pii.offline import stock_recognizer
from auditor.checks.pii.quiet_gc import without_gc
from auditor.checks.pii.recognizers import Context, PatternRule, listed_rule, load_rules
from auditor.checks.pii.spans import Evidence, Span, resolve
from auditor.checks.pii.stock import UNCHECKED, StockLayer
from auditor.checks.pii.timed import SECONDS
from auditor.config import PiiSettings

if TYPE_CHECKING:
    from auditor.checks.pii.ner import Tagger

CONTEXT_CHARACTERS = 60
"""How far before a hit a context word may stand: about ten words, five where they are long."""
AFTER_CHARACTERS = 10
CONTEXT_SCORE = 0.85
LETTERS_WITHOUT_SPACES = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]"
"""Presidio's patterns take these for parts of words, and so miss what is glued to them."""
REGIONS = {"en": ("US", "GB"), "zh": ("CN", "HK", "TW"), "other": ("US", "GB", "DE", "FR", "CN")}


class Detector:
    """The recognizers of a run.

    Args:
        settings: rules, regions, threshold and model.
        language: of the corpus.
        today: the day on which suppressions must still hold.

    Raises:
        CheckError: presidio-analyzer is not installed.
        InputError: a rules file is not valid.

    """

    def __init__(self, settings: PiiSettings, language: str, today: date) -> None:
        self.settings = settings
        self.language = language
        regions = REGIONS[language] if settings.regions == "auto" else tuple(settings.regions.split(","))
        rules = load_rules(settings.rules, regions)
        self.rules = rules.patterns
        self._stock_rules = rules.stock
        self._stock = StockLayer([stock_recognizer(rule) for rule in rules.stock], SECONDS)
        path = settings.exceptions
        self.exceptions = load_exceptions(Path(path), today) if path is not None else Exceptions()
        self.rules += tuple(listed_rule(value, entity) for value, entity in self.exceptions.deny)

    def spans(
        self,
        texts: Sequence[str],
        *,
        ner: bool,
        patterns: bool = True,
        unsure: bool = False,
        heading: str | None = None,
    ) -> list[list[Span]]:
        """Personal data in each text, without overlaps, in order of position; see `find_spans`.

        Raises:
            CheckError: `ner` is asked for and no model is installed.

        """
        placed = self._placed_patterns(texts) if patterns else [[] for _ in texts]
        names = self.names(texts, unsure=unsure) if ner and texts else [[] for _ in texts]
        return [
            self.exceptions.kept(text, resolve([*spans, *tagged]))
            for text, spans, tagged in zip(texts, placed, names, strict=True)
        ]

    def _placed_patterns(self, texts: Sequence[str]) -> list[list[Span]]:
        folded = [fold(text) for text in texts]
        with without_gc():
            found = self._patterns([text for text, _ in folded])
        return [
            [_placed(span, places) for span in spans if span.score >= self.settings.threshold]
            for spans, (_, places) in zip(found, folded, strict=True)
        ]

    def names(self, texts: Sequence[str], *, unsure: bool = False) -> list[list[Span]]:
        """Names, places and groups in each text by the name tagger alone, as they come; see `Tagger.spans`.

        Raises:
            CheckError: no model is installed.

        """
        found = self.tagger.spans(texts, unsure=unsure)
        return [[span for span in spans if unsure or span.score >= self.settings.threshold] for spans in found]

    @property
    def tagger(self) -> Tagger:
        """The name tagger.

        Raises:
            CheckError: no model is installed.

        """
        from auditor.checks.pii.ner import tagger

        return tagger(self.settings.model, self.language)

    def _patterns(self, texts: list[str]) -> list[list[Span]]:
        found: list[list[Span]] = [[] for _ in texts]
        lines = split_lines(texts)
        for rule in self.rules:
            evidence = Evidence.VALIDATED if rule.proof else Evidence.PATTERN
            for number, start, end in rule_hits(rule, texts, lines):
                span = Span(start, end, rule.entity, 1.0 if rule.proof else rule.score, evidence)
                _keep(found[number], span, rule.context, texts[number])
        without_letters = replace(lines, unique=pc.replace_substring_regex(lines.unique, LETTERS_WITHOUT_SPACES, "\t"))
        for hit in self._stock.hits(texts, without_letters):
            stock_rule = self._stock_rules[hit.order]
            proved = hit.score == 1.0 and stock_rule.validated
            evidence = Evidence.VALIDATED if proved or hit.entity == UNCHECKED else Evidence.PATTERN
            span = Span(hit.start, hit.end, hit.entity, 1.0 if proved else stock_rule.score, evidence)
            _keep(found[hit.text], span, stock_rule.context, texts[hit.text])
        return found


@lru_cache(maxsize=8)
def detector(settings: PiiSettings, language: str, today: date) -> Detector:
    """The detector of a run; one a process."""
    return Detector(settings, language, today)


def rule_hits(rule: PatternRule, texts: Sequence[str], lines: Lines) -> Iterable[tuple[int, int, int]]:
    """(text, start, end) of each hit."""
    if not rule.line_local:
        candidates = range(len(texts)) if rule.trigger is None else lines.texts(lines.matching(rule.trigger))
        for number in candidates:
            for start, end in rule.find(texts[number]):
                yield number, start, end
        return
    numbers = lines.matching(rule.pattern)
    for line, candidate in zip(numbers.tolist(), lines.take(numbers), strict=True):
        for start, end in rule.find(candidate):
            for number, offset in lines.places(line):
                yield number, start + offset, end + offset


def _keep(found: list[Span], span: Span, context: Context, text: str) -> None:
    """Add a span, with the evidence its context gives it; drop it where it needs one and has none."""
    if span.evidence is Evidence.PATTERN:
        if _in_context(span, context, text):
            span = replace(span, evidence=Evidence.CONTEXT, score=max(span.score, CONTEXT_SCORE))
        elif context.needed:
            return
    found.append(span)


def _in_context(span: Span, context: Context, text: str) -> bool:
    """Whether a word stands beside the span that says what it is."""
    if context.before is not None:
        before = text[max(0, span.start - CONTEXT_CHARACTERS) : span.start]
        if context.before.search(before.lower()):
            return True
    if context.after is not None:
        after = text[span.end : span.end + AFTER_CHARACTERS].partition("\n")[0]
        return context.after.search(after.lower()) is not None
    return False


def _placed(span: Span, places: np.ndarray | None) -> Span:
    """The span in the text as it was before folding."""
    if places is None:
        return span
    return replace(span, start=int(places[span.start]), end=int(places[span.end - 1]) + 1)
