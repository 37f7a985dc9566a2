"""Measures of lexical diversity."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")
THRESHOLD = 0.72
"""Type-token ratio at which a factor of MTLD is complete (McCarthy and Jarvis 2010)."""


def words(text: str) -> list[str]:
    """Lower-case words; each character of Chinese and Japanese is one."""
    return _WORD.findall(text.lower())


def mtld(tokens: Sequence[str]) -> float:
    """Measure of textual lexical diversity: mean length of runs whose type-token ratio stays above 0.72.

    McCarthy and Jarvis 2010; the mean of both directions. Nearly independent of the amount of text.
    """
    if not tokens:
        return 0.0
    return (_one_way(tokens) + _one_way(tokens[::-1])) / 2


def _one_way(tokens: Sequence[str]) -> float:
    factors, types, count = 0.0, set(), 0
    for token in tokens:
        types.add(token)
        count += 1
        if len(types) / count <= THRESHOLD:
            factors, types, count = factors + 1, set(), 0
    if count:
        factors += (1 - len(types) / count) / (1 - THRESHOLD)
    return len(tokens) / factors if factors else float(len(tokens))


def distinct_bigrams(rows: Sequence[Sequence[str]]) -> float:
    """Distinct-2: distinct word pairs over all word pairs within texts (Li et al. 2016); depends on the amount."""
    seen: set[tuple[str, str]] = set()
    total = 0
    for row in rows:
        seen.update(pairwise(row))
        total += max(0, len(row) - 1)
    return len(seen) / total if total else 0.0
