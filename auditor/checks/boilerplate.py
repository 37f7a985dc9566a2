"""Boilerplate: lines that recur in many texts, such as the footers of mails."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from auditor.corpus.corpus import Corpus
from auditor.dedup.lines import Lines, lines_of
from auditor.dedup.minhash import slices

MIN_TEXTS, LEAST_SHARE = 20, 0.001
_TOKENS = re.compile(r"[\u3400-\u9fff]|\w+")
_LEAST_TOKENS, _GAP = 4, 3


@dataclass(frozen=True)
class Boilerplate:
    """Blocks of recurring lines, in row order.

    Attributes:
        row: int64, one per block: position of the row.
        start, end: int64, one per block: its first character and the character after its last.
        rows: int64, one per block: in how many rows its most frequent line occurs.
        lines: number of distinct recurring lines.
    """

    row: np.ndarray
    start: np.ndarray
    end: np.ndarray
    rows: np.ndarray
    lines: int


def find_boilerplate(corpus: Corpus, counted: np.ndarray) -> Boilerplate:
    """Lines of at least four words that occur in at least 20 rows and in at least one row of a thousand.

    Args:
        counted: int64, positions of the rows among which lines are counted: those kept of duplicate clusters, so that
            the lines of one text that was copied a hundred times do not count as recurring.
    """
    lines = _all_lines(corpus.text)
    least = max(MIN_TEXTS, round(LEAST_SHARE * len(counted)))
    among = np.zeros(len(corpus), bool)
    among[counted] = True
    seen = lines.hashes[among[lines.row] & _first_in_row(lines)]
    hashes, count = np.unique(seen, return_counts=True)
    hashes, count = hashes[count >= least], count[count >= least]
    wordy = [_is_wordy(corpus, lines, int(np.flatnonzero(lines.hashes == value)[0])) for value in hashes]
    hashes, count = hashes[wordy], count[wordy]
    hit = np.flatnonzero(np.isin(lines.hashes, hashes))
    return _blocks(corpus, lines, hit, count[np.searchsorted(hashes, lines.hashes[hit])], len(hashes))


def _all_lines(texts: pa.ChunkedArray) -> Lines:
    parts, firsts = [], []
    for part, first in slices(texts):
        parts.append(lines_of(part))
        firsts.append(first)
    return Lines(
        np.concatenate([np.zeros(0, np.uint64), *(p.hashes for p in parts)]),
        np.concatenate([np.zeros(0, np.int64), *(p.row + f for p, f in zip(parts, firsts, strict=True))]),
        np.concatenate([np.zeros(0, np.int32), *(p.start.astype(np.int32) for p in parts)]),
        np.concatenate([np.zeros(0, np.int32), *(p.end.astype(np.int32) for p in parts)]),
    )


def _first_in_row(lines: Lines) -> np.ndarray:
    """Whether each line occurs in its row for the first time."""
    order = np.lexsort((lines.hashes, lines.row))
    first = np.ones(len(order), bool)
    same = (lines.hashes[order][1:] == lines.hashes[order][:-1]) & (lines.row[order][1:] == lines.row[order][:-1])
    first[order[1:]] = ~same
    return first


def _is_wordy(corpus: Corpus, lines: Lines, at: int) -> bool:
    """Rules of dashes and tables of numbers are layout, not boilerplate."""
    line = _bytes(corpus, int(lines.row[at]))[lines.start[at] : lines.end[at]].decode()
    return sum(not token.isdigit() for token in _TOKENS.findall(line)) >= _LEAST_TOKENS


def _bytes(corpus: Corpus, row: int) -> bytes:
    return (corpus.text[row].as_py() or "").encode()


def _blocks(corpus: Corpus, lines: Lines, hit: np.ndarray, count: np.ndarray, distinct: int) -> Boilerplate:
    """Recurring lines that follow one another, joined; offsets in characters."""
    row, start, end = lines.row[hit], lines.start[hit], lines.end[hit]
    new = np.ones(len(hit), bool)
    new[1:] = (row[1:] != row[:-1]) | (start[1:] - end[:-1] > _GAP)
    bounds = [*np.flatnonzero(new).tolist(), len(hit)]
    blocks = []
    for first, last in pairwise(bounds):
        text = _bytes(corpus, int(row[first]))
        before = len(text[: start[first]].decode())
        length = len(text[start[first] : end[last - 1]].decode())
        blocks.append((int(row[first]), before, before + length, int(count[first:last].max())))
    columns = np.array(blocks, np.int64).reshape(-1, 4).T
    return Boilerplate(columns[0], columns[1], columns[2], columns[3], distinct)
