"""Balance the train part: class weights as a column, or repeated or left-out rows."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pyarrow as pa

from auditor.config.settings import PrepareSettings
from auditor.corpus.corpus import Corpus


def balance_keys(
    corpus: Corpus, labels: Sequence[str | None], rows: np.ndarray, options: PrepareSettings
) -> list[Hashable | None]:
    """What is balanced, one per row of `rows`: its label, or label and group; None without a label."""
    mine: list[Hashable | None] = [labels[i] for i in rows.tolist()]
    column = options.group or corpus.roles.source
    if options.balance_by == "label" or column is None:
        return mine
    groups = corpus.table.column(column).cast(pa.large_string()).take(pa.array(rows)).to_pylist()
    return [None if label is None else (label, group) for label, group in zip(mine, groups, strict=True)]


def class_weights(labels: Sequence[Hashable | None], down: np.ndarray | None = None) -> np.ndarray:
    """float64, one per row: rows / (classes x rows of the row's class); 1 where there is no label.

    The mean weight is 1, and every class weighs the same (King and Zeng 2001; scikit-learn's "balanced").

    Args:
        labels: one per row.
        down: what the plan weighs each row down by. Rows are then counted by it, and the result times `down` is what
            lets every class weigh the same: a class does not lose by being older than others.
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
    """Positions to repeat so that no class has fewer rows than the largest / `ratio`, in shuffled rounds.

    Args:
        labels: class of each row.
        seed: for the shuffle.
        ratio: see above.
        content: a number per row from what it holds: the choice then does not depend on the order of the rows.
    """
    codes, counts = _coded(labels)
    if len(counts) == 0:
        return []
    floor = int(np.ceil(counts.max() / ratio))
    random = np.random.default_rng(seed)
    added: list[int] = []
    for members in _members(codes, len(counts), content):
        need = floor - len(members)
        while need > 0:
            added += random.permutation(members)[:need].tolist()
            need -= len(members)
    return added


def undersample(
    labels: Sequence[Hashable | None], seed: int, ratio: float = 1.0, content: np.ndarray | None = None
) -> list[int]:
    """Positions to leave out, ascending, so that no class has more rows than the smallest x `ratio`."""
    codes, counts = _coded(labels)
    if len(counts) == 0:
        return []
    top = max(1, int(counts.min() * ratio))
    random = np.random.default_rng(seed)
    out = [random.permutation(members)[top:] for members in _members(codes, len(counts), content)]
    return sorted(np.concatenate(out).tolist())


def _coded(labels: Sequence[Hashable | None]) -> tuple[np.ndarray, np.ndarray]:
    """Class number of each row (-1: none) by sorted class, and rows per class."""
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
