"""Text pairs: equal sides, swapped pairs, and how well one side alone predicts the label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from auditor.checks.labels.eligible_rows import judgeable
from auditor.checks.labels.probabilities import agreement, out_of_sample
from auditor.config.settings import Settings
from auditor.corpus.corpus import Corpus
from auditor.corpus.shape import ShapeKind, Side
from auditor.dedup.clusters import components
from auditor.stats import wilson
from auditor.text.normalise import normalize_for_matching

JUDGED = {
    ShapeKind.PAIR: (Side.FIRST, Side.SECOND),
    ShapeKind.QUESTION_ANSWER: (Side.PROMPT, Side.ANSWER),
    ShapeKind.ASPECT: (Side.ASPECT,),
}
"""Sides that alone should not predict the label; for the sentence of an aspect it is expected."""
_MOST_ROWS = 20_000
"""Maximum rows for cross-validating a model of one side."""


@dataclass(frozen=True)
class OneSide:
    """How well a linear model of one side alone predicts the label, out of sample.

    Attributes:
        column: the side's column.
        accuracy: accuracy with the ends of its 95% interval.
        chance: share of the largest class.
        groups: number of groups of equal texts and duplicates, the sample size of the interval.
    """

    column: str
    accuracy: float
    low: float
    high: float
    chance: float
    groups: int

    @property
    def gain(self) -> float:
        """Skill (0: chance, 1: perfect) at the lower end of the interval."""
        return max(0.0, (self.low - self.chance) / max(1 - self.chance, 1e-9))


def same_texts(corpus: Corpus, side: Side) -> list[str]:
    """The normalised texts of a side."""
    return [normalize_for_matching(text) for text in texts_of(corpus, side)]


def texts_of(corpus: Corpus, side: Side) -> list[str]:
    """The texts of a side; empty texts if no row has it."""
    column = corpus.sides.get(side)
    return [""] * len(corpus) if column is None else [text or "" for text in column.to_pylist()]


def equal_rows(first: Sequence[str], second: Sequence[str]) -> list[int]:
    """Positions of rows whose sides are equal and not empty."""
    return [i for i, (one, two) in enumerate(zip(first, second, strict=True)) if one and one == two]


def swapped_rows(first: Sequence[str], second: Sequence[str]) -> dict[int, int]:
    """By position of a row: the first earlier row with the same two texts swapped."""
    seen: dict[tuple[str, str], int] = {}
    twins = {}
    for i, (one, two) in enumerate(zip(first, second, strict=True)):
        if one and two and one != two and (two, one) in seen:
            twins[i] = seen[two, one]
        seen.setdefault((one, two), i)
    return twins


def one_side(corpus: Corpus, side: Side, groups: np.ndarray, settings: Settings) -> OneSide | None:
    """Cross-validate TF-IDF and a linear model on one side; None if there are too few labels.

    Folds share no text and no duplicates.

    Args:
        corpus: a corpus with one label per row.
        side: one of its sides.
        groups: int64, duplicate groups.
        settings: folds and seed.
    """
    texts = same_texts(corpus, side)
    has_text = np.array([bool(text) for text in texts])
    whole = _joined_groups(texts, groups)
    rows = judgeable(corpus.labels or [], has_text, whole, settings.labels.min_class_rows)
    if rows.reason is not None or len(rows.names) < 2:
        return None
    chosen = np.arange(len(rows.at))
    if len(chosen) > _MOST_ROWS:
        chosen = np.sort(np.random.default_rng(settings.seed).choice(chosen, _MOST_ROWS, replace=False))
    given, chosen_groups = rows.given[chosen], rows.groups[chosen]
    found = out_of_sample(
        [texts[i] for i in rows.at[chosen]],
        given,
        chosen_groups,
        language=corpus.language,
        folds=settings.labels.folds,
        seed=settings.seed,
    )
    share, count = agreement(found.probabilities, given), len(np.unique(chosen_groups))
    low, high = wilson(share * count, count)
    column = next(name for name in corpus.shape.columns if corpus.shape.side_of(name) is side)
    return OneSide(column, share, low, high, float(np.bincount(given).max() / len(given)), count)


def _joined_groups(texts: Sequence[str], groups: np.ndarray) -> np.ndarray:
    """int64, one per row: the lowest row connected to it by equal texts or duplicate groups."""
    _, by_text = np.unique(np.array(texts, object), return_inverse=True)
    firsts = []
    for codes in (by_text, groups):
        _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
        firsts.append(first[inverse])
    rows = np.arange(len(texts))
    return components(len(texts), np.concatenate([rows, rows]), np.concatenate(firsts))
