"""What is compared: sides of training rows and one set of test rows, and how rows are identified."""

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
"""Another draw than the one that cuts sides to the cap."""
_LARGEST_KEY = np.iinfo(np.uint64).max


@dataclass(frozen=True)
class Experiment(Generic[X, Y]):
    """The sides and the test rows after the row caps.

    Attributes:
        sides: in the order of preparation: the first is the data as it came.
        labels: sorted labels of all sides, then sorted labels that only the test rows have; empty for tasks without
            labels. A model has one output for each of the first `trained_labels`.
        available: rows before the caps, by side name and ``test``.
        noisy: some test rows under noise.
    """

    sides: tuple[Side[X, Y], ...]
    test: Side[X, Y]
    labels: tuple[str, ...]
    trained_labels: int
    available: dict[str, int]
    noisy: NoisyRows | None = None

    @cached_property
    def label_codes(self) -> dict[str, int]:
        """Position of each label in `labels`."""
        return {name: i for i, name in enumerate(self.labels)}

    @cached_property
    def folds(self) -> tuple[Experiment[X, Y], ...]:
        """One experiment per fold: the test rows of it, and of the sides what its models may see."""
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
        """Rows after the caps, by side name and ``test``."""
        return {**{side.name: len(side) for side in self.sides}, "test": len(self.test)}


def row_keys(row_ids: np.ndarray | None, texts: Sequence[str], seed: int) -> np.ndarray:
    """A uniform uint64 per row, from its id, or from its text and how often that text occurred before."""
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
    """bool, one per row: a tenth of the rows, the same ones in every side that holds them."""
    return row_keys(row_ids, texts, _HELD_OUT_SEED) < np.uint64(2**64 // 10)


def largest_key(keys: np.ndarray, most: int) -> int:
    """The largest key that may stay so that at most `most` rows do."""
    return int(_LARGEST_KEY) if len(keys) <= most else int(np.partition(keys, most - 1)[most - 1])
