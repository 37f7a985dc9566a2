"""All recognizers over many texts: fold, find, rate the evidence, resolve overlaps, map back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from auditor.config.settings import PiiSettings
from auditor.errors import CheckError
from auditor.pii.context import NO_CONTEXT, Context, heading_words
from auditor.pii.exceptions import Exceptions, load_exceptions
from auditor.pii.fold import Folded, fold_all, unwrapped
from auditor.pii.lines import Lines, split_lines
from auditor.pii.patterns.offline import stock_recognizer
from auditor.pii.patterns.quiet_gc import without_gc
from auditor.pii.patterns.recognizers import PatternRule, listed_rule, load_rules
from auditor.pii.patterns.stock import UNCHECKED, StockLayer
from auditor.pii.patterns.timed import SECONDS
from auditor.pii.spans import Evidence, Span, resolve
from auditor.text.language import KNOWN, text_language

if TYPE_CHECKING:
    from auditor.pii.names.taggers import Tagger

CONTEXT_SCORE = 0.85
DISPLAYED: float = PiiSettings.model_fields["threshold"].default
"""Score from which patterns are hidden in displayed texts, if the threshold of the findings is higher."""
LETTERS_WITHOUT_SPACES = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]"
"""Presidio's patterns treat these as parts of words and so miss values adjacent to them."""
REMEMBERED = 20_000
"""Texts whose names are cached."""
REGIONS = {"en": ("US", "GB"), "zh": ("CN", "HK", "TW"), "other": ("US", "GB", "DE", "FR", "CN")}


class Detector:
    """The recognizers of a run.

    Args:
        settings: the rules, regions, threshold and model.
        language: the corpus language.
        today: the date on which suppressions must be valid.

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
        self._taggers: dict[str, Tagger | None] = {}
        self._named: dict[str, list[Span]] = {}  # texts are mostly the same when graded again after a plan
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
            CheckError: `ner` is requested and no model is installed.

        """
        least = min(self.settings.threshold, DISPLAYED) if unsure else self.settings.threshold
        placed = self._placed_patterns(texts, heading, least) if patterns else [[] for _ in texts]
        names = self.names(texts, unsure=unsure) if ner and texts else [[] for _ in texts]
        return [
            self.exceptions.kept(text, resolve([*spans, *tagged]))
            for text, spans, tagged in zip(texts, placed, names, strict=True)
        ]

    def _placed_patterns(self, texts: Sequence[str], heading: str | None, least: float) -> list[list[Span]]:
        words = heading_words(heading)
        folded = fold_all(texts)
        with without_gc():
            found = self._patterns([text.text for text in folded], words)
            self._add_interrupted(found, [text.text for text in folded], words)
        return [
            [_placed(span, text) for span in spans if span.score >= least]
            for spans, text in zip(found, folded, strict=True)
        ]

    def _add_interrupted(self, found: list[list[Span]], texts: Sequence[str], heading: str) -> None:
        """Add strong hits across line ends; the rules themselves search line by line."""
        joined = unwrapped(texts)
        rules = [rule for rule in self.rules if rule.across_lines]
        hits = _rule_spans(rules, [item.text for _, item in joined], heading)
        for (number, item), spans in zip(joined, hits, strict=True):
            for span in spans:
                placed = _placed(span, item)
                if placed.is_strong and "\n" in texts[number][placed.start : placed.end]:
                    found[number].append(placed)

    def names(self, texts: Sequence[str], *, unsure: bool = False) -> list[list[Span]]:
        """Names, places and groups in each text by the name tagger alone, unfiltered; see `Tagger.spans`.

        Raises:
            CheckError: no model is installed.

        """
        if unsure:
            return self._tagged(texts, unsure=True)
        if len(self._named) > REMEMBERED:
            self._named.clear()
        new = [text for text in dict.fromkeys(texts) if text not in self._named]
        found = self._tagged(new, unsure=False)
        least = self.settings.threshold
        kept_names = {
            text: [span for span in spans if span.score >= least] for text, spans in zip(new, found, strict=True)
        }
        self._named.update(kept_names)
        return [list(self._named[text]) for text in texts]

    def _tagged(self, texts: Sequence[str], *, unsure: bool) -> list[list[Span]]:
        """Spans by the tagger of each text's language.

        If there is none for the language, the corpus's tagger is used when recall matters more than precision
        (`unsure`, ``pii.ner = full``); otherwise the text is not searched.
        """
        found: list[list[Span]] = [[] for _ in texts]
        taggers = [self.tagger_for(text) for text in texts]
        if unsure or self.settings.ner == "full":
            main = self._main_tagger()
            taggers = [tagger or main for tagger in taggers]
        for chosen in dict.fromkeys(tagger for tagger in taggers if tagger is not None):
            places = [place for place, other in enumerate(taggers) if other is chosen]
            spans = chosen.spans([texts[place] for place in places], unsure=unsure)
            for place, row in zip(places, spans, strict=True):
                found[place] = row
        return found

    def tagger_for(self, text: str) -> Tagger | None:
        """The name tagger for a text: the configured model, else that of the text's language.

        None if there is none for the language, or if a tagger for another language than the corpus's is not installed.

        Raises:
            CheckError: no model is installed.

        """
        from auditor.pii.names.taggers import tagger

        main = self._main_language
        language = main if self.settings.model != "auto" else text_language(text)
        if language not in self._taggers:
            try:
                self._taggers[language] = tagger(self.settings.model, language) if language in KNOWN else None
            except CheckError:
                if language == main:
                    raise
                self._taggers[language] = None
        return self._taggers[language]

    @property
    def _main_language(self) -> str:
        """The corpus language, or English if no tagger supports it."""
        return self.language if self.language in KNOWN else KNOWN[0]

    def _main_tagger(self) -> Tagger:
        from auditor.pii.names.taggers import tagger

        return tagger(self.settings.model, self._main_language)

    def _patterns(self, texts: list[str], heading: str = "") -> list[list[Span]]:
        lines = split_lines(texts)
        found = _rule_spans(self.rules, texts, heading, lines)
        without_letters = replace(lines, unique=pc.replace_substring_regex(lines.unique, LETTERS_WITHOUT_SPACES, "\t"))
        for hit in self._stock.hits(texts, without_letters):
            stock_rule = self._stock_rules[hit.order]
            proved = hit.score == 1.0 and stock_rule.validated
            evidence = Evidence.VALIDATED if proved or hit.entity == UNCHECKED else Evidence.PATTERN
            span = Span(hit.start, hit.end, hit.entity, 1.0 if proved else stock_rule.score, evidence)
            _keep(found[hit.text], span, stock_rule.context, texts[hit.text], heading)
        return found


