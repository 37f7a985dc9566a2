"""Confused classes, as a heat map and as a list of pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditor.checks.labels.ensemble import Opinion
from auditor.checks.labels.label_issues import Suspects
from auditor.core.metrics import Figure

_HEAT, _PAIRS, _EXAMPLES = 15, 10, 3


@dataclass(frozen=True)
class Pair:
    """A pair of confused classes.

    Attributes:
        rows: flagged rows with label `given` that look like `other`.
        noise: estimated share of the rows labelled `given` that truly are `other`.
        examples: judged rows, worst first.
    """

    given: str
    other: str
    rows: int
    noise: float
    examples: tuple[int, ...]

    @property
    def name(self) -> str:
        """``given → other``."""
        return f"{self.given} → {self.other}"


def confused_pairs(given: np.ndarray, names: list[str], found: Suspects) -> list[Pair]:
    """The pairs with the most flagged rows, at least two each."""
    wrong = np.flatnonzero(found.wrong)
    keys, inverse, counts = np.unique(
        given[wrong] * len(names) + found.suggested[wrong], return_inverse=True, return_counts=True
    )
    pairs = []
    for k in np.argsort(-counts, kind="stable")[:_PAIRS].tolist():
        if counts[k] < 2:
            break
        i, j = divmod(int(keys[k]), len(names))
        rows = wrong[inverse == k]
        worst = rows[np.argsort(found.score[rows], kind="stable")][:_EXAMPLES]
        noise = float(found.noise[i, j] / max(found.noise[i].sum(), 1e-12))
        pairs.append(Pair(names[i], names[j], int(counts[k]), noise, tuple(worst.tolist())))
    return pairs


def pair_table(pairs: list[Pair]) -> Figure:
    """Flagged rows and estimated noise by pair."""
    return Figure(
        "table",
        "figure.confused_pairs",
        ("column.flagged_rows", "column.estimated_share"),
        series={pair.name: (float(pair.rows), round(pair.noise, 4)) for pair in pairs},
    )


def confusion(given: np.ndarray, view: Opinion, names: list[str]) -> Figure:
    """Given label (rows) against predicted (columns) for the classes most confused, as shares of the given."""
    predicted = view.probabilities.argmax(axis=1)
    off = predicted != given
    trouble = np.bincount(given[off], minlength=len(names)) + np.bincount(predicted[off], minlength=len(names))
    top = np.sort(np.argsort(-trouble, kind="stable")[:_HEAT])
    sizes = np.maximum(np.bincount(given, minlength=len(names)), 1)
    series = {}
    for k in top.tolist():
        row = np.bincount(predicted[given == k], minlength=len(names))[top] / sizes[k]
        series[names[k]] = tuple(np.round(row, 4).tolist())
    labels = tuple(names[k] for k in top.tolist())
    return Figure("heatmap", "figure.confusion", labels, series=series, omitted=len(names) - len(labels))


def score_histogram(score: np.ndarray) -> Figure:
    """Rows by label score."""
    counts, _ = np.histogram(score, bins=20, range=(0, 1))
    bins = tuple(f"{i / 20:.2f}" for i in range(20))
    return Figure("histogram", "figure.label_scores", bins, tuple(map(float, counts)))
