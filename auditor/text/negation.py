"""Words that deny, in English and Chinese: one of them turns the meaning of a text."""

from __future__ import annotations

import re

NEGATION = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|nowhere|neither|nor|without|cannot|hardly|barely|isnt|dont|doesnt|didnt|cant|wont)\b"
    r"|n['’]t\b"
    r"|[不没沒別别未无無非莫勿否]",
    re.IGNORECASE,
)


def negations(text: str) -> int:
    """How many words of a text deny."""
    return len(NEGATION.findall(text))
