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
_BETWEEN = r"[^\p{L}\p{M}\p{N}]+"


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
        patterns = {key: pattern for key, terms in lists.items() if (pattern := _pattern(terms))}
        found = {key: np.zeros(len(self._text), bool) for key in lists}
        for start in range(0, len(self._text), _ROWS):
            words = _words(self._text.slice(start, _ROWS))
            for key, pattern in patterns.items():
                hit = pc.match_substring_regex(words, pattern)
                found[key][start : start + _ROWS] = hit.to_numpy(zero_copy_only=False)
        return found


def _words(text: pa.ChunkedArray | pa.Array) -> pa.Array:
    """The words of each text, folded, with a blank before and after each."""
    if isinstance(text, pa.ChunkedArray):
        text = text.combine_chunks()
    folded = pc.utf8_lower(pc.utf8_normalize(pc.fill_null(text, ""), "NFKC"))
    spaced = pc.replace_substring_regex(folded, _BETWEEN, " ")
    edge = pa.scalar("", pa.large_string())
    return pc.binary_join_element_wise(
        edge, pc.cast(spaced, pa.large_string()), edge, pa.scalar(" ", pa.large_string())
    )


def _pattern(terms: Sequence[str]) -> str:
    """What finds any of `terms` in folded words; empty where there is none."""
    plain = [" ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", term).lower())) for term in terms]
    inside = [term for term in plain if _UNSPACED.search(term)]
    alone = [term for term in plain if term and not _UNSPACED.search(term)]
    return "|".join([*inside, *([f" (?:{'|'.join(alone)}) "] if alone else [])])
