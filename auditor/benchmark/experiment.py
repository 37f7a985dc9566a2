"""The experiment: sides of training rows and one set of test rows, and the identity of rows."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Generic

import numpy as np

from auditor.benchmark.noise import NoisyRows
from auditor.benchmark.sides import Side, X, Y

_HELD_OUT_SEED = 77
"""Differs from the seed that reduces sides to the cap."""
_LARGEST_KEY = np.iinfo(np.uint64).max


@dataclass(frozen=True)
class Experiment(Generic[X, Y]):
    """The sides and the test rows after the row caps.

    Attributes:
        sides: in the order of preparation; the first is the original data.
        test: the test rows.
        labels: sorted labels of all sides, followed by the sorted labels that occur only in test rows; empty for tasks
            without labels. A model has one output for each of the first `trained_labels`.
        available: number of rows before the caps, by side name and ``test``.
        noisy: perturbed versions of some test rows.
    """

    sides: tuple[Side[X, Y], ...]
    test: Side[X, Y]
    labels: tuple[str, ...]
    trained_labels: int
    available: dict[str, int]
    noisy: NoisyRows | None = None

    @cached_property
    def label_codes(self) -> dict[str, int]:
        """Index of each label in `labels`."""
        return {name: i for i, name in enumerate(self.labels)}

    @cached_property
    def folds(self) -> tuple[Experiment[X, Y], ...]:
        """One experiment per fold: its test rows, and the training rows that its models may use."""
        folds = self.test.folds
        if folds is None or folds.max(initial=0) == 0:
            return (self,)
        return tuple(
            replace(
                self,
                sides=tuple(side.without(fold) for side in self.sides),
                test=self.test.tested_in(fold),
                noisy=None if self.noisy is None else self.noisy.among(np.flatnonzero(folds == fold)),
            )
            for fold in range(int(folds.max()) + 1)
        )

    @property
    def used(self) -> dict[str, int]:
        """Number of rows after the caps, by side name and ``test``."""
        return {**{side.name: len(side) for side in self.sides}, "test": len(self.test)}


def row_keys(row_ids: np.ndarray | None, texts: Sequence[str], seed: int) -> np.ndarray:
    """A uniform uint64 per row, hashed from its id, or from its text and the number of earlier occurrences."""
    keys = np.empty(len(texts), np.uint64)
    times: Counter[str] = Counter()
    for i, text in enumerate(texts):
        if row_ids is not None and row_ids[i] >= 0:
            identity = f"row {row_ids[i]}"
        else:
            identity = f"text {times[text]} {text}"
            times[text] += 1
        digest = hashlib.blake2b(f"{seed} {identity}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
        keys[i] = int.from_bytes(digest, "little")
    return keys


def held_out(row_ids: np.ndarray | None, texts: Sequence[str]) -> np.ndarray:
    """bool, one per row: selects a tenth of the rows, the same ones in all sides."""
    return row_keys(row_ids, texts, _HELD_OUT_SEED) < np.uint64(2**64 // 10)


def largest_key(keys: np.ndarray, most: int) -> int:
    """The limit on keys with which at most `most` rows are selected."""
    return int(_LARGEST_KEY) if len(keys) <= most else int(np.partition(keys, most - 1)[most - 1])
