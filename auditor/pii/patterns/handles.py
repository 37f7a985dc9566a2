"""Distinguishes account names after an @ from code, style-sheet rules and times."""

from __future__ import annotations

import re

from auditor.pii.context import word_lists
from auditor.pii.patterns.addresses import public_suffix

NO_NAME = re.compile(
    r"(?i)@(?:\d+(?:[:.]\d+)*(?:am|pm|h|hz|px|th|st|nd|rd|x|k|m|gb|mb|fps|ghz|mhz)?|\d*[-_.·]*|.|[-_.·\W]*"
    r"|(?:\d+|[一二两三四五六七八九十几]+)[个個位名].*)"
)
"""Times, sizes and prices after an @, single letters, and requests to mention people (``@三位好友``)."""


def handle(text: str) -> bool:
    """An account name with a leading @; not an annotation, domain, style-sheet rule, time or number."""
    name = text.lstrip("@").strip(".").lower()
    if name.split(".")[0] in word_lists()["not_handles"] or NO_NAME.fullmatch(text):
        return False
    return "." not in name or not public_suffix(name)
