"""Train every side with every seed, in one loop for all tasks.

Each seed is trained on all sides before the next one, so that an interrupted benchmark can compare what is finished.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Generic

import numpy as np

from auditor.benchmark.artefact import TrainedModel
from auditor.benchmark.draw import make_experiment
from auditor.benchmark.experiment import Experiment
from auditor.benchmark.folds import join_folds
from auditor.benchmark.linear import detectable_remark, linear_predictions
from auditor.benchmark.memory import training_memory
from auditor.benchmark.resume import FinishedRuns, digest, from_table, to_table
from auditor.benchmark.runs import SeedRun, Start, Trainer
from auditor.benchmark.seeds import SeedRule
from auditor.benchmark.sides import Side, X, Y
from auditor.benchmark.tasks.base import Task
from auditor.config.settings import Settings
from auditor.errors import CheckError
from auditor.models.base_model import Hide, Progress


@dataclass(frozen=True)
class Training(Generic[X, Y]):
    """All trainings of an experiment.

    Attributes:
        task, experiment, trainer: what was trained.
        runs: the finished trainings; each seed in it has all sides.
        trained: model of the last side and the first seed trained in this call; None if there is none.
        stopped: what ended the trainings early; None if nothing did.
        rule: the choice of the number of seeds.
        linear: predictions of the linear model trained on each side; None if the task has none.
    """

    task: Task[X, Y]
    experiment: Experiment[X, Y]
    trainer: Trainer[X, Y]
    runs: tuple[SeedRun, ...]
    trained: TrainedModel | None
    stopped: BaseException | None
    rule: SeedRule[X, Y]
    linear: tuple[np.ndarray, ...] | None = None

    @property
    def seeds(self) -> tuple[int, ...]:
        """The completed seeds."""
        return tuple(dict.fromkeys(run.seed for run in self.runs))

    @property
    def speeds(self) -> dict[str, float]:
        """Training rows per second by side, as means over the seeds trained in this call; for the manifest."""
        speeds = {}
        for side in self.experiment.sides:
            each = [run.examples_per_second for run in self.of(side.name)]
            if known := [speed for speed in each if np.isfinite(speed)]:
                speeds[side.name] = float(np.mean(known))
        return speeds

    @property
    def budget(self) -> dict[str, int | float]:
        """Training parameters. The number of steps is equal; a smaller side is trained for more epochs."""
        budget = dict(self.trainer.budget)
        size = int(budget["batch_size"])
        for side in self.experiment.sides:
            budget[f"epochs_{side.name}"] = round(self.trainer.steps / -(-len(side) // size), 2)
        return budget

    def of(self, side: str) -> tuple[SeedRun, ...]:
        """The trainings of a side, in the order of seeds."""
        return tuple(run for run in self.runs if run.side == side)

    def predicted(self, side: str) -> np.ndarray:
        """Predictions (seeds, test rows, ...) of a side."""
        return np.stack([run.predicted for run in self.of(side)])


def train_sides(
    task: Task[X, Y],
    sides: Sequence[Side[X, Y]],
    test: Side[X, Y],
    settings: Settings,
    language: str,
    progress: Progress,
    finished: FinishedRuns | None = None,
    hide: Hide = list,
) -> Training[X, Y]:
    """Train on all sides with one seed after another, as many as `auditor.benchmark.seeds` decides.

    Args:
        sides: in the order of preparation.
        test: the test rows of all sides.
        language: ``en``, ``zh`` or ``other``; selects the model if the setting is ``auto``.
        finished: trainings of an earlier, interrupted call; trainings finished now are added.
        hide: masks personal data in texts on which a model is trained from scratch.

    Returns:
        The trainings. If they ended early after at least one complete seed (Ctrl-C, a loss of NaN, lack of memory),
        `stopped` is the reason.

    Raises:
        InputError, UsageError, SafetyError: the rows or the model cannot be used.
        CheckError (including MemoryRanOutError), KeyboardInterrupt: stopped before the first seed was complete.
    """
    with training_memory(settings.benchmark, task.divisible):
        drawn = make_experiment(task, sides, test, settings.benchmark, settings.seed)
        experiment = task.adapted(drawn, settings, language)
        linear = linear_predictions(task, experiment, language)
        rule = SeedRule(task, experiment, settings.benchmark)
        texts = [task.identity(row) for side in sides for row in side.inputs]  # all: the caps apply only to training
        start = Start(settings, language, texts, len(experiment.sides) * rule.planned, progress, hide)
        trainer = task.trainer(experiment, start)
        kept = {} if finished is None else finished
        cached = _CachedTrainer(experiment, trainer, _folds(task, experiment, trainer), kept)
        _estimate_cost(rule, trainer, cached, linear, settings.seed)
    runs: list[SeedRun] = []
    trained, stopped = None, None
    for seed in count(settings.seed):
        seed_runs, started, missing = [], time.monotonic(), cached.missing([seed])
        try:
            if not rule.should_continue(runs):
                break
            with training_memory(settings.benchmark, task.divisible):
                for run, model in cached.trained(seed):
                    seed_runs.append(run)
                    trained = trained or (model if run.side == experiment.sides[-1].name else None)
        except (KeyboardInterrupt, CheckError) as stop:
            if not runs:
                raise
            stopped = stop
            break
        runs += seed_runs
        if missing == len(seed_runs) * len(cached.folds):
            rule.measured(time.monotonic() - started)
    if stopped is not None:
        rule.interrupt(runs)
    return Training(task, experiment, trainer, tuple(runs), trained, stopped, rule, linear)


def _estimate_cost(
    rule: SeedRule[X, Y],
    trainer: Trainer[X, Y],
    cached: _CachedTrainer[X, Y],
    linear: tuple[np.ndarray, ...] | None,
    first: int,
) -> None:
    """Estimate the cost of the trainings and the detectable difference, and show them in the progress display."""
    expected = trainer.estimate(1) if cached.missing(range(first, first + rule.planned)) else None
    sides, before = len(rule.experiment.sides), rule.planned
    steps = sum(fold.trainer.steps for fold in cached.folds)
    if expected is not None:
        rule.seconds = expected.seconds * sides * steps / trainer.steps
    planned = rule.planned
    trainer.tick.total += sides * (steps * planned - trainer.steps * before)
    missing = cached.missing(range(first, first + planned))
    if expected is None or not missing:
        return
    remark = "" if linear is None else detectable_remark(rule.task, rule.experiment, linear, planned)
    seconds = expected.seconds * missing * steps / trainer.steps / len(cached.folds)
    trainer.tick.remark = f" ({replace(expected, seconds=seconds)} in all{remark})"


@dataclass(frozen=True)
class _Fold(Generic[X, Y]):
    """The trainings that predict the test rows of one fold.

    Attributes:
        digests: by side, digest of everything that a training depends on except its seed.
    """

    experiment: Experiment[X, Y]
    trainer: Trainer[X, Y]
    digests: dict[str, str]


@dataclass(frozen=True)
class _CachedTrainer(Generic[X, Y]):
    """Trains, or reuses finished trainings."""

    experiment: Experiment[X, Y]
    trainer: Trainer[X, Y]
    folds: tuple[_Fold[X, Y], ...]
    finished: FinishedRuns

    def trained(self, seed: int) -> Iterator[tuple[SeedRun, TrainedModel | None]]:
        """Train each side with a seed; the model is that of the first fold, which uses all train rows."""
        for number, side in enumerate(self.experiment.sides):
            runs, models = [], []
            for i, fold in enumerate(self.folds):
                suffix = f", fold {i + 1}" if len(self.folds) > 1 else ""
                run, model = self._train_or_reuse(
                    fold, fold.experiment.sides[number], seed, f"{side.name}, seed {seed}{suffix}"
                )
                runs.append(run)
                models.append(model)
            yield _joined(self.experiment, runs), models[0]

    def _train_or_reuse(
        self, fold: _Fold[X, Y], side: Side[X, Y], seed: int, description: str
    ) -> tuple[SeedRun, TrainedModel | None]:
        name, tick = digest(fold.digests[side.name], seed), self.trainer.tick
        if name in self.finished:
            tick.skip(fold.trainer.steps, f"kept: {description}")
            return from_table(self.finished[name]), None
        tick.set_activity(f"training: {description}")
        run, model = fold.trainer.run(side, seed)
        self.finished[name] = to_table(run)
        return run, model

    def missing(self, seeds: Iterable[int]) -> int:
        """Number of trainings of these seeds that are not finished."""
        names = (digest(name, seed) for seed in seeds for fold in self.folds for name in fold.digests.values())
        return sum(name not in self.finished for name in names)


def _folds(task: Task[X, Y], experiment: Experiment[X, Y], trainer: Trainer[X, Y]) -> tuple[_Fold[X, Y], ...]:
    if len(experiment.folds) == 1:
        return (_Fold(experiment, trainer, _digests(task, experiment, trainer)),)
    each = [(fold, task.trainer_of_fold(trainer, fold)) for fold in experiment.folds]
    return tuple(_Fold(fold, of_fold, _digests(task, fold, of_fold)) for fold, of_fold in each)


def _joined(experiment: Experiment[X, Y], runs: Sequence[SeedRun]) -> SeedRun:
    """Combine the trainings of all folds; the losses are those of the first fold."""
    folds, first = experiment.test.folds, runs[0]
    if len(runs) == 1 or folds is None:
        return first
    kinds = (folds,) if experiment.noisy is None else (folds, folds[experiment.noisy.rows])
    return replace(
        first,
        predicted=join_folds([run.predicted for run in runs], folds),
        examples_per_second=float(np.mean([run.examples_per_second for run in runs])),
        extra={name: join_folds([run.extra[name] for run in runs], *kinds) for name in first.extra},
    )


def _digests(task: Task[X, Y], experiment: Experiment[X, Y], trainer: Trainer[X, Y]) -> dict[str, str]:
    """By side, digest of everything that a training depends on except its seed."""
    test, noisy, none = experiment.test, experiment.noisy, np.zeros(0)
    noise = None if noisy is None else noisy.texts
    shared = digest(task.name, trainer.fingerprint, experiment.labels, test.inputs, test.targets, noise)
    digests: dict[str, str] = {}
    for side in experiment.sides:
        weights = none if side.weights is None else side.weights
        ids = none if side.row_ids is None else side.row_ids  # which rows are held out
        digests[side.name] = digest(shared, side.name, side.inputs, side.targets, weights, ids)
    return digests
