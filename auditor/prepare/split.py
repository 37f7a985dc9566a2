"""Train, validation and test by duplicate cluster, so that no copy of a text stands in two parts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from auditor.config import PrepareSettings
from auditor.corpus.corpus import Corpus
from auditor.corpus.splits import PARTS as PARTS
from auditor.corpus.splits import part_of
from auditor.errors import CheckError


def assign_parts(corpus: Corpus, groups: np.ndarray, settings: PrepareSettings, seed: int) -> np.ndarray:
    """int8, one a readable row: its part as an index into `PARTS`.

    A split column is honoured; what it lacks (a test or validation part) is cut from its train part. Rows are
    dealt by whole duplicate groups, class by class, so that the parts have about the same class shares.

    Args:
        corpus: the rows.
        groups: int64 duplicate group of each row (`Clusters.groups`).
        settings: shares of the parts.
        seed: for the deal.
    """
    column = corpus.role("split")
    given = np.zeros(len(corpus), np.int8)
    if column is not None:
        given = np.array([PARTS.index(part_of(str(value)) or "train") for value in column.to_pylist()], np.int8)
    parts = given.copy()
    wanted = {2: settings.test, 1: settings.validation}
    missing = {part: share for part, share in wanted.items() if share and not (given == part).any()}
    if missing:
        # a group that reaches into a given part stays where it is
        bound = np.isin(groups, groups[given > 0])
        free = np.flatnonzero((given == 0) & ~bound)
        parts[free] = _deal(groups[free], _labels(corpus, free), missing, seed)
    return parts


def _labels(corpus: Corpus, rows: np.ndarray) -> np.ndarray:
    labels = corpus.labels
    if labels is None:
        return np.zeros(len(rows), np.int64)
    return np.unique([labels[i] or "" for i in rows], return_inverse=True)[1]


def _deal(groups: np.ndarray, labels: np.ndarray, shares: dict[int, float], seed: int) -> np.ndarray:
    """Part of each row. Groups of a class are shuffled and cut where the running share of rows passes the marks."""
    _, first, inverse, sizes = np.unique(groups, return_index=True, return_inverse=True, return_counts=True)
    random = np.random.default_rng(seed).random(len(first))
    parts = np.zeros(len(first), np.int8)
    own = labels[first]
    order = np.lexsort((random, own))
    bounds = np.concatenate([np.flatnonzero(np.diff(own[order], prepend=-1)), [len(order)]])
    for start, stop in pairwise(bounds.tolist()):
        members = order[start:stop]
        middle = (np.cumsum(sizes[members]) - sizes[members] / 2) / sizes[members].sum()
        floor = 0.0
        for part, share in sorted(shares.items(), reverse=True):
            if len(members) > len(shares):  # a class of fewer groups than parts stays in train
                parts[members[(middle >= floor) & (middle < floor + share)]] = part
            floor += share
    return parts[inverse]


def prove_disjoint(
    parts: Sequence[str], groups: np.ndarray, hashes: Sequence[str], *, required: bool = True
) -> dict[str, int]:
    """Count what could leak; all counts are zero in a sound split.

    Args:
        parts: part of each kept row.
        groups: duplicate group of each kept row.
        hashes: hash of each kept row's text after normalisation.
        required: whether a leak is an error; else it is only counted.

    Raises:
        CheckError: a group or a text stands in two parts although this is required not to be.
    """
    proof = {"groups_in_two_parts": _torn(groups.tolist(), parts), "texts_in_two_parts": _torn(hashes, parts)}
    if required and any(proof.values()):
        raise CheckError(
            f"The split leaks: {proof['groups_in_two_parts']} duplicate groups and {proof['texts_in_two_parts']} texts "
            "stand in two parts.",
            where="split",
            fix="Apply the plan without taking out its duplicate and leak rules.",
        )
    return proof


def _torn(keys: Sequence[object], parts: Sequence[str]) -> int:
    seen: dict[object, set[str]] = {}
    for key, part in zip(keys, parts, strict=True):
        seen.setdefault(key, set()).add(part)
    return sum(len(found) > 1 for found in seen.values())
