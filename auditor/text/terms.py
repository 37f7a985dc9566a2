"""Which texts hold which terms, case and punctuation aside."""

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
"""Texts that are made ready at once."""
_TOGETHER, _SET_BYTES = 200, 64 << 20
"""Patterns of one set at most, and the memory that RE2 may have for it."""


class TermIndex:
    """Texts made ready to be searched for terms, a slice at a time.

    Terms in spaced scripts match whole words, terms in scripts without spaces match anywhere.
    """

    def __init__(self, text: pa.ChunkedArray | pa.Array) -> None:
        self._text = text

    def rows_with(self, term: str) -> np.ndarray:
        """bool, one per text: whether it holds `term`."""
        return self.rows_with_each({term: [term]})[term]

    def rows_with_any(self, terms: Sequence[str]) -> np.ndarray:
        """bool, one per text: whether it holds one of `terms`."""
        return self.rows_with_each({"": terms})[""]

    def rows_with_each(self, lists: Mapping[Key, Sequence[str]]) -> dict[Key, np.ndarray]:
        """For each list of terms a bool per text: whether it holds one of them. All texts are gone through once."""
        spaced = _searched({key: found for key, terms in lists.items() if (found := _spaced(terms))})
        unspaced = _searched({key: found for key, terms in lists.items() if (found := _unspaced(terms))})
        held = {key: np.zeros(len(self._text), bool) for key in lists}
        for start in range(0, len(self._text), _ROWS):
            text = _folded(self._text.slice(start, _ROWS))
            _mark(held, spaced, text, np.arange(start, start + len(text)))
            if unspaced.keys:
                rows = np.flatnonzero(pc.match_substring_regex(text, _UNSPACED.pattern).to_numpy(zero_copy_only=False))
                _mark(held, unspaced, text.take(pa.array(rows)), start + rows)
        return held


@dataclass(frozen=True)
class _Searched(Generic[Key]):
    """Several patterns that are searched for at the same time, each under its key."""

    keys: tuple[Key, ...]
    found_in: Callable[[str], Sequence[int] | None]
    """From a text to the places of the patterns in it."""


def _searched(patterns: Mapping[Key, str]) -> _Searched[Key]:
    return _Searched(tuple(patterns), _pattern_set(tuple(patterns.values())))


@lru_cache(maxsize=64)
def _pattern_set(patterns: tuple[str, ...]) -> Callable[[str], Sequence[int] | None]:
    """RE2's sets of patterns: one pass over a text says which of them it holds; of very many, several passes."""
    import re2

    if not patterns:
        return lambda text: None
    if len(patterns) > _TOGETHER:
        return _two_sets(patterns)
    options = re2.Options()
    options.max_mem = _SET_BYTES
    made = re2.Set.SearchSet(options)
    for pattern in patterns:
        made.Add(pattern)
    try:
        made.Compile()
    except re2.error:  # they need more memory than a set may have
        if len(patterns) == 1:
            raise
        return _two_sets(patterns)
    match: Callable[[str], Sequence[int] | None] = made.Match
    return match


def _two_sets(patterns: tuple[str, ...]) -> Callable[[str], Sequence[int]]:
    half = len(patterns) // 2
    first, second = _pattern_set(patterns[:half]), _pattern_set(patterns[half:])
    return lambda text: [*(first(text) or ()), *(half + place for place in second(text) or ())]


def _mark(held: Mapping[Key, np.ndarray], searched: _Searched[Key], text: pa.Array, rows: np.ndarray) -> None:
    """Note which of `rows` hold what."""
    places: list[list[int]] = [[] for _ in searched.keys]
    if places:
        for row, one in zip(rows.tolist(), text.to_pylist(), strict=True):
            for place in searched.found_in(one) or ():
                places[place].append(row)
    for key, found in zip(searched.keys, places, strict=True):
        held[key][found] = True


def _folded(text: pa.ChunkedArray | pa.Array) -> pa.Array:
    if isinstance(text, pa.ChunkedArray):
        text = text.combine_chunks()
    return pc.utf8_lower(pc.utf8_normalize(pc.fill_null(text, ""), "NFKC"))


def _plain(terms: Sequence[str]) -> list[str]:
    words = (re.findall(r"\w+", unicodedata.normalize("NFKC", term).lower()) for term in terms)
    return [_BETWEEN.join(term) for term in words if term]


def _spaced(terms: Sequence[str]) -> str:
    """What finds any of `terms` in scripts with spaces, as whole words; empty where there is none."""
    alone = [term for term in _plain(terms) if not _UNSPACED.search(term)]
    return f"(?:^|{_NO_LETTER})(?:{'|'.join(alone)})(?:{_NO_LETTER}|$)" if alone else ""


def _unspaced(terms: Sequence[str]) -> str:
    """What finds any of `terms` in scripts without spaces; empty where there is none."""
    return "|".join(term for term in _plain(terms) if _UNSPACED.search(term))
