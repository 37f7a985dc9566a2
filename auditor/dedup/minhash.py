"""MinHash: sketches, banding, candidate pairs, exact verification.

Sketch: Fast Similarity Sketching (Dahlgaard, Knudsen, Thorup 2017), a full-quality t-bin MinHash in
O(m + t log t) for a set of m. Banding: Indyk and Motwani's locality-sensitive hashing. Candidates are verified
on the full sets, so that a reported pair's Jaccard similarity is exact (64-bit hashes represent the
n-grams: at 10^9 n-grams the chance of any collision within a pair is below 10^-9).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa

from auditor.corpus.mapped import array_on_disk
from auditor.dedup import kernel
from auditor.dedup.ngrams import Shingles, buffers, distinct, folding, mix, multipliers, ranges, shingle

_U = np.uint64
BINS = 128
ANCHORS = 24
"""Members of a larger bucket are paired with its first member and near ranks only: linear, not quadratic."""
_NEAR = 8
_EMPTY = np.uint32(2**32 - 1)
_SALT = 0x2545F4914F6CDD1D
_DRAWS, _VALUE_BITS = 126, 25
_SLICE_BYTES = 1_000_000  # the arrays of one slice stay in the cache


@dataclass(frozen=True)
class Banding:
    """`bands` keys of `rows` sketch bins each; bands x rows <= `BINS`."""

    bands: int
    rows: int

    @classmethod
    def for_threshold(cls, threshold: float, recall: float = 0.999) -> Banding:
        """The banding with the most rows per band (fewest false candidates) that still reaches `recall`.

        The probability that a pair of similarity s shares a band is 1 - (1 - s^rows)^bands. `recall` is required
        slightly above the threshold, where real duplicates lie, and at least 0.995 at the threshold itself.
        """
        for rows in range(BINS // 4, 1, -1):
            bands = BINS // rows
            at = 1 - (1 - threshold**rows) ** bands
            above = 1 - (1 - min(1.0, threshold + 0.05) ** rows) ** bands
            if above >= recall and at >= 0.995:
                return cls(bands, rows)
        return cls(BINS, 1)


@dataclass(frozen=True)
class Signatures:
    """The signatures of texts used in the search for near duplicates.

    Attributes:
        sequence: uint64 (texts,), hash of the whole token sequence; 0 for texts without tokens.
        tokens: int64 (texts,), how many tokens each has.
        keys: uint64, one array of (texts,) per band.
    """

    sequence: np.ndarray
    tokens: np.ndarray
    keys: Sequence[np.ndarray] | np.ndarray


def sign(texts: pa.ChunkedArray, n: int, banding: Banding, threads: int = 1, beside: Path | None = None) -> Signatures:
    """Signatures of a ``large_string`` column (nulls as empty), computed in slices.

    Args:
        n: tokens per n-gram.
        threads: slices processed in parallel; the compiled kernel releases the GIL.
        beside: a file in whose folder the keys are stored, so that only one band at a time is in memory; None: in
            memory.

    Raises:
        OutputError: the keys cannot be written.
    """
    rows = len(texts)
    shape = banding.bands, rows
    keys = np.empty(shape, _U) if beside is None else array_on_disk(shape, _U, beside)
    made = Signatures(np.zeros(rows, _U), np.zeros(rows, np.int64), keys)
    with ThreadPoolExecutor(max(1, threads)) as pool:
        for _ in pool.map(lambda part: _sign_slice(part[0], part[1], n, banding, made, keys), list(slices(texts))):
            pass
    return made


def slices(texts: pa.ChunkedArray, size: int = _SLICE_BYTES) -> Iterator[tuple[pa.Array, int]]:
    """(rows that follow one another, place of the first) of about `size` bytes each."""
    first = 0
    for chunk in texts.chunks:
        if len(chunk):
            offsets = np.frombuffer(chunk.buffers()[1], np.int64)[chunk.offset : chunk.offset + len(chunk) + 1]
            marks = np.arange(offsets[0] + size, offsets[-1], size)
            cuts = np.unique(np.concatenate([[0], np.searchsorted(offsets, marks), [len(chunk)]])).tolist()
            for start, stop in pairwise(cuts):
                yield chunk.slice(start, stop - start), first + start
        first += len(chunk)


def _sign_slice(texts: pa.Array, first: int, n: int, banding: Banding, made: Signatures, keys: np.ndarray) -> None:
    data, offsets = buffers(texts)
    here = slice(first, first + len(texts))
    fast = kernel.signatures(
        data, offsets, n, folding(data), multipliers(n), banding.rows, multipliers(banding.rows),
        keys, first, made.sequence, made.tokens,
    )  # fmt: skip
    slow = np.flatnonzero(made.tokens[here] < 0) if fast else np.arange(len(texts))
    if len(slow):
        shingled = shingle(texts.take(pa.array(slow)) if fast else texts, n)
        keys[:, first + slow] = band_keys(shingled, banding)
        made.sequence[first + slow], made.tokens[first + slow] = shingled.sequence, shingled.tokens


def sketch(shingles: Shingles) -> np.ndarray:
    """uint32 (texts, `BINS`): bin-wise minima; rows without n-grams are all ``2**32 - 1``.

    An n-gram draws a bin and a value again and again, two draws from every 64 mixed bits; a bin keeps the least value
    of the first draw that reached it, since values of later draws are larger.
    """
    texts = len(shingles.offsets) - 1
    counts = np.diff(shingles.offsets)
    flat = np.full(texts * BINS, _EMPTY, np.uint32)
    table = flat.reshape(texts, BINS)
    hashes, base = shingles.hashes, np.repeat(np.arange(texts) * BINS, counts)
    open_rows = np.flatnonzero(counts > 0)
    for draw in range(0, _DRAWS, 2):
        mixed = mix(hashes ^ _salt(draw // 2)) if draw else hashes
        halves = np.ascontiguousarray(mixed).astype("<u8", copy=False).view("<u4")
        _draw(flat, base, halves[1::2], draw)
        _draw(flat, base, halves[0::2], draw + 1)
        unfilled = (table[open_rows] == _EMPTY).any(axis=1)
        if not unfilled.any():
            return table
        if not unfilled.all():
            open_rows = open_rows[unfilled]
            still = np.zeros(texts, bool)
            still[open_rows] = True
            keep = np.repeat(still, counts)
            hashes, base, counts = hashes[keep], base[keep], np.where(still, counts, 0)
    for bin_ in range(BINS):  # so that no bin stays empty: every n-gram for one bin after the other
        values = (mix(hashes ^ _salt(BINS + bin_)) >> _U(64 - _VALUE_BITS)).astype(np.uint32)
        np.minimum.at(flat, base + bin_, values | np.uint32(_DRAWS << _VALUE_BITS))
    return table


def _salt(number: int) -> np.uint64:
    return _U(_SALT * (2 * number + 1) % 2**64)


def _draw(flat: np.ndarray, base: np.ndarray, bits: np.ndarray, draw: int) -> None:
    values = (bits & np.uint32(2**_VALUE_BITS - 1)) | np.uint32(draw << _VALUE_BITS)
    np.minimum.at(flat, base + (bits >> np.uint32(_VALUE_BITS)), values)


def band_keys(shingles: Shingles, banding: Banding) -> np.ndarray:
    """uint64 (bands, texts): one key a band of each text's sketch."""
    odd = multipliers(banding.rows)
    keys = kernel.band_keys(shingles.hashes, shingles.offsets, banding.bands, banding.rows, odd)
    if keys is not None:
        return keys
    table = sketch(shingles)
    keys = np.empty((banding.bands, len(table)), _U)
    for band in range(banding.bands):
        values = table[:, band * banding.rows : (band + 1) * banding.rows].astype(_U)
        keys[band] = mix((values * odd).sum(axis=1, dtype=_U) + _U(band))
    return keys


