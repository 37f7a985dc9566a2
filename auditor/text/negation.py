"""Negation words in English and Chinese."""

from __future__ import annotations

import re

NEGATION = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|nowhere|neither|nor|without|cannot|hardly|barely|isnt|dont|doesnt|didnt|cant|wont)\b"
    r"|n['’]t\b"
    r"|[不没沒別别未无無非莫勿否]",
    re.IGNORECASE,
)


def count_negations(text: str) -> int:
    """Number of negation words in a text."""
    return len(NEGATION.findall(text))
