"""The lines of many texts as hashes, to count the repeated ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from auditor.dedup.ngrams import buffers, hash_spans

SHORTEST, LONGEST = 24, 2_000
"""Limits on the bytes of a line without surrounding white space; other lines are ignored."""


@dataclass(frozen=True)
class Lines:
    """Lines of texts, in order.

    Attributes:
        hashes: uint64, one per line: equal where the bytes are.
        row: int64, one per line: the text it is in.
        start, end: int64, one per line: its first byte in that text, and the byte after its last.
    """

    hashes: np.ndarray
    row: np.ndarray
    start: np.ndarray
    end: np.ndarray


def lines_of(texts: pa.Array) -> Lines:
    """The lines of `texts` (``large_string``) of `SHORTEST` to `LONGEST` bytes; a text of one line has none."""
    data, offsets = buffers(texts)
    breaks = np.flatnonzero(data == 10)
    if len(breaks) == 0:
        return Lines(np.zeros(0, np.uint64), *(np.zeros(0, np.int64),) * 3)
    ends = np.union1d(breaks, offsets[1:])
    starts = np.concatenate([offsets[:1], ends[:-1] + (data[np.minimum(ends[:-1], len(data) - 1)] == 10)])
    keep = ends - starts >= SHORTEST
    starts, ends = starts[keep], ends[keep]
    padded = np.concatenate([data, np.zeros(9, np.uint8)])
    starts, ends = _trimmed(padded, starts, ends)
    row = np.searchsorted(offsets, starts, "right") - 1
    whole = (starts == offsets[row]) & (ends == offsets[row + 1])
    keep = (ends - starts >= SHORTEST) & (ends - starts <= LONGEST) & ~whole
    starts, ends, row = starts[keep], ends[keep], row[keep]
    return Lines(hash_spans(padded, starts, ends - starts), row, starts - offsets[row], ends - offsets[row])


def _trimmed(padded: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The spans `starts` to `ends` without surrounding ASCII white space."""
    starts, ends = starts.copy(), ends.copy()
    for edge, step, offset in ((starts, 1, 0), (ends, -1, -1)):
        blank = np.flatnonzero(padded[edge + offset] <= 32)
        while len(blank):
            edge[blank] += step
            blank = blank[(padded[edge[blank] + offset] <= 32) & (starts[blank] < ends[blank])]
    return starts, ends
