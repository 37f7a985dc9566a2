"""Base of tasks that fine-tune an encoder with a head; they differ in head, loss and prediction."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Generic

import numpy as np

from auditor.benchmark.artefact import TrainedModel
from auditor.benchmark.experiment import Experiment, held_out
from auditor.benchmark.runs import SeedRun, Start, Trainer
from auditor.benchmark.sides import Side, X, Y
from auditor.benchmark.tasks.base import Task
from auditor.models.base_model import Ticker, choose_base, default_rate, tuning_of
from auditor.models.early_stopping import EarlyStopping
from auditor.models.estimate import Estimate, estimate
from auditor.models.hardware import seeded_torch
from auditor.models.load import Base
from auditor.models.tokenize import Encoded, Rows
from auditor.models.train import Recipe, train

if TYPE_CHECKING:
    from auditor.models.gradients import BatchLoss
    from auditor.models.heads import TextClassifier, TokenClassifier


@dataclass(frozen=True)
class Fitted(Generic[X, Y]):
    """A trained model and the held-out rows of its side.

    Attributes:
        base, experiment, model: what was trained.
        max_length: maximum number of tokens per text.
        held_rows: encoded held-out rows, possibly none.
        held_targets: their targets.
        held_weights: their weights; None: equal weights.
    """

    base: Base
    experiment: Experiment[X, Y]
    model: TextClassifier | TokenClassifier
    max_length: int
    held_rows: Rows
    held_targets: np.ndarray
    held_weights: np.ndarray | None


class EncoderTask(Task[X, Y]):
    """Fine-tunes an encoder."""

    @abstractmethod
    def encode(self, base: Base, inputs: list[X], max_length: int) -> Encoded:
        """Encode rows as token ids."""

    @abstractmethod
    def targets(self, experiment: Experiment[X, Y], side: Side[X, Y], rows: Encoded) -> np.ndarray:
        """(rows, ...), the training targets of the rows of `side`."""

    @abstractmethod
    def model(self, base: Base, labels: int) -> TextClassifier | TokenClassifier:
        """The encoder with a new head with `labels` outputs, on the device."""

    @abstractmethod
    def loss(
        self, model: TextClassifier | TokenClassifier, rows: Rows, targets: np.ndarray, weights: np.ndarray | None
    ) -> BatchLoss:
        """The loss of a batch of `rows`."""

    @abstractmethod
    def predict(self, fitted: Fitted[X, Y]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Predictions for the test rows, and further arrays; see `SeedRun`."""

    def read(self, fitted: Fitted[X, Y], inputs: list[X]) -> Rows:
        """Test rows as the fastest input of the model; see `Base.training_inputs`."""
        return fitted.base.training_inputs(self.encode(fitted.base, inputs, fitted.max_length))

    def begin(self, model: TextClassifier | TokenClassifier, targets: np.ndarray) -> None:
        """Initialize the new head for rows with these targets."""

    def held(self, experiment: Experiment[X, Y], side: Side[X, Y], patience: int) -> np.ndarray:
        """bool, one per row of `side`: whether it is held out for thresholds or early stopping."""
        if not patience:
            return np.zeros(len(side), bool)
        return held_out(side.row_ids, [self.identity(row) for row in side.inputs])

    def artefact(self, fitted: Fitted[X, Y], extra: Mapping[str, np.ndarray]) -> TrainedModel | None:
        """The model in the form in which it is saved; None if it cannot be saved."""
        return None

    has_folds = True

    def trainer_of_fold(self, trainer: Trainer[X, Y], fold: Experiment[X, Y]) -> Trainer[X, Y]:
        """The same encoder, with the number of steps adapted to the rows of the fold."""
        if not isinstance(trainer, EncoderTrainer):
            raise TypeError("The trainer is not one of this task.")
        rows, all_rows = (max(map(len, part.sides)) for part in (fold, trainer.experiment))
        steps = max(1, round(trainer.recipe.steps * rows / all_rows))
        return replace(trainer, experiment=fold, recipe=replace(trainer.recipe, steps=steps))

    def trainer(self, experiment: Experiment[X, Y], start: Start) -> EncoderTrainer[X, Y]:
        """The selected encoder and its training parameters."""
        options = start.settings.benchmark
        steps = options.epochs * -(-max(map(len, experiment.sides)) // options.batch_size)
        tick, base = choose_base(
            options,
            start.language,
            start.texts,
            start.settings.seed,
            steps * start.trainings,
            start.progress,
            start.hide,
        )
        base = replace(base, tuning=tuning_of(options, base))
        recipe = Recipe(steps, options.batch_size, options.learning_rate or default_rate(base))
        if self.divisible:
            recipe = replace(
                recipe, parts=options.accumulate, adversarial=options.adversarial, patience=options.patience
            )
        return EncoderTrainer(self, experiment, base, recipe, options.tokens(base.length), tick)


@dataclass(frozen=True)
class EncoderTrainer(Generic[X, Y]):
    """Fine-tunes `base` on any side with any seed."""

    task: EncoderTask[X, Y]
    experiment: Experiment[X, Y]
    base: Base
    recipe: Recipe
    max_length: int
    tick: Ticker

    @property
    def name(self) -> str:
        """Name of the encoder."""
        return self.base.name

    @property
    def steps(self) -> int:
        """Number of steps of one training."""
        return self.recipe.steps

    @property
    def budget(self) -> dict[str, int | float]:
        """See `Trainer`."""
        return {
            "steps": self.recipe.steps,
            "batch_size": self.recipe.batch_size,
            "learning_rate": self.recipe.learning_rate,
            "max_length": self.max_length,
            "frozen_layers": self.base.tuning.frozen_layers,
        }

    @cached_property
    def fingerprint(self) -> object:
        """See `Trainer`."""
        return self.base.digest, self.base.tuning, self.recipe, self.max_length

    @property
    def cut_texts(self) -> dict[str, int]:
        """See `Trainer`."""
        sides = (*self.experiment.sides, self.experiment.test)
        return {side.name: self.task.encode(self.base, side.inputs, self.max_length).cut for side in sides}

    @property
    def held_rows(self) -> dict[str, int]:
        """See `Trainer`."""
        patience = self.recipe.patience
        return {side.name: int(self.task.held(self.experiment, side, patience).sum()) for side in self.experiment.sides}

    def estimate(self, trainings: int) -> Estimate:
        """See `Trainer`; from a few timed steps."""
        task, side = self.task, self.experiment.sides[-1]
        with seeded_torch(0):
            encoded = task.encode(self.base, side.inputs, self.max_length)
            rows = self.base.training_inputs(encoded)
            model = task.model(self.base, self.experiment.trained_labels)
            loss = task.loss(model, rows, task.targets(self.experiment, side, encoded), None)
            return estimate(model, rows.lengths, loss, self.recipe, trainings)

    def run(self, side: Side[X, Y], seed: int) -> tuple[SeedRun, TrainedModel | None]:
        """See `Trainer`."""
        from auditor.models.low_rank import merge_low_rank

        task, experiment, recipe = self.task, self.experiment, self.recipe
        encoded = task.encode(self.base, side.inputs, self.max_length)
        targets = task.targets(experiment, side, encoded)
        is_held = task.held(experiment, side, recipe.patience)
        learned, held = np.flatnonzero(~is_held), np.flatnonzero(is_held)
        weights, held_weights = (None if side.weights is None else side.weights[rows] for rows in (learned, held))
        start = time.perf_counter()
        with seeded_torch(seed):
            prepared = self.base.training_inputs(encoded)
            model = task.model(self.base, experiment.trained_labels)
            task.begin(model, targets[learned])
            rows, held_rows = prepared.take(learned), prepared.take(held)
            epoch = -(-len(learned) // recipe.batch_size)
            stopping = EarlyStopping(model, held_rows, targets[held], epoch, recipe.patience)
            should_stop: Callable[[int], bool] = stopping if recipe.patience and len(held) else lambda step: False
            loss = task.loss(model, rows, targets[learned], weights)
            losses = train(model, rows.lengths, loss, recipe, seed, self.tick, head=model.head, should_stop=should_stop)
            seconds = time.perf_counter() - start
            self.tick.skip(recipe.steps - len(losses))  # skipped by early stopping
            stopping.restore()
            if self.base.tuning.lora_rank:
                merge_low_rank(model.encoder)
            fitted = Fitted(self.base, experiment, model, self.max_length, held_rows, targets[held], held_weights)
            predicted, extra = task.predict(fitted)
        speed = len(losses) * recipe.batch_size / seconds
        return SeedRun(side.name, seed, predicted, losses, speed, extra), task.artefact(fitted, extra)
