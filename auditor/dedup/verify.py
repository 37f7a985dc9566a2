"""Exact verification of candidate pairs, in blocks of bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa

from auditor.corpus.texts import gather
from auditor.dedup.minhash import jaccard
from auditor.dedup.ngrams import distinct, shingle

_BLOCK_BYTES = 16_000_000
_FEW_BLOCKS = 10


def similarities(
    texts: pa.ChunkedArray, a: np.ndarray, b: np.ndarray, n: int, threads: int = 1, least: float = 0.0
) -> np.ndarray:
    """float64, one per pair: exact Jaccard similarity of the token `n`-grams of rows ``a[i]`` and ``b[i]``.

    Those below `least` need not be exact, but stay below it.

    Pairs of the same neighbourhood are worked on together, so that most rows are read once.
    """
    result = np.empty(len(a), np.float64)
    if len(a) == 0:
        return result
    blocks = list(_blocks(texts, a, b))

    def verify(pairs: np.ndarray) -> None:
        rows = distinct(np.concatenate([a[pairs], b[pairs]]))
        shingles = shingle(gather(texts, rows), n)
        result[pairs] = jaccard(shingles, np.searchsorted(rows, a[pairs]), np.searchsorted(rows, b[pairs]), least)

    with ThreadPoolExecutor(max(1, threads)) as pool:
        for _ in pool.map(verify, blocks):
            pass
    return result


def _blocks(texts: pa.ChunkedArray, a: np.ndarray, b: np.ndarray) -> Iterator[np.ndarray]:
    """Pair numbers in blocks of about `_BLOCK_BYTES` of text."""
    mean = max(1, texts.nbytes // max(1, len(texts)))
    if 2 * len(a) * mean > _FEW_BLOCKS * _BLOCK_BYTES:
        place = _side_by_side(len(texts), a, b)
        a, b = np.minimum(place[a], place[b]), np.maximum(place[a], place[b])
    order = np.argsort(a * len(texts) + b)
    new_row = np.ones(len(order), bool)  # each new first row adds about one row to read
    new_row[1:] = a[order][1:] != a[order][:-1]
    work = np.cumsum((1 + new_row) * mean)
    cuts = np.searchsorted(work, np.arange(_BLOCK_BYTES, work[-1], _BLOCK_BYTES))
    yield from (part for part in np.split(order, cuts) if len(part))


def _side_by_side(rows: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """int64, one per row: a position close to those of its partners (reverse Cuthill-McKee ordering of the graph).

    Similar rows form connected groups of thousands; in another order, a block of pairs would read rows from the whole
    group, and a row would be read again for many blocks.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import reverse_cuthill_mckee

    x, y = a.astype(np.int32), b.astype(np.int32)
    ends = np.concatenate([x, y]), np.concatenate([y, x])
    graph = coo_matrix((np.ones(len(ends[0]), np.int8), ends), shape=(rows, rows)).tocsr()
    place = np.empty(rows, np.int64)
    place[reverse_cuthill_mckee(graph, symmetric_mode=True)] = np.arange(rows)
    return place
