"""Duplicate clusters of a corpus: computed once, used by the duplicate, label and staleness checks and by splits.

Two notions are kept apart. A *cluster* is a connected component of verified pairs: what must not be torn
apart by a split or by cross-validation folds. A row is *removable* only if it is itself verified to be similar
to a row that is kept: chains of pairwise similar rows whose ends have nothing in common never cost a row.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from auditor.config import DuplicateSettings
from auditor.corpus.clusters import Clusters
from auditor.corpus.corpus import Corpus
from auditor.corpus.roles import part_of
from auditor.text.minhash import Banding, band_keys, candidate_pairs, jaccard
from auditor.text.normalise import same_text
from auditor.text.shingles import shingle

_SLICE_BYTES = 1_000_000  # the arrays of one slice stay in the cache
_PART_ORDER = {"test": 0, "validation": 1}


def find_clusters(corpus: Corpus, settings: DuplicateSettings) -> Clusters:
    """Exact and near duplicates of the readable rows.

    Near: Jaccard similarity of token `settings.ngram`-grams of at least `settings.threshold`, candidates by
    MinHash bands, every pair verified exactly.
    """
    texts = corpus.text.combine_chunks()
    banding = Banding.for_threshold(settings.threshold)
    sequence, keys = _sketch_all(texts, settings.ngram, banding)
    _name_tokenless(sequence, corpus)
    rank = _keep_rank(corpus, sequence, settings)
    leader = _leaders(sequence, rank)
    near_a, near_b, similarity = _near_pairs(texts, leader, keys, rank, settings)
    kept, to_kept = _elect(leader, near_a, near_b, similarity, rank)
    cluster = _components(leader, near_a, near_b)
    return Clusters(cluster, kept, _twins(corpus, leader, rank), to_kept)


def _sketch_all(texts: pa.Array, n: int, banding: Banding) -> tuple[np.ndarray, np.ndarray]:
    """Token-sequence hashes (0: no tokens) and band keys of all rows, a slice of rows at a time."""
    sequences, keys = [], []
    for start, stop in _slices(texts):
        part = shingle(texts.slice(start, stop - start), n)
        sequences.append(part.sequence)
        keys.append(band_keys(part, banding))
    if not sequences:
        return np.zeros(0, np.uint64), np.zeros((banding.bands, 0), np.uint64)
    return np.concatenate(sequences), np.concatenate(keys, axis=1)


def _slices(texts: pa.Array) -> list[tuple[int, int]]:
    """Row ranges of about `_SLICE_BYTES`."""
    if len(texts) == 0:
        return []
    offsets = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset : texts.offset + len(texts) + 1]
    marks = np.arange(offsets[0] + _SLICE_BYTES, offsets[-1], _SLICE_BYTES)
    cuts = np.unique(np.concatenate([[0], np.searchsorted(offsets, marks), [len(texts)]]))
    return list(zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True))


def _name_tokenless(sequence: np.ndarray, corpus: Corpus) -> None:
    """Give rows without tokens (emoji, punctuation) a sequence hash of their own text; empty rows stay 0."""
    seen: dict[str, int] = {}
    for row in np.flatnonzero(sequence == 0).tolist():
        text = same_text(corpus.text[row].as_py() or "")
        if text:
            sequence[row] = seen.setdefault(text, len(seen) + 1)


def _keep_rank(corpus: Corpus, sequence: np.ndarray, settings: DuplicateSettings) -> np.ndarray:
    """Distinct int64, one a row: the row to keep of any group is the one of lowest rank.

    Test rows go before validation rows and those before train rows, so that a copy is removed where it leaks
    from; of equal texts, those with the majority label go first, so that a wrong copy is never the one kept.
    """
    rows = len(corpus)
    keys: list[np.ndarray] = [np.arange(rows)]  # least significant first
    if settings.keep == "newest" and (dates := corpus.role("date")) is not None and pa.types.is_temporal(dates.type):
        keys.append(-dates.cast(pa.timestamp("us")).cast(pa.int64()).fill_null(0).to_numpy())
    if settings.keep in ("longest", "best-label"):
        keys.append(-np.array([len(text.strip()) for text in corpus.texts], np.int64))
    if corpus.labels is not None:
        keys.append(_minority(corpus.labels, sequence))
    if (split := corpus.role("split")) is not None:
        parts = [part_of(str(value)) for value in split.to_pylist()]
        keys.append(np.array([_PART_ORDER.get(part or "", 2) for part in parts]))
    rank = np.empty(rows, np.int64)
    rank[np.lexsort(keys)] = np.arange(rows)
    return rank


def _minority(labels: list[str | None], sequence: np.ndarray) -> np.ndarray:
    """1 for rows whose label is not the most frequent one among equal texts, else 0."""
    result = np.zeros(len(labels), np.int64)
    _, inverse, counts = np.unique(sequence, return_inverse=True, return_counts=True)
    groups: dict[int, list[int]] = defaultdict(list)
    for row in np.flatnonzero((counts[inverse] > 1) & (sequence != 0)).tolist():
        groups[int(inverse[row])].append(row)
    for rows in groups.values():
        tally = Counter(labels[row] for row in rows if labels[row] is not None)
        if tally:
            best = max(tally.values())
            result[[row for row in rows if tally.get(labels[row], 0) < best]] = 1
    return result


def _leaders(sequence: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """For each row the lowest-ranked row with the same token sequence; itself for rows without text."""
    order = np.lexsort((rank, sequence))
    first = np.ones(len(order), bool)
    first[1:] = sequence[order][1:] != sequence[order][:-1]
    leader = np.empty(len(order), np.int64)
    leader[order] = order[np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))]
    empty = sequence == 0
    leader[empty] = np.flatnonzero(empty)
    return leader


def _near_pairs(
    texts: pa.Array, leader: np.ndarray, keys: np.ndarray, rank: np.ndarray, settings: DuplicateSettings
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Verified pairs of leaders (row positions) and their similarity."""
    leaders = np.flatnonzero(leader == np.arange(len(leader)))
    a, b = candidate_pairs(keys[:, leaders], rank[leaders])
    needed = np.unique(np.concatenate([a, b]))
    shingles = shingle(texts.take(pa.array(leaders[needed])), settings.ngram)
    similarity = jaccard(shingles, np.searchsorted(needed, a), np.searchsorted(needed, b))
    good = similarity >= settings.threshold - 1e-12
    return leaders[a[good]], leaders[b[good]], similarity[good]


