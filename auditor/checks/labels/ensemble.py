"""A ranking of all rows by how likely their labels are wrong, from the models that are accurate enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditor.checks.labels.dynamics import area_under_margin, held_out_probabilities, margin
from auditor.checks.labels.neighbours import AllRows, Neighbours
from auditor.checks.labels.probabilities import CLOSE, OutOfSample, agreement
from auditor.checks.labels.training_dynamics import Dynamics

HELD_OUT_WEIGHT = 0.25
"""Weight of the held-out vector scores relative to the two others: more helps against random errors and hurts against
errors between similar classes (measured on banking77, 0 to 1)."""
TUNED_WEIGHT, TUNED_HELD_OUT_WEIGHT = 2.0, 0.25
"""Weight of the margin in fine-tunings and of their held-out scores (chosen on banking77 with class-dependent errors,
one draw; 1 and 2 are equally good there)."""


@dataclass(frozen=True)
class Opinion:
    """The models' judgement of the labels.

    Attributes:
        probabilities: float32 (rows, classes), out of sample.
        rank: float64, one per row, 0 to 1; low: likely wrong.
        agreement: share of rows whose most probable class is the given label.
        chance: share of the most frequent class, the accuracy of a constant prediction.
        model: names of the included models.
        tuned: whether thorough mode's fine-tunings were among them.
        near: finds the rows most similar to a row by embedding.
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
    """Combine by rank the log-ratio of TF-IDF probabilities with the scores of static vectors and fine-tunings.

    These are included only if their model agrees out of sample with the labels nearly as often (`CLOSE`); less
    accurate models would degrade the ranking.

    Args:
        given: int64 classes 0 .. K-1.
        oos: cross-validated TF-IDF probabilities.
        vectors: float32 (rows, n) with rows of length 1, or None.
        seed: seed of the heads.
        tuned: the result of thorough mode.
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
    """Log-ratio of the given class's probability to the best other's; low: likely wrong."""
    return margin(np.log(probabilities + 1e-9), given)


def ranks(values: np.ndarray) -> np.ndarray:
    """float64, 0 to 1: mean ranks of `values`."""
    from scipy.stats import rankdata

    return np.asarray((rankdata(values) - 0.5) / len(values))
