"""Selection of the rows whose labels can be judged."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from auditor.message import Message, message

MIN_ROWS = 50
MIN_GROUPS = 10
MAX_CLASSES = 1_000
"""The maximum number of classes: one model is fitted per class, and the largest classes are judged."""
MAX_CELLS = 100_000_000
"""Rows times classes: a table of probabilities takes 4 bytes per cell, and several are in memory at the same time."""
MAX_DECIMALS = 10
"""More distinct decimal values than this are measurements, not classes."""
_SLICE = 10_000


@dataclass(frozen=True)
class Judgeable:
    """Rows whose labels can be judged, and those that cannot.

    Attributes:
        at: int64, positions of judged rows in the corpus.
        given: int64, their classes as indices into `names`.
        groups: int64, their duplicate groups.
        names: the judged classes, sorted.
        missing: int64, positions of rows without a label.
        small: rows of a class that is too small to judge.
        beyond: rows in classes excluded because there are too many classes, and the number of those classes.
        reason: why no row can be judged; None otherwise.
    """

    at: np.ndarray
    given: np.ndarray
    groups: np.ndarray
    names: list[str]
    missing: np.ndarray
    small: dict[str, int]
    beyond: tuple[int, int]
    reason: Message | None


def judgeable(labels: Sequence[str | None], has_text: np.ndarray, groups: np.ndarray, min_class_rows: int) -> Judgeable:
    """Select the rows.

    Args:
        labels: one per row; None: missing.
        has_text: bool, one per row.
        groups: int64, duplicate groups; copies of one text count once in a class's size.
        min_class_rows: classes with fewer different texts are too small.
    """
    codes, known = _coded(labels)
    counts = np.bincount(codes[codes >= 0], minlength=len(known))
    rows = dict(zip(known, counts.tolist(), strict=True))
    texts = dict(zip(known, _texts_of(codes, groups, len(known)).tolist(), strict=True))
    small = {name: n for name, n in sorted(rows.items()) if texts[name] < min_class_rows}
    large = sorted(set(rows) - set(small), key=lambda name: (-rows[name], name))
    names = sorted(large[: _affordable([rows[name] for name in large])])
    number = {name: i for i, name in enumerate(names)}
    class_of = np.array([*(number.get(name, -1) for name in known), -1], np.int64)[codes]  # the last: no label
    positions = np.flatnonzero((class_of >= 0) & has_text)
    left = set(large) - set(names)
    return Judgeable(
        at=positions,
        given=class_of[positions],
        groups=groups[positions],
        names=names,
        missing=np.flatnonzero(codes < 0),
        small=small,
        beyond=(sum(rows[name] for name in left), len(left)),
        reason=_reason(rows, names, positions, len(np.unique(groups[positions]))),
    )


def rows_with_text(texts: Sequence[str]) -> np.ndarray:
    """bool, one per text: whether it is not blank. Read in slices."""
    found = np.empty(len(texts), bool)
    for start in range(0, len(texts), _SLICE):
        found[start : start + _SLICE] = [bool(text.strip()) for text in texts[start : start + _SLICE]]
    return found


def _coded(labels: Sequence[str | None]) -> tuple[np.ndarray, list[str]]:
    """int64, one per label: its index in the list of distinct labels, -1 for None."""
    coded = pa.array(labels, pa.large_string()).dictionary_encode()
    return coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64), coded.dictionary.to_pylist()


def _texts_of(codes: np.ndarray, groups: np.ndarray, classes: int) -> np.ndarray:
    """int64, one per class: its number of duplicate groups."""
    _, group = np.unique(groups, return_inverse=True)
    width = int(group.max(initial=0)) + 1
    pairs = np.unique(codes[codes >= 0] * width + group[codes >= 0])
    return np.bincount(pairs // width, minlength=classes)


def _affordable(sizes: list[int]) -> int:
    """The number of classes, largest first, that can be judged in bounded time and memory."""
    rows = np.cumsum(sizes)
    cells = rows * np.arange(1, len(sizes) + 1)
    return min(int((cells <= MAX_CELLS).sum()), MAX_CLASSES)


def _reason(rows: Mapping[str, int], names: list[str], at: np.ndarray, texts: int) -> Message | None:
    if len(rows) < 2:
        return message("reason.one_class" if rows else "reason.no_label")
    if _are_measurements(rows):
        return message("reason.measurements", len(rows))
    if len(names) < 2 or len(at) < MIN_ROWS:
        return message("reason.few_rows", len(at), len(names))
    if len(names) > len(at) // 4:
        return message("reason.no_classes", len(names), len(at))
    if texts < MIN_GROUPS:
        return message("reason.few_texts", len(at), texts)
    return None


def _are_measurements(rows: Mapping[str, int]) -> bool:
    try:
        values = [float(name) for name in rows]
    except ValueError:
        return False
    decimals = [value for value in values if math.isfinite(value) and value != int(value)]
    return len(decimals) > MAX_DECIMALS
