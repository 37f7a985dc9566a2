"""Personal data out of texts, span by span, from the right so that offsets stay true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

Span = tuple[int, int, str]
"""Start, end (characters, half open) and entity type."""


def mask_text(text: str, spans: Sequence[Span], how: Literal["replace", "mask", "redact"]) -> str:
    """`text` with every span replaced: ``<ENTITY>``, asterisks of the same length, or nothing.

    Overlapping spans are joined; the joined span carries the type of its first.

    Raises:
        ValueError: a span lies outside the text.
    """
    for start, end, entity in reversed(_joined(spans)):
        if not 0 <= start < end <= len(text):
            raise ValueError(f"span {start}:{end} of {entity} lies outside a text of {len(text)} characters")
        new = {"replace": f"<{entity}>", "mask": "*" * (end - start), "redact": ""}[how]
        text = text[:start] + new + text[end:]
    return text


def _joined(spans: Sequence[Span]) -> list[Span]:
    result: list[Span] = []
    for start, end, entity in sorted(spans, key=lambda s: (s[0], -s[1])):
        if result and start < result[-1][1]:
            first = result[-1]
            result[-1] = (first[0], max(first[1], end), first[2])
        else:
            result.append((start, end, entity))
    return result
