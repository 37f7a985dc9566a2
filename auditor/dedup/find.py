"""Duplicate clusters of a corpus: computed once, used by the duplicate, label and staleness checks and by splits.

Clusters and removable rows are distinct. A *cluster* is a connected component of verified pairs; a split or
cross-validation folds must not divide it. A row is *removable* only if it is itself verified to be similar
to a kept row: rows linked only through a chain of similar rows are not removed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.config.settings import DuplicateSettings
from auditor.corpus.corpus import Corpus
from auditor.corpus.target import Annotations
from auditor.dedup.clusters import Clusters, components
from auditor.dedup.minhash import Banding, Signatures, candidate_pairs, sign
from auditor.dedup.ngrams import ranges
from auditor.dedup.representative import Preference
from auditor.dedup.semantic import like_pairs
from auditor.dedup.signs import with_signs, with_signs_compared
from auditor.dedup.verify import similarities
from auditor.text.negation import is_turned
from auditor.text.normalise import normalize_for_matching


def sign_corpus(corpus: Corpus, n: int, banding: Banding, threads: int = 1) -> Signatures:
    """Signatures of the texts. Rows without tokens (emoji, punctuation) get a sequence hash of their own text.

    Of a corpus on the disk, the band keys are there too.
    """
    made = sign(corpus.text, n, banding, threads, corpus.stored)
    _add_without_tokens(made.sequence, corpus.text)
    if len(corpus.sides) > 1:  # equal rows are equal side by side: "a b" and "c" is not "a" and "b c"
        filled = made.sequence != 0
        for side in corpus.sides.values():
            side_hashes = sign(side, n, banding, threads).sequence
            _add_without_tokens(side_hashes, side)
            made.sequence[filled] = made.sequence[filled] * np.uint64(0x9E3779B97F4A7C15) + side_hashes[filled]
        made.sequence[filled] |= np.uint64(1)
    return made


def _add_without_tokens(sequence: np.ndarray, texts: pa.ChunkedArray) -> None:
    """Put a hash of the text in place of the 0 of those without tokens; empty ones stay 0."""
    for row in np.flatnonzero(sequence == 0).tolist():
        text = normalize_for_matching(texts[row].as_py() or "")
        if text:
            digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
            sequence[row] = int.from_bytes(digest, "little") | 1


def find_clusters(
    corpus: Corpus,
    settings: DuplicateSettings,
    signed: Signatures | None = None,
    threads: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Clusters:
    """Exact and near duplicates of the readable rows.

    Near: Jaccard similarity of token n-grams of at least `settings.threshold`, candidates by MinHash bands, every
    pair verified exactly. With `settings.semantic` semantic near-duplicates are found as well.

    Args:
        signed: signatures of the corpus by the settings; None: they are made here.
        threads: how many slices are worked on at the same time.
        progress: called with (texts embedded, texts) where meanings are compared.

    Raises:
        InputError: meanings cannot be compared here.
    """
    if signed is None:
        signed = sign_corpus(corpus, settings.ngram, Banding.for_threshold(settings.threshold), threads)
    prefer = Preference(corpus, settings.keep, signed.sequence)
    provisional = prefer.rank(None)
    sequence = with_signs(corpus.text, signed.sequence, prefer.mixed)
    leader = _leaders(sequence, provisional)
    a, b, similarity = _near_pairs(corpus, leader, signed, provisional, settings, threads)
    edges = np.concatenate([leader, a]), np.concatenate([np.arange(len(corpus)), b])
    by_cluster = settings.keep == "best-label"
    rank = prefer.rank(components(len(corpus), *edges) + 1 if by_cluster else sequence.view(np.int64))
    first = of_text = _leaders(sequence, rank)
    target = corpus.target
    if isinstance(target, Annotations) and target.by_row is not None:  # the same text of another annotator is no copy
        first = _leaders(_mixed_with(sequence, target.by_row), rank)
        a, b, similarity = _within(target.by_row, leader, a, b, similarity)
    opposed = opposed_pairs(corpus, a, b)
    kept, to_kept = _elect(first, first[a[~opposed]], first[b[~opposed]], similarity[~opposed], rank)
    twin = _twins(corpus, first, rank, prefer.mixed)
    made = Clusters(_numbered(len(corpus), *edges), kept, twin, to_kept, prefer.because(kept))
    made = replace(made, opposed=(a[opposed], b[opposed], similarity[opposed]))
    return made if settings.semantic is None else _with_meanings(made, corpus, settings, rank, of_text, edges, progress)


def _mixed_with(sequence: np.ndarray, annotator: np.ndarray) -> np.ndarray:
    """Hashes of token sequence and annotator; 0 where there is no text."""
    mixed: np.ndarray = sequence ^ ((annotator + 2).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    mixed[mixed == 0] = 1
    mixed[sequence == 0] = 0
    return mixed


def _within(
    annotator: np.ndarray, leader: np.ndarray, a: np.ndarray, b: np.ndarray, similarity: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of texts as pairs of rows: one for each annotator who has both, between the first rows of that annotator.

    Args:
        annotator: int64, one per row.
        leader: int64, one per row: the row that represents its text.
        a, b, similarity: pairs of leaders.
    """
    people = int(annotator.max(initial=-1)) + 2
    keys, first = np.unique(leader * people + annotator + 1, return_index=True)
    starts, stops = np.searchsorted(keys, a * people), np.searchsorted(keys, (a + 1) * people)
    pair = np.repeat(np.arange(len(a)), stops - starts)
    left = ranges(starts, stops - starts)
    wanted = b[pair] * people + keys[left] % people
    right = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    both = keys[right] == wanted
    return first[left[both]], first[right[both]], similarity[pair[both]]


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
    corpus: Corpus,
    leader: np.ndarray,
    signed: Signatures,
    rank: np.ndarray,
    settings: DuplicateSettings,
    threads: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Verified pairs of leaders (row positions) and their similarity."""
    leaders = np.flatnonzero((leader == np.arange(len(leader))) & (signed.tokens > 0))
    a, b = candidate_pairs((band[leaders] for band in signed.keys), rank[leaders])
    a, b = leaders[a], leaders[b]
    similarity = row_similarities(corpus, a, b, settings.ngram, threads, settings.threshold - 1e-9)
    good = similarity >= settings.threshold - 1e-9
    a, b = a[good], b[good]
    similarity = with_signs_compared(corpus.text, a, b, similarity[good], settings.ngram, settings.threshold)
    good = similarity >= settings.threshold - 1e-9
    return a[good], b[good], similarity[good]


def opposed_pairs(corpus: Corpus, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """bool, one per pair: whether the texts differ by a word that turns the meaning and carry different labels.

    One word turns the meaning and the labels say so: such a pair is shown to a person and costs no row.
    """
    labels = corpus.labels
    if labels is None:
        return np.zeros(len(a), bool)
    pairs = ((labels[x], labels[y]) for x, y in zip(a.tolist(), b.tolist(), strict=True))
    found = np.array([x is not None and y is not None and x != y for x, y in pairs], bool)
    for k in np.flatnonzero(found).tolist():
        found[k] = is_turned(*(corpus.text[int(row)].as_py() or "" for row in (a[k], b[k])))
    return found


def row_similarities(corpus: Corpus, a: np.ndarray, b: np.ndarray, n: int, threads: int, least: float) -> np.ndarray:
    """float64, one per pair of rows: the Jaccard similarity of their texts.

    Of rows with sides (question and answer, premise and hypothesis) it is that of the sides that are least alike: two
    questions about one long passage are two rows. Two empty sides are equal.

    Args:
        a, b: int64, positions.
        n, threads, least: see `similarities`.
    """
    if len(corpus.sides) == 1:
        return similarities(corpus.text, a, b, n, threads, least)
    result = np.ones(len(a))
    for side in corpus.sides.values():
        texts = pc.fill_null(pc.utf8_trim_whitespace(side), "").combine_chunks()
        left, right = texts.take(pa.array(a)), texts.take(pa.array(b))
        of_side = np.asarray(pc.equal(left, right)).astype(np.float64)
        others = np.flatnonzero((of_side == 0) & np.asarray(pc.and_(pc.not_equal(left, ""), pc.not_equal(right, ""))))
        of_side[others] = similarities(side, a[others], b[others], n, threads, least)
        result = np.minimum(result, of_side)
    return result


def _elect(
    leader: np.ndarray, a: np.ndarray, b: np.ndarray, similarity: np.ndarray, rank: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """For each row, the row kept in its place and the similarity to it.

    Greedy, by rank: a leader not yet covered is kept and covers all rows verified to be similar to it.
    """
    kept = leader.copy()
    to_kept = np.ones(len(leader), np.float32)
    x, y, s = np.concatenate([a, b]), np.concatenate([b, a]), np.concatenate([similarity, similarity])
    order = np.lexsort((y, rank[x]))
    x, y, s = x[order], y[order], s[order]
    begins = np.concatenate([[0], np.flatnonzero(x[1:] != x[:-1]) + 1]) if len(x) else np.zeros(0, np.int64)
    covered = np.zeros(len(leader), bool)
    for start, stop in zip(begins.tolist(), [*begins[1:].tolist(), len(x)], strict=False):
        if covered[x[start]]:
            continue
        covered[x[start]] = True
        others = y[start:stop]
        fresh = ~covered[others]
        kept[others[fresh]], to_kept[others[fresh]] = x[start], s[start:stop][fresh]
        covered[others] = True
    return kept[leader], to_kept[leader]


def _numbered(rows: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Component number of each row, numbered by first row; -1 for rows without a partner."""
    component = components(rows, a, b)
    inside = np.bincount(component, minlength=1)[component] > 1
    result = np.full(rows, -1, np.int64)
    if inside.any():
        _, first, inverse = np.unique(component[inside], return_index=True, return_inverse=True)
        result[inside] = np.argsort(np.argsort(first))[inverse]
    return result


