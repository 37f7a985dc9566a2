"""One order of all rows by how likely their labels are wrong, from models that have earned a say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditor.checks.labels.dynamics import area_under_margin, held_out_probabilities, margin
from auditor.checks.labels.neighbours import AllRows, Neighbours
from auditor.checks.labels.probabilities import CLOSE, OutOfSample, agreement
from auditor.checks.labels.training_dynamics import Dynamics

HELD_OUT_WEIGHT = 0.25
"""Say of the held-out vectors beside the two others: more helps against errors at random and hurts against errors
between like classes (measured on banking77, 0 to 1)."""
TUNED_WEIGHT, TUNED_HELD_OUT_WEIGHT = 2.0, 0.25
"""Say of the margin in fine-tunings and of their held-out scores (chosen on banking77 with class-dependent errors, one
draw; 1 and 2 are equally good there)."""


@dataclass(frozen=True)
class Opinion:
    """What the models hold of the labels.

    Attributes:
        probabilities: float32 (rows, classes), out of sample.
        rank: float64, one per row, 0 to 1; low: likely wrong.
        agreement: share of rows whose most probable class is the given label.
        chance: share of the most frequent class, what a constant answer reaches.
        model: names of the models that had a say.
        tuned: whether thorough mode's fine-tunings were among them.
        near: looks up the rows most like a row in meaning.
    """

    probabilities: np.ndarray
    rank: np.ndarray
    agreement: float
    chance: float
    model: str
    near: Neighbours
    tuned: bool = False


def opinion(
    given: np.ndarray, oos: OutOfSample, vectors: np.ndarray | None, seed: int, tuned: Dynamics | None = None
) -> Opinion:
    """Combine by rank the log-ratio of TF-IDF probabilities with what static vectors and fine-tunings say.

    They have a say only where a model of theirs, judged out of sample, agrees with the labels nearly as often
    (`CLOSE`); where they know the texts less well they spoil the order.

    Args:
        given: int64 classes 0 .. K-1.
        oos: cross-validated TF-IDF probabilities.
        vectors: float32 (rows, n) with rows of length 1, or None.
        seed: of the heads.
        tuned: of thorough mode.
    """
    base, classes = agreement(oos.probabilities, given), oos.probabilities.shape[1]
    rank, weight = ranks(log_ratio(oos.probabilities, given)), 1.0
    tables, names, near = [oos.probabilities], [oos.model], oos.features
    held_out = None if vectors is None else held_out_probabilities(vectors, given, oos.fold, classes, seed)
    if vectors is not None and held_out is not None and agreement(held_out, given) >= base - CLOSE:
        rank = rank + ranks(area_under_margin(vectors, given, classes, seed))
        rank += HELD_OUT_WEIGHT * ranks(log_ratio(held_out, given))
        weight += 1 + HELD_OUT_WEIGHT
        tables, names, near = [*tables, held_out], [*names, "static vectors"], vectors
    has_say = tuned is not None and agreement(tuned.held_out, given) >= base - CLOSE
    if tuned is not None and has_say:
        rank = rank + TUNED_WEIGHT * ranks(tuned.margin)
        rank += TUNED_HELD_OUT_WEIGHT * ranks(log_ratio(tuned.held_out, given))
        weight += TUNED_WEIGHT + TUNED_HELD_OUT_WEIGHT
        tables, names = [*tables, tuned.held_out], [*names, tuned.model]
    mean = tables[0] if len(tables) == 1 else sum(tables[1:], tables[0]) / len(tables)
    chance = float(np.bincount(given).max() / len(given))
    return Opinion(mean, rank / weight, agreement(mean, given), chance, " + ".join(names), AllRows(near), has_say)


def log_ratio(probabilities: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Log of the given class's probability over the best other's; low: likely wrong."""
    return margin(np.log(probabilities + 1e-9), given)


def ranks(values: np.ndarray) -> np.ndarray:
    """float64, 0 to 1: mean ranks of `values`."""
    from scipy.stats import rankdata

    return np.asarray((rankdata(values) - 0.5) / len(values))
