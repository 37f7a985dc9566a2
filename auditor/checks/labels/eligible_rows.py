"""Which rows' labels can be judged at all, and what becomes of the others."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from auditor.message import Message, message

MIN_ROWS = 50
MIN_GROUPS = 10
MAX_CLASSES = 1_000
"""One model a class is fitted; the largest classes are judged."""
MAX_CELLS = 100_000_000
"""Rows times classes: a table of probabilities takes 4 bytes a cell, and a handful of them are held at once."""
MAX_DECIMALS = 10
"""More values than this with decimals are measurements, not classes."""


@dataclass(frozen=True)
class Judgeable:
    """Rows whose labels can be judged, and those that cannot.

    Attributes:
        at: int64, positions of judged rows in the corpus.
        given: int64, their classes as indices into `names`.
        groups: int64, their duplicate groups.
        names: the judged classes, sorted.
        missing: int64, positions of rows without a label.
        small: rows a class that is too small to judge.
        beyond: rows in classes left out because there are too many classes, and the number of those classes.
        reason: why nothing can be judged; None where something can.
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
    """Sort rows out.

    Args:
        labels: one per row; None: missing.
        has_text: bool, one per row.
        groups: int64, duplicate groups; copies of one text count once towards a class's size.
        min_class_rows: classes with fewer different texts are too small.
    """
    rows = Counter(label for label in labels if label is not None)
    texts = Counter(label for label, _ in {(label, group) for label, group in _pairs(labels, groups)})
    small = {name: n for name, n in sorted(rows.items()) if texts[name] < min_class_rows}
    large = sorted(set(rows) - set(small), key=lambda name: (-rows[name], name))
    names = sorted(large[: _affordable([rows[name] for name in large])])
    number = {name: i for i, name in enumerate(names)}
    known = [(i, number[label]) for i, label in enumerate(labels) if label in number and has_text[i]]
    at, given = np.array(known, np.int64).reshape(-1, 2).T
    left = set(large) - set(names)
    return Judgeable(
        at=at,
        given=given,
        groups=groups[at],
        names=names,
        missing=np.array([i for i, label in enumerate(labels) if label is None], np.int64),
        small=small,
        beyond=(sum(rows[name] for name in left), len(left)),
        reason=_reason(rows, names, at, len(set(groups[at].tolist()))),
    )


def _pairs(labels: Sequence[str | None], groups: np.ndarray) -> list[tuple[str, int]]:
    return [(label, group) for label, group in zip(labels, groups.tolist(), strict=True) if label is not None]


def _affordable(sizes: list[int]) -> int:
    """How many of the classes, largest first, can be judged in bounded time and memory."""
    rows = np.cumsum(sizes)
    cells = rows * np.arange(1, len(sizes) + 1)
    return min(int((cells <= MAX_CELLS).sum()), MAX_CLASSES)


def _reason(rows: Counter[str], names: list[str], at: np.ndarray, texts: int) -> Message | None:
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


def _are_measurements(rows: Counter[str]) -> bool:
    try:
        values = [float(name) for name in rows]
    except ValueError:
        return False
    decimals = [value for value in values if math.isfinite(value) and value != int(value)]
    return len(decimals) > MAX_DECIMALS