def _twins(corpus: Corpus, leader: np.ndarray, rank: np.ndarray, mixed: np.ndarray) -> np.ndarray:
    """For each row the lowest-ranked row of equal text after normalisation, among those of equal tokens.

    Args:
        mixed: bool, one per row: whether the texts of its leader's followers may differ.
    """
    twin = np.where(mixed, np.arange(len(leader)), leader)
    followers = np.flatnonzero(mixed & (leader != np.arange(len(leader))))
    first: dict[tuple[int, str], int] = {}
    together = np.unique(np.concatenate([followers, leader[followers]]))
    for row in together[np.argsort(rank[together])].tolist():
        key = (int(leader[row]), normalize_for_matching(corpus.text[row].as_py() or ""))
        twin[row] = first.setdefault(key, row)
    return twin


def _with_meanings(
    made: Clusters,
    corpus: Corpus,
    settings: DuplicateSettings,
    rank: np.ndarray,
    of_text: np.ndarray,
    edges: tuple[np.ndarray, np.ndarray],
    progress: Callable[[int, int], None],
) -> Clusters:
    """`made` with semantic near-duplicates among the kept rows; these join clusters, so that no split separates them.

    Args:
        of_text: int64, one per row: the row that represents its text, across annotators.
    """
    filled = np.array([bool(text.strip()) for text in corpus.texts], bool)
    every = np.arange(len(made.kept))
    rows = np.flatnonzero((made.kept == every) & (of_text == every) & filled)
    texts = [corpus.texts[i] for i in rows.tolist()]
    model = None if settings.semantic_model is None else Path(settings.semantic_model)
    a, b, cosine = like_pairs(texts, settings.semantic or 1.0, corpus.language, model, progress)
    a, b = rows[a], rows[b]
    meaning, to_meaning = _elect(np.arange(len(rank)), a, b, cosine, rank)
    cluster = _numbered(len(rank), np.concatenate([edges[0], a]), np.concatenate([edges[1], b]))
    return replace(made, cluster=cluster, meaning=meaning, cosine=to_meaning)
