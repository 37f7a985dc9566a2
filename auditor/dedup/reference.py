"""Rows that are also in a reference: other files, or an index of sketches of files that need not be read again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from auditor.corpus.corpus import Corpus
from auditor.dedup.minhash import ANCHORS, Banding, Signatures, sign
from auditor.dedup.sketches import SketchIndex
from auditor.dedup.verify import similarities

LEAST_CONFIDENCE = 0.5


@dataclass(frozen=True)
class Matches:
    """The most similar reference row of each row that has one.

    Attributes:
        rows: int64, ascending positions in the corpus.
        similarity: float32, Jaccard similarity; an estimate where the reference is an index and texts differ.
        confidence: float32, 1 if the similarity was verified; else the probability that it reaches the threshold.
        name: name of the reference, one per match.
        row_id: int64, row number in the reference.
        documents: rows of the whole reference.
        verified: whether texts were compared.
    """

    rows: np.ndarray
    similarity: np.ndarray
    confidence: np.ndarray
    name: tuple[str, ...]
    row_id: np.ndarray
    documents: int
    verified: bool


def match_corpus(
    corpus: Corpus, signed: Signatures, reference: Corpus, n: int, threshold: float, banding: Banding, threads: int
) -> Matches:
    """Rows of `corpus` with an equal or near row in `reference`, verified exactly.

    Args:
        signed: signatures of `corpus`, made with `n` and `banding`.
    """
    other = sign(reference.text, n, banding, threads)
    mine, theirs, _ = _shared_keys(signed, other)
    both = pa.chunked_array([*corpus.text.chunks, *reference.text.chunks], pa.large_string())
    same = _same_sequence(signed, other)
    similarity = similarities(both, mine, theirs + len(corpus), n, threads, threshold - 1e-9)
    good = similarity >= threshold - 1e-9
    mine, theirs = np.concatenate([same[0], mine[good]]), np.concatenate([same[1], theirs[good]])
    similarity = np.concatenate([np.ones(len(same[0])), similarity[good]])
    pick = _best(mine, theirs, similarity)
    return Matches(
        mine[pick], similarity[pick].astype(np.float32), np.ones(len(pick), np.float32), (reference.name,) * len(pick),
        reference.row_id[theirs[pick]], len(reference), True,
    )  # fmt: skip


def match_index(signed: Signatures, index: SketchIndex) -> Matches:
    """Rows whose token sequence is in the index, or whose band keys match those of a probably similar document.

    A pair of similarity s shares a key with probability s^r. After k of b shared keys, s^r has the posterior
    Beta(k + 1, b - k + 1) (uniform prior), which gives the estimate (k / b)^(1 / r) and the probability that s reaches
    the threshold; matches with a probability below one half are excluded.
    """
    from scipy.special import betainc

    bands, r = index.banding.bands, index.banding.rows
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]] = []
    for number, (_, row_id, other) in enumerate(index.read()):
        mine, theirs, count = _shared_keys(signed, other)
        chance = 1 - betainc(count + 1.0, bands - count + 1.0, index.threshold**r)
        good = chance >= LEAST_CONFIDENCE
        same = _same_sequence(signed, other)
        mine, theirs = np.concatenate([same[0], mine[good]]), np.concatenate([same[1], theirs[good]])
        estimate = np.concatenate([np.ones(len(same[0])), (count[good] / bands) ** (1 / r)])
        chance = np.concatenate([np.ones(len(same[0])), chance[good]])
        found.append((mine, row_id[theirs], estimate, chance, np.full(len(mine), number)))
    if not found:
        return Matches(*(np.zeros(0, np.int64),) * 3, (), np.zeros(0, np.int64), 0, False)
    mine, rows, estimate, chance, segment = (np.concatenate(parts) for parts in zip(*found, strict=True))
    pick = _best(mine, segment * (int(rows.max(initial=0)) + 1) + rows, estimate + chance)
    return Matches(
        mine[pick], estimate[pick].astype(np.float32), chance[pick].astype(np.float32),
        tuple(index.segments[i].source for i in segment[pick]), rows[pick], index.documents, False,
    )  # fmt: skip


def _best(mine: np.ndarray, theirs: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Positions of the best match of each row: the highest score, then the lowest reference row."""
    order = np.lexsort((theirs, -score, mine))
    first = np.ones(len(order), bool)
    first[1:] = mine[order][1:] != mine[order][:-1]
    return order[first]


def _same_sequence(signed: Signatures, other: Signatures) -> tuple[np.ndarray, np.ndarray]:
    mine, theirs = _equal(signed.sequence, other.sequence)
    filled = signed.sequence[mine] != 0
    return mine[filled], theirs[filled]


def _shared_keys(signed: Signatures, other: Signatures) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs (mine, theirs) that share band keys, with the number shared; texts without tokens have no keys."""
    size = len(other.sequence)
    mine_filled, theirs_filled = signed.tokens > 0, other.tokens > 0
    codes = []
    for mine, their in zip(signed.keys, other.keys, strict=True):
        a, b = _equal(mine, their)
        filled = mine_filled[a] & theirs_filled[b]
        codes.append(a[filled] * size + b[filled])
    pairs, count = np.unique(np.concatenate(codes), return_counts=True) if codes else (np.zeros(0, np.int64),) * 2
    return pairs // max(size, 1), pairs % max(size, 1), count


def _equal(few: np.ndarray, many: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions with equal values, at most `ANCHORS` of `many` per value; linear in `many`."""
    bits = max(12, int(len(few) * 8).bit_length())
    mask = np.uint64(2**bits - 1)
    there = np.zeros(2**bits, bool)
    there[few & mask] = True
    hit = np.flatnonzero(there[many & mask])
    values, sizes = np.unique(few, return_counts=True)
    order = np.argsort(few, kind="stable")
    begins = np.cumsum(sizes) - sizes
    at = np.minimum(np.searchsorted(values, many[hit]), max(len(values) - 1, 0))
    good = values[at] == many[hit] if len(values) else np.zeros(0, bool)
    hit, at = hit[good], at[good]
    by_value = np.argsort(at, kind="stable")
    hit, at = hit[by_value], at[by_value]
    place = np.arange(len(at)) - np.searchsorted(at, at)  # how many of the same value come before
    hit, at = hit[place < ANCHORS], at[place < ANCHORS]
    count = sizes[at]
    mine = order[np.repeat(begins[at] - (np.cumsum(count) - count), count) + np.arange(int(count.sum()))]
    return mine, np.repeat(hit, count)