def _elect(
    leader: np.ndarray, a: np.ndarray, b: np.ndarray, similarity: np.ndarray, rank: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """For each row the row kept for it and the similarity to it.

    Leaders are visited by rank; one that is not yet covered is kept and covers all it is verified similar to.
    """
    kept = np.full(len(leader), -1, np.int64)
    to_kept = np.ones(len(leader), np.float32)
    links: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for x, y, s in zip(a.tolist(), b.tolist(), similarity.tolist(), strict=True):
        links[x].append((y, s))
        links[y].append((x, s))
    for row in sorted(links, key=lambda r: rank[r]):
        if kept[row] == -1:
            kept[row] = row
            for other, s in links[row]:
                if kept[other] == -1:
                    kept[other], to_kept[other] = row, s
    alone = kept == -1
    kept[alone] = leader[alone]
    return kept[leader], to_kept[leader]


def _components(leader: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Component number a row, numbered by first row; -1 for rows alone in theirs."""
    rows = len(leader)
    x = np.concatenate([np.arange(rows), a])
    y = np.concatenate([leader, b])
    graph = coo_matrix((np.ones(len(x), np.int8), (x, y)), shape=(rows, rows))
    _, component = connected_components(graph, directed=False)
    sizes = np.bincount(component, minlength=1)
    inside = sizes[component] > 1
    result = np.full(rows, -1, np.int64)
    if inside.any():
        _, first, inverse = np.unique(component[inside], return_index=True, return_inverse=True)
        result[inside] = np.argsort(np.argsort(first))[inverse]
    return result


def _twins(corpus: Corpus, leader: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """For each row the lowest-ranked row of equal text after normalisation, among those of equal tokens."""
    twin = np.arange(len(leader))
    followers = np.flatnonzero(leader != twin)
    first: dict[tuple[int, str], int] = {}
    together = np.unique(np.concatenate([followers, leader[followers]]))
    for row in together[np.argsort(rank[together])].tolist():
        key = (int(leader[row]), same_text(corpus.text[row].as_py() or ""))
        twin[row] = first.setdefault(key, row)
    return twin