def candidate_pairs(keys: Iterable[np.ndarray], rank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of texts that share a band key, each once.

    Args:
        keys: uint64, one array of (texts,) per band.
        rank: int64, one per text, distinct: the preferred text of a bucket has the lowest rank. Large buckets
            are linked to their preferred members and to near ranks only.

    Returns:
        Two int64 arrays of text positions, first < second.
    """
    texts = len(rank)
    by_rank = np.argsort(rank)
    found: list[np.ndarray] = []
    for band in keys:
        order, bounds = _buckets(band[by_rank])
        order = by_rank[order]
        sizes = np.diff(bounds)
        starts = bounds[:-1]
        for distance in range(1, int(min(sizes.max(initial=0), ANCHORS + 1))):  # all pairs, up to ANCHORS apart
            deep = sizes > distance
            room = sizes[deep] - distance
            if distance > _NEAR:  # a large bucket's far members are paired with its first member only
                room = np.where(sizes[deep] > ANCHORS, 1, room)
            left = ranges(starts[deep], room)
            found.append(_pair_codes(order[left], order[left + distance], texts))
        large = sizes > ANCHORS
        if large.any():
            count = sizes[large] - ANCHORS - 1
            right = ranges(starts[large] + ANCHORS + 1, count)
            found.append(_pair_codes(np.repeat(order[starts[large]], count), order[right], texts))
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    codes = distinct(np.concatenate(found))
    return codes // texts, codes % texts


def _buckets(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions whose key occurs more than once, bucket by bucket and ascending in each, and the bucket bounds.

    One sort of single numbers: the low bits of a key, which give way to its position, are not compared. That two keys
    differ in nothing else is next to impossible, and would only make a candidate that verification throws out.
    """
    room = _U(2 ** len(keys).bit_length() - 1)
    packed = np.sort((keys & ~room) | np.arange(len(keys), dtype=_U))
    high_bits = packed & ~room
    same = np.zeros(len(keys) + 1, bool)
    np.equal(high_bits[1:], high_bits[:-1], out=same[1:-1])
    inside = same[1:] | same[:-1]
    members = (packed[inside] & room).astype(np.int64)
    starts = np.flatnonzero(~same[:-1][inside])
    return members, np.concatenate([starts, [len(members)]])


def _pair_codes(a: np.ndarray, b: np.ndarray, texts: int) -> np.ndarray:
    codes: np.ndarray = np.minimum(a, b) * texts + np.maximum(a, b)
    return codes


def jaccard(shingles: Shingles, a: np.ndarray, b: np.ndarray, least: float = 0.0, chunk: int = 4_000_000) -> np.ndarray:
    """float64, one per pair: exact Jaccard similarity of the n-gram sets of texts `a[i]` and `b[i]`.

    Args:
        least: similarities below it need not be exact, but stay below it.
        chunk: n-grams compared at a time, which bounds the memory.
    """
    found = kernel.jaccard(shingles.hashes, shingles.offsets, a, b, least)
    if found is not None:
        return found
    texts = len(shingles.offsets) - 1
    owner = np.repeat(np.arange(texts), np.diff(shingles.offsets))
    order = np.lexsort((shingles.hashes, owner))
    hashes, owner = shingles.hashes[order], owner[order]
    if len(hashes):
        first = np.concatenate([[True], (hashes[1:] != hashes[:-1]) | (owner[1:] != owner[:-1])])
        hashes, owner = hashes[first], owner[first]
    begins = np.searchsorted(owner, np.arange(texts + 1))
    sizes = np.diff(begins)
    result = np.empty(len(a), np.float64)
    work = np.cumsum(sizes[a] + sizes[b])
    start = 0
    while start < len(a):
        limit = (work[start - 1] if start else 0) + chunk
        stop = max(start + 1, int(np.searchsorted(work, limit)))
        part = slice(start, stop)
        result[part] = _overlap(hashes, begins[:-1], sizes, a[part], b[part])
        start = stop
    return result


def _overlap(hashes: np.ndarray, begins: np.ndarray, sizes: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Jaccard similarity of sets given as sorted runs: after one sort a shared n-gram occurs twice in its pair."""
    pair = np.arange(len(a))
    owner = np.concatenate([np.repeat(pair, sizes[a]), np.repeat(pair, sizes[b])])
    values = np.concatenate([hashes[ranges(begins[a], sizes[a])], hashes[ranges(begins[b], sizes[b])]])
    order = np.lexsort((values, owner))
    values, owner = values[order], owner[order]
    twice = (values[1:] == values[:-1]) & (owner[1:] == owner[:-1])
    shared = np.bincount(owner[1:][twice], minlength=len(a))
    union = sizes[a] + sizes[b] - shared
    similarity: np.ndarray = shared / np.maximum(union, 1)
    return similarity
