"""Search many texts for terms, ignoring case and punctuation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
Key = TypeVar("Key", bound=Hashable)
_NO_LETTER = r"[^\p{L}\p{M}\p{N}]"
_BETWEEN = f"{_NO_LETTER}+"


_ROWS = 4_096
"""Texts normalized at a time."""
_MAX_SET_PATTERNS, _MAX_SET_BYTES = 200, 64 << 20
"""Maximum number of patterns in one RE2 set, and its memory limit."""


class TermIndex:
    """Texts that can be searched for terms.

    Terms in scripts with spaces match whole words; terms in scripts without spaces match anywhere.
    """

    def __init__(self, text: pa.ChunkedArray | pa.Array) -> None:
        self._text = text

    def rows_with(self, term: str) -> np.ndarray:
        """bool, one per text: whether it contains `term`."""
        return self.rows_with_each({term: [term]})[term]

    def rows_with_any(self, terms: Sequence[str]) -> np.ndarray:
        """bool, one per text: whether it contains one of `terms`."""
        return self.rows_with_each({"": terms})[""]

    def rows_with_each(self, lists: Mapping[Key, Sequence[str]]) -> dict[Key, np.ndarray]:
        """For each list of terms, bool per text: whether it contains one of them. Scans the texts once."""
        spaced = _compile({key: found for key, terms in lists.items() if (found := _spaced(terms))})
        unspaced = _compile({key: found for key, terms in lists.items() if (found := _unspaced(terms))})
        matches = {key: np.zeros(len(self._text), bool) for key in lists}
        for start in range(0, len(self._text), _ROWS):
            text = _folded(self._text.slice(start, _ROWS))
            _mark(matches, spaced, text, np.arange(start, start + len(text)))
            if unspaced.keys:
                rows = np.flatnonzero(pc.match_substring_regex(text, _UNSPACED.pattern).to_numpy(zero_copy_only=False))
                _mark(matches, unspaced, text.take(pa.array(rows)), start + rows)
        return matches


@dataclass(frozen=True)
class _PatternSet(Generic[Key]):
    """Several patterns searched for in one pass, each with a key."""

    keys: tuple[Key, ...]
    matching: Callable[[str], Sequence[int] | None]
    """Maps a text to the indexes of the patterns that match it."""


def _compile(patterns: Mapping[Key, str]) -> _PatternSet[Key]:
    return _PatternSet(tuple(patterns), _pattern_set(tuple(patterns.values())))


@lru_cache(maxsize=64)
def _pattern_set(patterns: tuple[str, ...]) -> Callable[[str], Sequence[int] | None]:
    """A function from a text to the indexes of its matching patterns: one pass of an RE2 set, several if too large."""
    import re2

    if not patterns:
        return lambda text: None
    if len(patterns) > _MAX_SET_PATTERNS:
        return _two_sets(patterns)
    options = re2.Options()
    options.max_mem = _MAX_SET_BYTES
    pattern_set = re2.Set.SearchSet(options)
    for pattern in patterns:
        pattern_set.Add(pattern)
    try:
        pattern_set.Compile()
    except re2.error:  # the set exceeds its memory limit
        if len(patterns) == 1:
            raise
        return _two_sets(patterns)
    match: Callable[[str], Sequence[int] | None] = pattern_set.Match
    return match


def _two_sets(patterns: tuple[str, ...]) -> Callable[[str], Sequence[int]]:
    half = len(patterns) // 2
    first, second = _pattern_set(patterns[:half]), _pattern_set(patterns[half:])
    return lambda text: [*(first(text) or ()), *(half + place for place in second(text) or ())]


def _mark(matches: Mapping[Key, np.ndarray], patterns: _PatternSet[Key], text: pa.Array, rows: np.ndarray) -> None:
    """Mark, for each key, which of `rows` match."""
    places: list[list[int]] = [[] for _ in patterns.keys]
    if places:
        for row, value in zip(rows.tolist(), text.to_pylist(), strict=True):
            for place in patterns.matching(value) or ():
                places[place].append(row)
    for key, found in zip(patterns.keys, places, strict=True):
        matches[key][found] = True


def _folded(text: pa.ChunkedArray | pa.Array) -> pa.Array:
    if isinstance(text, pa.ChunkedArray):
        text = text.combine_chunks()
    return pc.utf8_lower(pc.utf8_normalize(pc.fill_null(text, ""), "NFKC"))


def _word_patterns(terms: Sequence[str]) -> list[str]:
    words = (re.findall(r"\w+", unicodedata.normalize("NFKC", term).lower()) for term in terms)
    return [_BETWEEN.join(term) for term in words if term]


def _spaced(terms: Sequence[str]) -> str:
    """A pattern for those of `terms` that are in scripts with spaces, as whole words; empty if there are none."""
    alone = [term for term in _word_patterns(terms) if not _UNSPACED.search(term)]
    return f"(?:^|{_NO_LETTER})(?:{'|'.join(alone)})(?:{_NO_LETTER}|$)" if alone else ""


def _unspaced(terms: Sequence[str]) -> str:
    """A pattern for those of `terms` that are in scripts without spaces; empty if there are none."""
    return "|".join(term for term in _word_patterns(terms) if _UNSPACED.search(term))
