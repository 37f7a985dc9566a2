"""One fine-tuning of text classification: an arm, a seed, and the predictions on the test rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from auditor.benchmark.data import Arm, Contest
from auditor.benchmark.encode import Encoded, encode, sorted_batches
from auditor.benchmark.hardware import device, half_precision, seeded_torch
from auditor.benchmark.models import Base
from auditor.benchmark.train import Recipe, train
from auditor.benchmark.tuning import merged

if TYPE_CHECKING:
    import torch

    from auditor.benchmark.heads import TextClassifier

_PREDICT_BATCH = 64


@dataclass(frozen=True)
class SeedRun:
    """One finished training.

    Attributes:
        arm: name of the arm.
        predicted: int64 class codes of the test rows.
        confidence: float32, probability of the predicted class.
        examples_per_second: training rows seen in a second, evaluation aside.
    """

    arm: str
    seed: int
    predicted: np.ndarray
    confidence: np.ndarray
    examples_per_second: float


def fine_tune(
    base: Base, contest: Contest, arm: Arm, recipe: Recipe, max_length: int, seed: int, tick: Callable[[], None]
) -> tuple[SeedRun, TextClassifier]:
    """Train `base` on `arm` and predict the test rows.

    Raises:
        CheckError: the loss is no longer a number, or memory ran out.
    """
    rows = encode(base.tokenizer, arm.texts, max_length)
    with seeded_torch(seed):
        model = base.classifier(contest.train_classes)
        loss_of = weighted_loss(model, rows, contest.codes(arm.labels), arm.weights)
        start = time.perf_counter()
        train(model, rows.lengths, loss_of, recipe, seed, tick, head=model.head)
        seconds = time.perf_counter() - start
        model.encoder = merged(model.encoder)
        probabilities = predict(model, encode(base.tokenizer, contest.test.texts, max_length))
    run = SeedRun(
        arm=arm.name,
        seed=seed,
        predicted=probabilities.argmax(1),
        confidence=probabilities.max(1),
        examples_per_second=recipe.steps * recipe.batch_size / seconds,
    )
    return run, model


def weighted_loss(
    model: TextClassifier, rows: Encoded, targets: np.ndarray, weights: np.ndarray | None
) -> Callable[[np.ndarray], torch.Tensor]:
    """Cross-entropy of a batch; weights are scaled to a mean of 1 over the arm, to leave the learning rate alone."""
    import torch
    from torch.nn.functional import cross_entropy

    where = device()
    target = torch.from_numpy(targets).to(where)
    scaled = None if weights is None else torch.from_numpy(weights / weights.mean()).float().to(where)

    def loss_of(batch: np.ndarray) -> torch.Tensor:
        losses = cross_entropy(model(**rows.inputs(batch, where)), target[batch], reduction="none")
        return losses.mean() if scaled is None else (losses * scaled[batch]).mean()

    return loss_of


def predict(model: TextClassifier, rows: Encoded) -> np.ndarray:
    """Probabilities (rows, labels), float32."""
    import torch

    where = device()
    probabilities = np.zeros((len(rows), model.head.out_features), np.float32)
    model.eval()
    with torch.inference_mode(), torch.autocast(where.type, torch.bfloat16, enabled=half_precision()):
        for batch in sorted_batches(rows.lengths, _PREDICT_BATCH):
            probabilities[batch] = model(**rows.inputs(batch, where)).softmax(-1).cpu().numpy()
    return probabilities
