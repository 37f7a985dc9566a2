"""Exact verification of candidate pairs, in blocks of bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa

from auditor.corpus.clusters import components
from auditor.text.minhash import jaccard
from auditor.text.shingles import distinct, shingle

_BLOCK_BYTES = 16_000_000


def similarities(
    texts: pa.ChunkedArray, a: np.ndarray, b: np.ndarray, n: int, threads: int = 1, least: float = 0.0
) -> np.ndarray:
    """float64, one a pair: exact Jaccard similarity of the token `n`-grams of rows ``a[i]`` and ``b[i]``.

    Those below `least` need not be exact, but stay below it.

    Pairs are worked on component by component of the graph they form, so that a row is read once, or a few times
    where its component is larger than a block.
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
    """Pair numbers, about `_BLOCK_BYTES` of text a block."""
    component = components(len(texts), a, b)
    order = np.lexsort((b, a, component[a]))
    mean = max(1, texts.nbytes // max(1, len(texts)))
    new_row = np.ones(len(order), bool)  # about one row more to read with every pair whose first row is new
    new_row[1:] = a[order][1:] != a[order][:-1]
    work = np.cumsum((1 + new_row) * mean)
    cuts = np.searchsorted(work, np.arange(_BLOCK_BYTES, work[-1], _BLOCK_BYTES))
    yield from (part for part in np.split(order, cuts) if len(part))


def gather(texts: pa.ChunkedArray, rows: np.ndarray) -> pa.Array:
    """Some rows of a chunked column, ascending, as one array (Arrow's own ``take`` would join all chunks first)."""
    bounds = np.cumsum([0, *(len(chunk) for chunk in texts.chunks)])
    cuts = np.searchsorted(rows, bounds)
    parts = [
        chunk.take(pa.array(rows[start:stop] - first))
        for chunk, first, start, stop in zip(texts.chunks, bounds, cuts[:-1], cuts[1:], strict=False)
        if stop > start
    ]
    return pa.concat_arrays(parts) if parts else pa.array([], texts.type)
