"""libphonenumber's matcher with a fast pre-check.

The matcher parses every run of digits for every region. The length or prefix of most runs is impossible in the region's
numbering plan; a regular expression over the bare digits detects that at a tenth of the cost. Candidates repeat in many
lines and for each region: those without a number are cached.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    PhoneMetadata,
    PhoneNumberMatch,
    PhoneNumberMatcher,
    phonenumbermatcher,
)

from auditor.errors import CheckError

if TYPE_CHECKING:
    from presidio_analyzer import RecognizerResult
    from presidio_analyzer.predefined_recognizers import PhoneRecognizer

MODULE_NAMES = ("_PATTERN", "_SECOND_NUMBER_START_PATTERN", "_TIME_STAMPS")
MATCHER_NAMES = ("_extract_match", "_parse_and_verify", "_search_index", "_max_tries", "preferred_region", "leniency")
"""Private names of phonenumbers that the pre-check depends on: of the matcher's module, and of the matcher."""
_MODULE: Any = phonenumbermatcher  # its stubs know no private names
KINDS = (
    "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan",
    "voicemail",
)  # fmt: skip
"""The kinds of number one of which a valid number is."""
HARMLESS = frozenset(" \t\n,.;:()[]<>\"'/-+=#*!?@&0123456789")
"""Adjacent characters that do not invalidate a candidate (letters, percent and currency signs do)."""
KNOWN = 100_000
"""Cached candidates per region."""
PLAIN = re.compile(r"[0-9 ()./\[\]-]+")
"""Candidates for the pre-check: no plus sign, extension or digits of other scripts."""


class QuickPhones:
    """One of Presidio's phone recognizers for some of its regions; the results are the same.

    Args:
        recognizer: source of the score and leniency.
        regions: ISO 3166 codes.

    Raises:
        CheckError: this version of phonenumbers lacks a private name that the quick test rests on.

    """

    def __init__(self, recognizer: PhoneRecognizer, regions: Sequence[str]) -> None:
        _require_private_names()
        self.supported_entities: list[str] = recognizer.supported_entities
        self._score = recognizer.SCORE
        self._leniency = recognizer.leniency
        self._regions = tuple(regions)

    def analyze(self, text: str, entities: list[str], nlp_artifacts: None = None) -> list[RecognizerResult]:
        """Phone numbers in `text`, region by region."""
        from presidio_analyzer import RecognizerResult

        return [
            RecognizerResult(self.supported_entities[0], match.start, match.end, self._score)
            for match in self._matches(text)
        ]

    def _matches(self, text: str) -> Iterator[PhoneNumberMatch]:
        candidates = list(_candidates(text))
        for region in self._regions:
            yield from _QuickMatcher(text, region, self._leniency).among(candidates)


def _require_private_names() -> None:
    matcher = PhoneNumberMatcher("", None)
    there = [hasattr(_MODULE, name) for name in MODULE_NAMES]
    if not all([*there, *(hasattr(matcher, name) for name in MATCHER_NAMES)]):
        raise CheckError(
            "This version of phonenumbers is built otherwise: telephone numbers cannot be looked for.",
            where="privacy check",
            fix="Install a version within the range that auditor names.",
        )


class _QuickMatcher(PhoneNumberMatcher):
    """The matcher, without candidates that cannot be valid in the region or are cached as empty."""

    def __init__(self, text: str, region: str, leniency: int) -> None:
        super().__init__(text, region, leniency=leniency)
        self._known = _known(region, leniency)
        self._is_beside = False

    def among(self, candidates: Sequence[tuple[int, str]]) -> Iterator[PhoneNumberMatch]:
        """The matches, where `candidates` are those of the text as long as none of them is one."""
        known = self._known
        for start, candidate in candidates:
            if (tries := known.get(candidate)) is None:
                self._search_index = start
                yield from self
                return
            self._max_tries -= tries + 1
            if self._max_tries <= 0:
                return

    def _extract_match(self, candidate: str, offset: int) -> PhoneNumberMatch | None:
        if (tries := self._known.get(candidate)) is not None:
            self._max_tries -= tries
            return None
        before = self._max_tries
        self._is_beside = _MODULE._TIME_STAMPS.search(candidate) is not None
        match = super()._extract_match(candidate, offset)
        if match is None and not self._is_beside and self._max_tries > 0:
            if len(self._known) >= KNOWN:
                self._known.clear()
            self._known[candidate] = before - self._max_tries
        return match

    def _parse_and_verify(self, candidate: str, offset: int) -> PhoneNumberMatch | None:
        if not _can_be_valid(candidate, self.preferred_region):
            return None
        match = super()._parse_and_verify(candidate, offset)
        end = offset + len(candidate)
        beside = self.text[max(0, offset - 1) : offset] + self.text[end : end + 1]
        if match is None and not HARMLESS.issuperset(beside):  # because of itself, or of its context?
            alone = PhoneNumberMatcher(candidate, self.preferred_region, leniency=self.leniency)
            self._is_beside |= alone._parse_and_verify(candidate, 0) is not None
        return match


@lru_cache(maxsize=300)
def _known(region: str, leniency: int) -> dict[str, int]:
    """Candidates without a number of the region in any context, and the tries needed to determine that."""
    return {}


def _candidates(text: str) -> Iterator[tuple[int, str]]:
    """(start, candidate): what the matcher looks at, one after the other, as long as nothing matches."""
    pattern, second_start = _MODULE._PATTERN, _MODULE._SECOND_NUMBER_START_PATTERN
    match = pattern.search(text)
    while match is not None:
        candidate = match.group()
        second = second_start.search(candidate)
        if second is not None:
            candidate = candidate[: second.start()]
        if candidate:
            yield match.start(), candidate
        match = pattern.search(text, match.start() + len(candidate))


def _can_be_valid(candidate: str, region: str | None) -> bool:
    if region is None or not PLAIN.fullmatch(candidate):
        return True
    plan = _plan(region)
    return plan is None or plan.fullmatch(re.sub("[^0-9]", "", candidate)) is not None


@lru_cache(maxsize=300)
def _plan(region: str) -> re.Pattern[str] | None:
    """A pattern of the digits of a valid number; None if the plan transforms digits."""
    plan = PhoneMetadata.metadata_for_region(region)
    if plan is None or plan.country_code is None or plan.national_prefix_transform_rule:
        return None
    # countries that share a code share their numbers: a US number may be valid as a Dominican one
    sharing = [PhoneMetadata.metadata_for_region(other) for other in COUNTRY_CODE_TO_REGION_CODE[plan.country_code]]
    kinds = [getattr(other, kind) for other in sharing if other is not None for kind in KINDS]
    numbers = "|".join(kind.national_number_pattern for kind in kinds if kind and kind.national_number_pattern)
    abroad = f"(?:{plan.international_prefix}).*" if plan.international_prefix else "(?!)"
    prefix = f"(?:{plan.country_code})?(?:{plan.national_prefix_for_parsing or ''})?"
    return re.compile(f"{abroad}|{prefix}(?:{numbers})")
