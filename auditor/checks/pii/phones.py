"""libphonenumber's matcher with a quick test in front.

The matcher parses every run of digits for every region. Most runs have a number of digits, or begin in a way, that
the region's numbering plan rules out; a regular expression over the bare digits says so at a tenth of the cost.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberMatch, PhoneNumberMatcher

if TYPE_CHECKING:
    from presidio_analyzer import RecognizerResult
    from presidio_analyzer.predefined_recognizers import PhoneRecognizer

KINDS = (
    "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan",
    "voicemail",
)  # fmt: skip
"""The kinds of number one of which a valid number is."""
PLAIN = re.compile(r"[0-9 ()./\[\]-]+")
"""Candidates the test may judge: no country sign, extension or other script's digits."""


class QuickPhones:
    """One of Presidio's phone recognizers for some of its regions; the results are the same.

    Args:
        recognizer: whose score and leniency are taken.
        regions: ISO 3166 codes.

    """

    def __init__(self, recognizer: PhoneRecognizer, regions: Sequence[str]) -> None:
        self.supported_entities: list[str] = recognizer.supported_entities
        self._score = recognizer.SCORE
        self._leniency = recognizer.leniency
        self._regions = tuple(regions)

    def analyze(self, text: str, entities: list[str], nlp_artifacts: None = None) -> list[RecognizerResult]:
        """Phone numbers in `text`, region by region."""
        from presidio_analyzer import RecognizerResult

        return [
            RecognizerResult(self.supported_entities[0], match.start, match.end, self._score)
            for region in self._regions
            for match in _QuickMatcher(text, region, leniency=self._leniency)
        ]


class _QuickMatcher(PhoneNumberMatcher):
    """The matcher, but for candidates that cannot be valid in the region."""

    def _parse_and_verify(self, candidate: str, offset: int) -> PhoneNumberMatch | None:
        if not _can_be_valid(candidate, self.preferred_region):
            return None
        return super()._parse_and_verify(candidate, offset)


def _can_be_valid(candidate: str, region: str | None) -> bool:
    if region is None or not PLAIN.fullmatch(candidate):
        return True
    plan = _plan(region)
    return plan is None or plan.fullmatch(re.sub("[^0-9]", "", candidate)) is not None


@lru_cache(maxsize=300)
def _plan(region: str) -> re.Pattern[str] | None:
    """What the digits of a valid number look like; None where the plan moves digits about."""
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
