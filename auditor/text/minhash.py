"""MinHash: sketches, banding, candidate pairs, exact verification.

Sketch: Fast Similarity Sketching (Dahlgaard, Knudsen, Thorup 2017), a full-quality t-bin MinHash in
O(m + t log t) for a set of m. Banding: Indyk and Motwani's locality-sensitive hashing. Candidates are verified
on the full sets, so that a reported pair's Jaccard similarity is exact (64-bit hashes of n-grams stand for
n-grams: at 10^9 n-grams the chance of any collision within a pair is below 10^-9).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditor.text import kernel
from auditor.text.shingles import Shingles, mix, ranges

_U = np.uint64
_EMPTY = _U(2**64 - 1)
_ODD = _U(0x9E3779B97F4A7C15)
BINS = 128
ANCHORS = 64
"""Members of a larger bucket are paired with its first member and near ranks only: linear, not quadratic."""
_NEAR = 8


@dataclass(frozen=True)
class Banding:
    """`bands` keys of `rows` sketch bins each; bands x rows <= `BINS`."""

    bands: int
    rows: int

    @classmethod
    def for_threshold(cls, threshold: float, recall: float = 0.999) -> Banding:
        """The banding with most rows a band (fewest false candidates) that still reaches `recall`.

        The chance that a pair of similarity s shares a band is 1 - (1 - s^rows)^bands. Recall is asked for a
        little above the threshold, where real duplicates lie, and never below 0.98 at the threshold itself.
        """
        for rows in range(BINS // 4, 1, -1):
            bands = BINS // rows
            at = 1 - (1 - threshold**rows) ** bands
            above = 1 - (1 - min(1.0, threshold + 0.05) ** rows) ** bands
            if above >= recall and at >= 0.98:
                return cls(bands, rows)
        return cls(BINS, 1)


def sketch(shingles: Shingles) -> np.ndarray:
    """uint64 (texts, `BINS`): bin-wise minima; rows without n-grams are all ``2**64 - 1``."""
    texts = len(shingles.offsets) - 1
    counts = np.diff(shingles.offsets)
    flat = np.full(texts * BINS, _EMPTY, _U)
    table = flat.reshape(texts, BINS)
    owner = np.repeat(np.arange(texts), counts)
    hashes = shingles.hashes
    open_rows = np.flatnonzero(counts > 0)
    log = _U(BINS.bit_length() - 1)
    for round_ in range(2 * BINS):
        mixed = mix(hashes ^ _U((0x2545F4914F6CDD1D * (2 * round_ + 1)) % 2**64))
        if round_ < BINS:  # a random bin for every n-gram
            bins = (mixed >> (_U(64) - log)).astype(np.int64)
            values = ((mixed << log) >> _U(8)) | (_U(round_) << _U(56))
        else:  # then every n-gram for one bin after the other, so that no bin stays empty
            bins = np.full(len(hashes), round_ - BINS)
            values = (mixed >> _U(8)) | (_U(BINS) << _U(56))
        np.minimum.at(flat, owner * BINS + bins, values)
        unfilled = (table[open_rows] == _EMPTY).any(axis=1)
        if not unfilled.any():
            break
        if not unfilled.all():
            open_rows = open_rows[unfilled]
            still = np.zeros(texts, bool)
            still[open_rows] = True
            keep = still[owner]
            hashes, owner = hashes[keep], owner[keep]
    return table


def band_keys(shingles: Shingles, banding: Banding) -> np.ndarray:
    """uint64 (bands, texts): one key a band of each text's sketch."""
    keys = kernel.band_keys(shingles.hashes, shingles.offsets, banding.bands, banding.rows)
    if keys is not None:
        return keys
    table = sketch(shingles)
    keys = np.empty((banding.bands, len(table)), _U)
    for band in range(banding.bands):
        key = np.full(len(table), _U(band + 1))
        for row in range(banding.rows):
            key = mix((key ^ table[:, band * banding.rows + row]) * _ODD)
        keys[band] = key
    return keys


def candidate_pairs(keys: np.ndarray, rank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of texts that share a band key, each once.

    Args:
        keys: uint64 (bands, texts).
        rank: int64, one a text, distinct: the preferred text of a bucket has the lowest rank. Large buckets
            are linked to their preferred members and to near ranks only.

    Returns:
        Two int64 arrays of text positions, first < second.
    """
    texts = keys.shape[1]
    found: list[np.ndarray] = []
    for band in keys:
        order = np.lexsort((rank, band))
        same = band[order][1:] == band[order][:-1]
        if not same.any():
            continue
        bounds = np.concatenate([[0], np.flatnonzero(~same) + 1, [texts]])
        sizes = np.diff(bounds)
        starts, sizes = bounds[:-1][sizes > 1], sizes[sizes > 1]
        for distance in range(1, int(min(sizes.max(), ANCHORS + 1))):  # all pairs, up to ANCHORS apart
            deep = sizes > distance
            first = starts[deep]
            room = sizes[deep] - distance
            if distance > _NEAR:  # a large bucket's far members are paired with its first member only
                room = np.where(sizes[deep] > ANCHORS, 1, room)
            left = ranges(first, room)
            found.append(_pair_codes(order[left], order[left + distance], texts))
        large = sizes > ANCHORS
        if large.any():
            count = sizes[large] - ANCHORS - 1
            right = ranges(starts[large] + ANCHORS + 1, count)
            found.append(_pair_codes(np.repeat(order[starts[large]], count), order[right], texts))
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    codes: np.ndarray = np.unique(np.concatenate(found))
    return codes // texts, codes % texts


def _pair_codes(a: np.ndarray, b: np.ndarray, texts: int) -> np.ndarray:
    codes: np.ndarray = np.minimum(a, b) * texts + np.maximum(a, b)
    return codes


def jaccard(shingles: Shingles, a: np.ndarray, b: np.ndarray, chunk: int = 4_000_000) -> np.ndarray:
    """float64, one a pair: exact Jaccard similarity of the n-gram sets of texts `a[i]` and `b[i]`.

    `chunk` bounds the n-grams compared at a time, and so the memory.
    """
    found = kernel.jaccard(shingles.hashes, shingles.offsets, a, b)
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
    """Jaccard similarity of sets given as sorted runs: after one sort a shared n-gram stands twice in its pair."""
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
