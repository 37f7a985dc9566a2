"""Balance the train part by class weights, oversampling or undersampling."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pyarrow as pa

from auditor.config.settings import PrepareSettings
from auditor.corpus.corpus import Corpus


def balance_keys(
    corpus: Corpus, labels: Sequence[str | None], rows: np.ndarray, options: PrepareSettings
) -> list[Hashable | None]:
    """The class to balance by for each of `rows`: its label, or label and group; None without a label."""
    row_labels: list[Hashable | None] = [labels[i] for i in rows.tolist()]
    column = options.group or corpus.roles.source
    if options.balance_by == "label" or column is None:
        return row_labels
    groups = corpus.table.column(column).cast(pa.large_string()).take(pa.array(rows)).to_pylist()
    return [None if label is None else (label, group) for label, group in zip(row_labels, groups, strict=True)]


def class_weights(labels: Sequence[Hashable | None], down: np.ndarray | None = None) -> np.ndarray:
    """float64, one per row: rows / (classes x rows of the row's class); 1 without a label.

    The mean weight is 1, and all classes have the same total weight (King and Zeng 2001; scikit-learn's "balanced").

    Args:
        labels: class of each row.
        down: float64, down-weight of each row in the plan. Rows are then counted with it, so that the result times
            `down` gives all classes the same total weight: a class does not lose because its rows are older.
    """
    codes, counts = _coded(labels)
    labelled = codes >= 0
    if down is not None:
        counts = np.bincount(codes[labelled], weights=down[labelled], minlength=len(counts))
    counts = np.where(counts > 0, counts, 1.0)
    weight = counts.sum() / (max(len(counts), 1) * counts)
    return np.where(labelled, np.append(weight, 1.0)[codes], 1.0)


def oversample(
    labels: Sequence[Hashable | None], seed: int, ratio: float = 1.0, content: np.ndarray | None = None
) -> list[int]:
    """Positions to repeat so that every class has at least the size of the largest / `ratio`, in shuffled rounds.

    Args:
        labels: class of each row.
        seed: random seed of the shuffle.
        ratio: largest allowed ratio of class sizes.
        content: one hash per row of its content, which makes the choice independent of the order of the rows.
    """
    codes, counts = _coded(labels)
    if len(counts) == 0:
        return []
    minimum = int(np.ceil(counts.max() / ratio))
    rng = np.random.default_rng(seed)
    added: list[int] = []
    for members in _members(codes, len(counts), content):
        missing = minimum - len(members)
        while missing > 0:
            added += rng.permutation(members)[:missing].tolist()
            missing -= len(members)
    return added


def undersample(
    labels: Sequence[Hashable | None], seed: int, ratio: float = 1.0, content: np.ndarray | None = None
) -> list[int]:
    """Positions to omit, ascending, so that no class has more rows than the smallest x `ratio`."""
    codes, counts = _coded(labels)
    if len(counts) == 0:
        return []
    maximum = max(1, int(counts.min() * ratio))
    rng = np.random.default_rng(seed)
    omitted = [rng.permutation(members)[maximum:] for members in _members(codes, len(counts), content)]
    return sorted(np.concatenate(omitted).tolist())


def _coded(labels: Sequence[Hashable | None]) -> tuple[np.ndarray, np.ndarray]:
    """Class index of each row (-1: none), with classes sorted by name, and rows per class."""
    import pandas as pd

    series = pd.Series(list(labels), dtype=object)
    codes, names = pd.factorize(series, sort=False)
    order = sorted(range(len(names)), key=lambda k: str(names[k]))
    rank = np.empty(len(names), np.int64)
    rank[order] = np.arange(len(names))
    codes = np.where(codes >= 0, rank[codes] if len(names) else -1, -1)
    return codes, np.bincount(codes[codes >= 0], minlength=len(names))


def _members(codes: np.ndarray, classes: int, content: np.ndarray | None) -> list[np.ndarray]:
    order = np.argsort(codes, kind="stable") if content is None else np.lexsort((content, codes))
    return np.split(order, np.searchsorted(codes[order], np.arange(classes)))[1:]
