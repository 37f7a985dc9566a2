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
        """bool, one per text: whether it holds `term`."""
        return self.rows_with_any([term])

    def rows_with_any(self, terms: Sequence[str]) -> np.ndarray:
        """bool, one per text: whether it holds one of `terms`."""
        plain = [" ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", term).lower())) for term in terms]
        inside = [term for term in plain if _UNSPACED.search(term)]
        alone = [term for term in plain if term and not _UNSPACED.search(term)]
        pattern = "|".join([*inside, *([f" (?:{'|'.join(alone)}) "] if alone else [])])
        if not pattern:
            return np.zeros(self._rows, bool)
        return np.asarray(pc.match_substring_regex(self._words, pattern).to_numpy())
