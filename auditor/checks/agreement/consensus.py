"""The consensus of annotators and its confidence.

CROWDLAB (Goh, Tkachenko and Mueller 2022; cleanlab) if a model can be fitted, else Dawid and Skene (1979).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from auditor.checks.agreement.dawid_skene import DawidSkene, dawid_skene
from auditor.checks.labels.eligible_rows import judgeable
from auditor.checks.labels.probabilities import out_of_sample
from auditor.config.settings import Settings
from auditor.corpus.corpus import Corpus
from auditor.corpus.target import Annotations
from auditor.imports import lazy_package
from auditor.stats import wilson

_MOST_CELLS = 50_000_000
"""Items times annotators above which CROWDLAB's table would not fit."""
_MOST_ITEMS = 100_000
_UNSURE = 0.5
"""Quality below which the consensus is more likely wrong than right."""
LEAST_LABELS = 20
"""The minimum number of labels for judging an annotator."""
_WORSE = 0.1
"""An annotator is poor if the upper end of its agreement interval is this far below the median annotator's."""


@dataclass(frozen=True)
class Items:
    """What was labelled.

    Attributes:
        at: int64, position of the first row of each item with a label.
        of: int64, one per annotation: its item, as an index into `at`.
        counts: float64 (items, classes), how many annotators gave each class.
    """

    at: np.ndarray
    of: np.ndarray
    counts: np.ndarray

    @property
    def is_shared(self) -> np.ndarray:
        """bool, one per item: whether at least two annotators labelled it."""
        return np.asarray(self.counts.sum(axis=1) > 1)

    @property
    def majority(self) -> np.ndarray:
        """int64, one per item: the most frequent class, the first of ties."""
        return np.asarray(self.counts.argmax(axis=1))

    @property
    def is_tied(self) -> np.ndarray:
        """bool, one per item: whether the most frequent class is tied."""
        return np.asarray((self.counts == self.counts.max(axis=1, keepdims=True)).sum(axis=1) > 1)


def items_of(said: Annotations) -> Items:
    """The items; repeated labels of one annotator for an item are counted once."""
    at, of = np.unique(said.item[said.row], return_inverse=True)
    counts = np.zeros((len(at), len(said.classes)))
    once = _once(said, of)
    np.add.at(counts, (once[0], once[2]), 1)
    return Items(at, of, counts)


def _once(said: Annotations, of: np.ndarray) -> np.ndarray:
    """int64 (3, labels): the distinct combinations of item, annotator and label."""
    return np.unique(np.stack([of, said.annotator, said.label]), axis=1)


class Method(StrEnum):
    """The method of a consensus."""

    CROWDLAB = "crowdlab"
    """CROWDLAB, with a model of the texts."""
    DAWID_SKENE = "dawid_skene"
    MAJORITY = "majority"
    """The quality is the share of annotators that gave the label."""


@dataclass(frozen=True)
class Consensus:
    """The best label of each item.

    Attributes:
        label: int64, one per item, an index into the classes.
        quality: float64, the probability that it is right, 0 to 1.
        method: the method used.
        by_skill: the estimate from the labels alone; None if there are too few.
    """

    label: np.ndarray
    quality: np.ndarray
    method: Method
    by_skill: DawidSkene | None = None

    def unsure(self, items: Items) -> np.ndarray:
        """int64, indices of items to relabel: tied majority, or consensus more likely wrong than right."""
        return np.flatnonzero(items.is_shared & (items.is_tied | (self.quality < _UNSURE)))


def consensus_of(corpus: Corpus, said: Annotations, items: Items, groups: np.ndarray, settings: Settings) -> Consensus:
    """The consensus of each item, by CROWDLAB if labels and texts allow a model, else by Dawid and Skene's method.

    If most annotators share fewer than `LEAST_LABELS` items with others, it is the majority.

    Args:
        corpus, said, items: the rows and their annotations.
        groups: int64, duplicate groups of the rows.
        settings: folds and seed.
    """
    plain = _by_labels(said, items)
    if len(items.at) > _MOST_ITEMS or len(items.at) * len(said.annotators) > _MOST_CELLS or not items.is_shared.any():
        return plain
    texts = [corpus.texts[i] for i in items.at.tolist()]
    has_text = np.array([bool(text.strip()) for text in texts])
    names: list[str | None] = [said.classes[k] for k in items.majority.tolist()]
    rows = judgeable(names, has_text, groups[items.at], settings.labels.min_class_rows)
    if rows.reason is not None or len(rows.names) < 2:
        return plain
    table = _table(said, items, rows.at, [said.classes.index(name) for name in rows.names])
    found = out_of_sample(
        [texts[i] for i in rows.at],
        rows.given,
        rows.groups,
        language=corpus.language,
        folds=settings.labels.folds,
        seed=settings.seed,
    )
    best, quality = _crowdlab(table, found.probabilities)
    label, sure = plain.label.copy(), plain.quality.copy()
    label[rows.at] = np.array([said.classes.index(name) for name in rows.names])[best]
    sure[rows.at] = quality
    return Consensus(label, sure, Method.CROWDLAB, plain.by_skill)


