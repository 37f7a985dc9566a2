"""Which texts hold which terms, case and punctuation aside."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
Key = TypeVar("Key", bound=Hashable)
_NO_LETTER = r"[^\p{L}\p{M}\p{N}]"
_BETWEEN = f"{_NO_LETTER}+"


_ROWS = 4_096
"""Texts that are made ready at once."""


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
        spaced = {key: found for key, terms in lists.items() if (found := _spaced(terms))}
        unspaced = {key: found for key, terms in lists.items() if (found := _unspaced(terms))}
        held = {key: np.zeros(len(self._text), bool) for key in lists}
        for start in range(0, len(self._text), _ROWS):
            text = _folded(self._text.slice(start, _ROWS))
            for key, pattern in spaced.items():
                held[key][start : start + _ROWS] = _matching(text, pattern)
            at = np.flatnonzero(_matching(text, _UNSPACED.pattern)) if unspaced else np.zeros(0, np.int64)
            if len(at):
                some = text.take(pa.array(at))
                for key, pattern in unspaced.items():
                    held[key][start + at] |= _matching(some, pattern)
        return held


def _folded(text: pa.ChunkedArray | pa.Array) -> pa.Array:
    if isinstance(text, pa.ChunkedArray):
        text = text.combine_chunks()
    return pc.utf8_lower(pc.utf8_normalize(pc.fill_null(text, ""), "NFKC"))


def _matching(text: pa.Array, pattern: str) -> np.ndarray:
    return np.asarray(pc.match_substring_regex(text, pattern).to_numpy(zero_copy_only=False))


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
