"""One fine-tuning of text classification: an arm, a seed, and the predictions on the test rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from auditor.benchmark.data import Arm, Contest, held_out
from auditor.models.early_stopping import EarlyStopping
from auditor.models.hardware import seeded_torch
from auditor.models.load import Base
from auditor.models.losses import predict, weighted_loss
from auditor.models.tokenize import encode
from auditor.models.train import Recipe, train
from auditor.models.tuning import merged

if TYPE_CHECKING:
    from auditor.models.heads import TextClassifier


@dataclass(frozen=True)
class SeedRun:
    """One finished training.

    Attributes:
        arm: name of the arm.
        predicted: int64 class codes of the test rows.
        confidence: float32, probability of the predicted class.
        examples_per_second: training rows seen in a second, evaluation aside.
        losses: float32, of each step.
        noisy: int64 class codes of the contest's noisy rows, by kind of noise.
    """

    arm: str
    seed: int
    predicted: np.ndarray
    confidence: np.ndarray
    examples_per_second: float
    losses: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    noisy: dict[str, np.ndarray] = field(default_factory=dict)


def fine_tune(
    base: Base, contest: Contest, arm: Arm, recipe: Recipe, max_length: int, seed: int, tick: Callable[[], None]
) -> tuple[SeedRun, TextClassifier]:
    """Train `base` on `arm` and predict the test rows.

    Raises:
        CheckError: the loss is no longer a number.
    """
    rows, targets = encode(base.tokenizer, arm.texts, max_length), contest.codes(arm.labels)
    weights, held = arm.weights, held_out(arm.row_ids, arm.texts) if recipe.patience else np.zeros(len(arm), bool)
    start = time.perf_counter()
    with seeded_torch(seed):
        prepared = base.prepared(rows)
        model = base.classifier(contest.train_classes)
        own, out = np.flatnonzero(~held), np.flatnonzero(held)
        epoch = -(-len(own) // recipe.batch_size)
        stopping = EarlyStopping(model, prepared.take(out), targets[out], epoch, recipe.patience)
        own_rows = prepared.take(own)
        loss_of = weighted_loss(model, own_rows, targets[own], None if weights is None else weights[own])
        enough = stopping if recipe.patience else lambda step: False
        losses = train(model, own_rows.lengths, loss_of, recipe, seed, tick, head=model.head, enough=enough)
        seconds = time.perf_counter() - start
        stopping.restore()
        model.encoder = merged(model.encoder)
        probabilities = predict(model, encode(base.tokenizer, contest.test.texts, max_length))
        noisy = {
            kind: predict(model, encode(base.tokenizer, texts, max_length)).argmax(1)
            for kind, texts in (contest.noisy.texts if contest.noisy is not None else {}).items()
        }
    run = SeedRun(
        arm=arm.name,
        seed=seed,
        predicted=probabilities.argmax(1),
        confidence=probabilities.max(1),
        examples_per_second=len(losses) * recipe.batch_size / seconds,
        losses=losses,
        noisy=noisy,
    )
    return run, model
