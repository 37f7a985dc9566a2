"""One fine-tuning of text classification: an arm, a seed, and the predictions on the test rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from auditor.benchmark.data import Arm, Contest
from auditor.learn.classifier import predict, weighted_loss
from auditor.learn.encode import encode
from auditor.learn.hardware import seeded_torch
from auditor.learn.models import Base
from auditor.learn.train import Recipe, train
from auditor.learn.tuning import merged

if TYPE_CHECKING:
    from auditor.learn.heads import TextClassifier


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
