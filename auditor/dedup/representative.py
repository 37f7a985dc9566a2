"""Choice of the row to keep from a group of duplicates, and its reason."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.corpus.corpus import Corpus
from auditor.corpus.texts import gather
from auditor.dedup.clusters import KEPT_BECAUSE
from auditor.dedup.ngrams import buffers
from auditor.errors import InputError
from auditor.text.dates import parse_dates
from auditor.text.normalise import text_sort_key


class Preference:
    """Ranks rows: the row of lowest rank in a group is kept.

    Test rows rank before validation rows, and those before train rows, so that the leaking copy is removed; then
    rows with the majority label of their group, so that a mislabelled copy is never kept; then the policy.

    Args:
        corpus: the rows.
        keep: ``longest``, ``first``, ``newest``, or ``best-label``: the majority label of the whole cluster, not only
            of the equal texts; then the longest. Ties are broken by the content of the rows, so that the result does
            not depend on their order; only among rows equal in text and label is the first kept.
        sequence: uint64, one per row: hash of the row's tokens.

    Attributes:
        mixed: bool, one per row: whether rows of the same tokens may differ in text.
    """

    def __init__(self, corpus: Corpus, keep: str, sequence: np.ndarray) -> None:
        self._labels = corpus.labels
        self.mixed = np.ones(len(corpus), bool)
        self._keys: dict[str, np.ndarray] = {"first": np.arange(len(corpus))}  # least significant first
        if keep != "first":
            self._keys["text"], self.mixed = _content(corpus, sequence)
        dates = corpus.role("date")
        if keep == "newest" and dates is not None:
            self._keys["newest"] = -np.nan_to_num(_days(dates), nan=-np.inf)
        if keep in ("longest", "best-label"):
            self._keys["longest"] = -_lengths(corpus.text)
        if corpus.part is not None:
            self._part: np.ndarray | None = -corpus.part.astype(np.int64)
        else:
            self._part = None

    def rank(self, groups: np.ndarray | None) -> np.ndarray:
        """Distinct int64, one per row.

        Args:
            groups: int64, one per row: rows among which labels are counted; None: labels do not decide; 0: of no group.
        """
        if groups is not None and self._labels is not None:
            self._keys["label"] = _minority(self._labels, groups)
        if self._part is not None:
            self._keys.pop("part", None)
            self._keys["part"] = self._part
        rank = np.empty(len(self._keys["first"]), np.int64)
        rank[np.lexsort(list(self._keys.values()))] = np.arange(len(rank))
        return rank

    def because(self, kept: np.ndarray) -> np.ndarray:
        """int8, one per row: the most significant key in which it differs from the row kept in its place."""
        result = np.zeros(len(kept), np.int8)
        for name, key in self._keys.items():
            result[key != key[kept]] = KEPT_BECAUSE.index(name)
        return result


def _content(corpus: Corpus, sequence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each row its place (int64) by the hash of its tokens, then by text and label, equal for equal rows; and
    whether rows of the same tokens differ (bool).
    """  # noqa: D205
    order = np.argsort(sequence, kind="stable")
    first = np.ones(len(order), bool)
    first[1:] = sequence[order][1:] != sequence[order][:-1]
    place = np.empty(len(order), np.int64)
    place[order] = np.cumsum(first) - 1
    alike = np.flatnonzero((np.bincount(place)[place] > 1) & (sequence != 0))
    alike = alike[_in_mixed_groups(place[alike], _codes(corpus, alike))]
    texts = gather(corpus.text, alike).to_pylist()
    labels = corpus.labels
    rows = [
        (int(place[i]), text_sort_key(text or ""), (labels[i] or "") if labels is not None else "")
        for i, text in zip(alike.tolist(), texts, strict=True)
    ]
    within = {row: number for number, row in enumerate(sorted(set(rows)))}
    result = place * (len(within) + 1)
    result[alike] += np.array([within[row] for row in rows], np.int64)
    mixed = np.zeros(len(result), bool)
    mixed[alike] = True
    return result, mixed


def _codes(corpus: Corpus, rows: np.ndarray) -> np.ndarray:
    """int64, one for each of `rows`, ascending: equal where text and label are."""
    texts = gather(corpus.text, rows).fill_null("").dictionary_encode()
    codes = np.asarray(texts.indices.to_numpy(), np.int64)
    if corpus.labels is None:
        return codes
    labels = pa.array([corpus.labels[i] or "" for i in rows.tolist()], pa.large_string()).dictionary_encode()
    return np.asarray(codes * (len(labels.dictionary) + 1) + labels.indices.to_numpy())


def _in_mixed_groups(group: np.ndarray, code: np.ndarray) -> np.ndarray:
    """bool, one per row: whether its group holds more than one code."""
    order = np.lexsort((code, group))
    changes = (group[order][1:] == group[order][:-1]) & (code[order][1:] != code[order][:-1])
    return np.asarray(np.isin(group, group[order][1:][changes]))


def _days(dates: pa.ChunkedArray) -> np.ndarray:
    """float64, one per row: days since 1970; not a number where the date cannot be read, or not without guessing."""
    try:
        return parse_dates(dates).days
    except InputError:
        return np.full(len(dates), np.nan)


def _lengths(texts: pa.ChunkedArray) -> np.ndarray:
    """Characters of each text without the white space around it; nulls as 0."""
    parts = [_trimmed_lengths(chunk) for chunk in texts.chunks if len(chunk)]
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _trimmed_lengths(texts: pa.LargeStringArray) -> np.ndarray:
    """Only texts whose first or last byte may belong to white space are copied to be trimmed."""
    lengths: np.ndarray = pc.utf8_length(texts).fill_null(0).to_numpy().astype(np.int64)
    data, offsets = buffers(texts)
    filled = np.flatnonzero(lengths)
    edges = data[np.stack([offsets[filled], offsets[filled + 1] - 1])]
    rows = filled[((edges <= ord(" ")) | (edges > ord("~"))).any(axis=0)]
    lengths[rows] = pc.utf8_length(pc.utf8_trim_whitespace(texts.take(pa.array(rows)))).to_numpy()
    return lengths


def _minority(labels: list[str | None], groups: np.ndarray) -> np.ndarray:
    """1 for rows whose label is not the most frequent one of their group, else 0."""
    result = np.zeros(len(labels), np.int64)
    _, inverse, counts = np.unique(groups, return_inverse=True, return_counts=True)
    members: dict[int, list[int]] = defaultdict(list)
    for row in np.flatnonzero((counts[inverse] > 1) & (groups != 0)).tolist():
        members[int(inverse[row])].append(row)
    for rows in members.values():
        tally = Counter(labels[row] for row in rows if labels[row] is not None)
        if tally:
            best = max(tally.values())
            result[[row for row in rows if tally.get(labels[row], 0) < best]] = 1
    return result