def _by_labels(said: Annotations, items: Items) -> Consensus:
    """The consensus computed from the labels alone."""
    shared = np.bincount(said.annotator[items.is_shared[items.of]], minlength=len(said.annotators))
    found = dawid_skene(*_once(said, items.of)) if np.median(shared) >= LEAST_LABELS else None
    if found is None:
        return Consensus(items.majority, items.counts.max(axis=1) / items.counts.sum(axis=1), Method.MAJORITY)
    return Consensus(found.label, found.quality, Method.DAWID_SKENE, found)


def _table(said: Annotations, items: Items, at: np.ndarray, classes: Sequence[int]) -> np.ndarray:
    """float64 (items at `at`, annotators who labelled one): classes 0 .. K-1, else not a number."""
    number = np.full(len(said.classes), np.nan)
    number[list(classes)] = np.arange(len(classes))
    place = np.full(len(items.at), -1)
    place[at] = np.arange(len(at))
    table = np.full((len(at), len(said.annotators)), np.nan)
    known = place[items.of] >= 0
    table[place[items.of][known], said.annotator[known]] = number[said.label[known]]
    return np.asarray(table[:, ~np.isnan(table).all(axis=0)])


def _crowdlab(table: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Class and quality of each item."""
    lazy_package("cleanlab")
    from cleanlab.multiannotator import get_label_quality_multiannotator

    quality: Callable[..., dict[str, object]] = get_label_quality_multiannotator
    found = quality(table, probabilities, return_detailed_quality=False, return_annotator_stats=False, verbose=False)
    frame = found["label_quality"]
    return (
        np.asarray(frame["consensus_label"], np.int64),  # type: ignore[index]
        np.asarray(frame["consensus_quality_score"], np.float64),  # type: ignore[index]
    )


@dataclass(frozen=True)
class Annotator:
    """How often one annotator agrees with the majority of the others.

    Attributes:
        number: index into the annotators.
        labels: labels on items for which at least two others agree on one class.
        agreement: share of them, with the ends of its 95% interval.
    """

    number: int
    labels: int
    agreement: float
    low: float
    high: float


def judged_annotators(said: Annotations, items: Items) -> list[Annotator]:
    """Annotators with enough labels, each compared with the others."""
    others = items.counts[items.of].copy()
    others[np.arange(len(items.of)), said.label] -= 1
    most = others.max(axis=1)
    leads = (most > 1) & ((others == most[:, None]).sum(axis=1) == 1)
    agrees = others.argmax(axis=1) == said.label
    found = []
    for number in range(len(said.annotators)):
        theirs = leads & (said.annotator == number)
        labels, hits = int(theirs.sum()), int((theirs & agrees).sum())
        if labels >= LEAST_LABELS:
            found.append(Annotator(number, labels, hits / labels, *wilson(hits, labels)))
    return found


def accuracies(said: Annotations, items: Items, judged: Sequence[Annotator], found: DawidSkene) -> list[Annotator]:
    """Annotators with the share of labels that are right under Dawid and Skene's estimate, as their agreement."""
    right = found.probabilities[items.of, said.label]
    shares = []
    for annotator in judged:
        theirs = right[said.annotator == annotator.number]
        hits, labels = float(theirs.sum()), len(theirs)
        shares.append(Annotator(annotator.number, labels, hits / labels, *wilson(hits, labels)))
    return shares


def poor_annotators(judged: Sequence[Annotator]) -> list[Annotator]:
    """Annotators whose agreement is significantly below that of the median annotator."""
    if len(judged) < 3:
        return []
    middle = float(np.median([annotator.agreement for annotator in judged]))
    return [annotator for annotator in judged if annotator.high < middle - _WORSE]