@lru_cache(maxsize=8)
def detector(settings: PiiSettings, language: str, today: date) -> Detector:
    """The detector of a run; one per process."""
    return Detector(settings, language, today)


def _rule_spans(
    rules: Sequence[PatternRule], texts: Sequence[str], heading: str, lines: Lines | None = None
) -> list[list[Span]]:
    """The hits of the rules in each text, with evidence from context words."""
    found: list[list[Span]] = [[] for _ in texts]
    lines = split_lines(texts) if lines is None else lines
    triggered: dict[str, np.ndarray] = {}
    for rule in rules:
        if rule.context.heading_only and not heading:
            continue
        evidence = Evidence.VALIDATED if rule.proof else Evidence.PATTERN
        for number, start, end in rule_hits(rule, texts, lines, triggered):
            span = Span(start, end, rule.entity, 1.0 if rule.proof else rule.score, evidence)
            _keep(found[number], span, rule.context, texts[number], heading)
    return found


def rule_hits(
    rule: PatternRule, texts: Sequence[str], lines: Lines, triggered: dict[str, np.ndarray] | None = None
) -> Iterable[tuple[int, int, int]]:
    """(text, start, end) of each hit; `triggered` caches the lines of triggers shared by several rules."""
    known = {} if triggered is None else triggered
    if rule.trigger is not None and rule.trigger not in known:
        known[rule.trigger] = lines.matching(rule.trigger)
    among = None if rule.trigger is None else known[rule.trigger]
    if not rule.line_local:
        for number in range(len(texts)) if among is None else lines.texts(among):
            for start, end in rule.find(texts[number]):
                yield number, start, end
        return
    numbers = lines.matching(rule.pattern, among)
    for line, candidate in zip(numbers.tolist(), lines.take(numbers), strict=True):
        for start, end in rule.find(candidate):
            for number, offset in lines.places(line):
                yield number, start + offset, end + offset


def _keep(found: list[Span], span: Span, context: Context, text: str, heading: str) -> None:
    """Add a span with the evidence from its context words; see `Context.evidence`."""
    if span.evidence is Evidence.PATTERN and context is not NO_CONTEXT:
        evidence = context.evidence(text, span.start, span.end, heading)
        if evidence is None:
            return
        if evidence > Evidence.PATTERN:
            span = replace(span, evidence=evidence, score=max(span.score, CONTEXT_SCORE))
    found.append(span)


def _placed(span: Span, folded: Folded) -> Span:
    """The span in the original text before folding."""
    if folded.starts is None:
        return span
    start, end = folded.placed(span.start, span.end)
    return replace(span, start=start, end=end)
