"""Which texts hold which terms, case and punctuation aside."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_BETWEEN = r"[^\p{L}\p{M}\p{N}]+"


class TermIndex:
    """Texts made ready to be searched for terms.

    Terms in spaced scripts match whole words, terms in scripts without spaces match anywhere.
    """

    def __init__(self, text: pa.ChunkedArray) -> None:
        folded = pc.utf8_lower(pc.utf8_normalize(pc.fill_null(text, ""), "NFKC"))
        spaced = pc.replace_substring_regex(folded, _BETWEEN, " ")
        edge = pa.scalar("", pa.large_string())
        self._words = pc.binary_join_element_wise(
            edge, pc.cast(spaced, pa.large_string()), edge, pa.scalar(" ", pa.large_string())
        )
        self._rows = len(text)

    def rows_with(self, term: str) -> np.ndarray:
        """bool, one a text: whether it holds `term`."""
        plain = " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", term).lower()))
        if not plain:
            return np.zeros(self._rows, bool)
        pattern = plain if _UNSPACED.search(plain) else f" {plain} "
        return np.asarray(pc.match_substring(self._words, pattern).to_numpy())

    def rows_with_any(self, terms: Sequence[str]) -> np.ndarray:
        """bool, one a text: whether it holds one of `terms`."""
        found = np.zeros(self._rows, bool)
        for term in terms:
            found |= self.rows_with(term)
        return found
