"""Texts as unique lines, so that a line repeated in a thousand mails is searched once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class Lines:
    """Unique lines and their occurrences.

    Attributes:
        unique: the distinct lines, ``large_string``, in order of first occurrence.
        document: int64, sorted by line: the text of an occurrence.
        offset: int64, beside `document`: code points before the occurrence in its text.
        bounds: int64: occurrences of line ``i`` are ``bounds[i]`` to ``bounds[i + 1]``.

    """

    unique: pa.LargeStringArray
    document: np.ndarray
    offset: np.ndarray
    bounds: np.ndarray

    def places(self, line: int) -> Iterator[tuple[int, int]]:
        """(text, offset) of each occurrence of a line."""
        low, high = self.bounds[line], self.bounds[line + 1]
        return zip(self.document[low:high].tolist(), self.offset[low:high].tolist(), strict=True)

    def matching(self, pattern: str, among: np.ndarray | None = None) -> np.ndarray:
        """Numbers of the lines, or of those `among` these, in which the RE2 `pattern` occurs."""
        if among is None:
            return np.flatnonzero(np.asarray(pc.match_substring_regex(self.unique, pattern)))
        few = self.unique.take(pa.array(among))
        chosen: np.ndarray = among[np.asarray(pc.match_substring_regex(few, pattern)).astype(bool)]
        return chosen

    def texts(self, numbers: np.ndarray) -> list[int]:
        """Numbers of the texts that contain any of these lines, ascending."""
        found = [self.document[self.bounds[number] : self.bounds[number + 1]] for number in numbers.tolist()]
        texts: list[int] = np.unique(np.concatenate(found)).tolist() if found else []
        return texts

    def take(self, numbers: np.ndarray) -> list[str]:
        """The lines of these numbers."""
        lines: list[str] = self.unique.take(pa.array(numbers)).to_pylist()
        return lines


def split_lines(texts: Sequence[str]) -> Lines:
    """`texts` cut at each newline character."""
    parts = pc.split_pattern(pa.array(texts, pa.large_string()), "\n")
    flat = pc.list_flatten(parts)
    document = np.asarray(pc.list_parent_indices(parts)).astype(np.int64)
    lengths = np.asarray(pc.utf8_length(flat)).astype(np.int64) + 1
    begins = np.concatenate([[0], np.cumsum(lengths)[:-1]]) if len(lengths) else np.zeros(0, np.int64)
    first = np.searchsorted(document, np.arange(len(texts)))
    offset = begins - begins[first][document]
    encoded = flat.dictionary_encode()
    codes = np.asarray(encoded.indices)
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(encoded.dictionary) + 1))
    return Lines(encoded.dictionary, document[order], offset[order], bounds)
