"""Rows that a tiny model can learn in seconds."""

from __future__ import annotations

import numpy as np

from auditor.benchmark import Arm, TestSet
from tests.models.toys import FILLER, WORDS


def rows(count: int, seed: int) -> tuple[list[str], list[str]]:
    """Texts of seven words, two of which tell the label."""
    rng = np.random.default_rng(seed)
    labels = [sorted(WORDS)[i] for i in rng.integers(len(WORDS), size=count)]
    texts = []
    for label in labels:
        words = [*rng.choice(FILLER, 5), *rng.choice(WORDS[label].split(), 2)]
        texts.append(" ".join(rng.permutation(words)))
    return texts, labels


def make_arm(name: str, count: int = 240, seed: int = 1, noise: float = 0.0) -> Arm:
    """Training rows; a share of `noise` of the labels is replaced by another one."""
    texts, labels = rows(count, seed)
    rng = np.random.default_rng(seed + 1)
    names = sorted(WORDS)
    noisy = [names[(names.index(y) + 1 + rng.integers(2)) % 3] if rng.random() < noise else y for y in labels]
    return Arm(name, texts, noisy, row_ids=np.arange(count))


def make_test(count: int = 150, seed: int = 9) -> TestSet:
    """Test rows, every tenth of them disputed."""
    texts, labels = rows(count, seed)
    source = ["even" if i % 2 == 0 else "rare" if i % 20 == 1 else "odd" for i in range(count)]
    return TestSet(
        np.arange(1_000, 1_000 + count), texts, labels, np.arange(count) % 10 == 0, groups={"source": list(source)}
    )
