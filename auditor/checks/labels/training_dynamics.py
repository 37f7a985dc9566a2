"""Thorough mode: label scores from fine-tunings of a BERT, from training dynamics and for held-out rows.

Training dynamics (Pleiss et al. 2020: area under the margin) and held-out scores of a fine-tuned language model, which
find human labelling errors better than more complex detectors (Chong, Hong and Manning 2022).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from auditor.checks.labels.dynamics import margin
from auditor.models.hardware import device, seeded_torch
from auditor.models.load import Base
from auditor.models.losses import predict
from auditor.models.tokenize import Rows
from auditor.models.train import Recipe, train

if TYPE_CHECKING:
    import torch

    from auditor.models.heads import TextClassifier

BATCH = 32
_TRIALS = 3


@dataclass(frozen=True)
class Dynamics:
    """The results of the fine-tunings.

    Attributes:
        margin: float64, one per row: the given label's logit over the best other, before each step on the row, mean
            over the epochs after the first and over the fine-tunings trained on the row.
        held_out: float32 (rows, classes): probabilities of the model trained on neither the row nor a copy of it, mean
            over the epochs after the first.
        model: name of the encoder.
        cut: number of truncated texts.
    """

    margin: np.ndarray
    held_out: np.ndarray
    model: str
    cut: int


@dataclass(frozen=True)
class Plan:
    """Cross-fitting: one fine-tuning per fold, on the rows outside it.

    Attributes:
        fold: int64, one per row.
        epochs: passes over the rows of each fine-tuning; the first is not evaluated if there are more.
    """

    fold: np.ndarray
    epochs: int
    learning_rate: float
    seed: int

    @property
    def steps(self) -> int:
        """Steps of all fine-tunings."""
        sizes = len(self.fold) - np.bincount(self.fold)
        return int(self.epochs * (-(-sizes // BATCH)).sum())


def tuned_dynamics(
    base: Base, rows: Rows, given: np.ndarray, classes: int, plan: Plan, tick: Callable[[], None]
) -> Dynamics:
    """Fine-tune once per fold.

    Args:
        base: the encoder.
        rows: the texts.
        given: int64 classes 0 .. `classes` - 1.
        tick: called after each step.

    Raises:
        CheckError: the loss is not finite.
    """
    total, seen = np.zeros(len(given)), np.zeros(len(given))
    held_out = np.full((len(given), classes), 1 / classes, np.float32)
    for number in np.unique(plan.fold).tolist():
        inside, outside = np.flatnonzero(plan.fold != number), np.flatnonzero(plan.fold == number)
        if not len(inside):
            continue
        run = _FineTuning(rows.take(inside), given[inside], rows.take(outside), classes, plan.epochs)
        with seeded_torch(plan.seed + number):
            run(base, plan, plan.seed + number, tick)
        total[inside] += run.margins
        seen[inside] += 1
        held_out[outside] = run.probabilities
    return Dynamics(total / np.maximum(seen, 1), held_out, base.name, rows.cut)


class _FineTuning:
    """One fine-tuning and the values recorded during it."""

    def __init__(self, rows: Rows, given: np.ndarray, others: Rows, classes: int, epochs: int) -> None:
        self.rows, self.given, self.others = rows, given, others
        self.classes, self.epochs = classes, epochs
        self.steps_an_epoch = -(-len(given) // BATCH)
        self.counted = max(epochs - 1, 1)
        self.margins = np.zeros(len(given))
        self.probabilities = np.zeros((len(others), classes), np.float32)
        self._steps = 0

    def __call__(self, base: Base, plan: Plan, seed: int, tick: Callable[[], None]) -> None:
        model = base.classifier(self.classes)
        recipe = Recipe(plan.epochs * self.steps_an_epoch, BATCH, plan.learning_rate)

        def step_done() -> None:
            self._steps += 1
            if self._steps % self.steps_an_epoch == 0 and self._counts(self._steps - 1):
                self.probabilities += predict(model, self.others) / self.counted
                model.train()
            tick()

        train(model, self.rows.lengths, self._loss(model), recipe, seed, step_done, head=model.head)

    def _counts(self, step: int) -> bool:
        return step >= self.steps_an_epoch or self.epochs == 1

    def _loss(self, model: TextClassifier) -> Callable[[np.ndarray], torch.Tensor]:
        import torch
        from torch.nn.functional import cross_entropy

        where = device()
        target = torch.from_numpy(self.given).to(where)

        def loss_of(batch: np.ndarray) -> torch.Tensor:
            logits = model(**self.rows.inputs(batch, where))
            if self._counts(self._steps):
                self.margins[batch] += margin(logits.detach().float().cpu().numpy(), self.given[batch]) / self.counted
            return cross_entropy(logits, target[batch])

        return loss_of


def seconds_a_step(base: Base, rows: Rows, given: np.ndarray, classes: int, rate: float) -> float:
    """Wall-clock seconds of one step on this machine, measured on a few batches of medium length.

    The model is discarded, and torch's random state is restored.
    """
    middle = np.argsort(rows.lengths, kind="stable")[len(rows) // 2 :][:BATCH]
    run = _FineTuning(rows.take(middle), given[middle], rows.take(middle[:0]), classes, _TRIALS + 1)
    marks: list[float] = []
    with seeded_torch(0):
        model = base.classifier(classes)
        recipe = Recipe(_TRIALS + 1, BATCH, rate)
        train(model, run.rows.lengths, run._loss(model), recipe, 0, lambda: marks.append(time.perf_counter()))
    return (marks[-1] - marks[0]) / _TRIALS  # the first step also allocates
