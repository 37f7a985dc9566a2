"""One fine-tuning with a sigmoid a label: an arm, a seed, the threshold, and probabilities of the test rows."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from auditor.benchmark.several.data import LabelledTexts, SeveralContest
from auditor.benchmark.several.scores import best_threshold
from auditor.models.early_stopping import EarlyStopping
from auditor.models.hardware import seeded_torch
from auditor.models.load import Base
from auditor.models.losses import binary_loss, predict, start_at_base_rates
from auditor.models.tokenize import encode
from auditor.models.train import Recipe, train
from auditor.models.tuning import merged

if TYPE_CHECKING:
    from auditor.models.heads import TextClassifier


@dataclass(frozen=True)
class SeveralRun:
    """One finished training.

    Attributes:
        probabilities: float32 (test rows, labels of training).
        threshold: from which on a label is given.
        losses: float32, of each step.
        examples_per_second: training rows seen in a second; not a number where the training was taken over.
    """

    probabilities: np.ndarray
    threshold: float
    losses: np.ndarray
    examples_per_second: float

    def predicted(self, labels: int) -> np.ndarray:
        """Bool (rows, `labels`); labels that training lacks are never given."""
        given = np.zeros((len(self.probabilities), labels), bool)
        given[:, : self.probabilities.shape[1]] = self.probabilities >= self.threshold
        return given


def to_table(run: SeveralRun) -> pa.Table:
    """A finished training as a table."""
    rows = pa.FixedSizeListArray.from_arrays(pa.array(run.probabilities.ravel()), run.probabilities.shape[1])
    facts = {
        "threshold": repr(run.threshold),
        "losses": json.dumps(run.losses.tolist()),
        "examples_per_second": repr(run.examples_per_second),
    }
    return pa.table({"probabilities": rows}).replace_schema_metadata(facts)


def from_table(table: pa.Table) -> SeveralRun:
    """The inverse of `to_table`."""
    facts = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    column = table.column("probabilities").combine_chunks()
    return SeveralRun(
        column.flatten().to_numpy().reshape(len(table), -1),
        float(facts["threshold"]),
        np.array(json.loads(facts["losses"]), np.float32),
        float(facts.get("examples_per_second", "nan")),
    )


def fine_tune(
    base: Base,
    contest: SeveralContest,
    arm: LabelledTexts,
    recipe: Recipe,
    max_length: int,
    seed: int,
    tick: Callable[[], None],
) -> tuple[SeveralRun, TextClassifier]:
    """Train `base` on nine tenths of `arm`, choose the threshold on the rest, and judge the test rows.

    Raises:
        CheckError: the loss is no longer a number.
    """
    rows, has = encode(base.tokenizer, arm.texts, max_length), contest.has(arm)[:, : contest.train_labels]
    is_own = contest.own_rows(arm)
    own, held = np.flatnonzero(is_own), np.flatnonzero(~is_own)
    start = time.perf_counter()
    with seeded_torch(seed):
        prepared = base.prepared(rows)
        own_rows, held_rows = prepared.take(own), prepared.take(held)
        model = base.classifier(contest.train_labels)
        start_at_base_rates(model, has[own])
        loss_of = binary_loss(model, own_rows, has[own], None if arm.weights is None else arm.weights[own])
        epoch = -(-len(own) // recipe.batch_size)
        stopping = EarlyStopping(model, held_rows, has[held], epoch, recipe.patience)
        enough = stopping if recipe.patience and len(held) else lambda step: False
        losses = train(model, own_rows.lengths, loss_of, recipe, seed, tick, head=model.head, enough=enough)
        seconds = time.perf_counter() - start
        stopping.restore()
        model.encoder = merged(model.encoder)
        held_weights = None if arm.weights is None else arm.weights[held]
        threshold = best_threshold(predict(model, held_rows, several=True), has[held], 0.5, held_weights)
        probabilities = predict(model, encode(base.tokenizer, contest.test.texts, max_length), several=True)
    return SeveralRun(probabilities, threshold, losses, len(losses) * recipe.batch_size / seconds), model
