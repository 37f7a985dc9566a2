"""Every side with every seed: one loop for all tasks.

Seeds come one after another, each with all sides, so that whatever is finished when a benchmark is stopped can be
compared.
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
from auditor.benchmark.folds import joined
from auditor.benchmark.linear import foreseen, linear_predictions
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
        runs: finished ones; every seed in it has all sides.
        trained: the last side's model of the first seed trained in this call; None where it was not trained.
        stopped: what ended the trainings early; None where nothing did.
        rule: how the number of seeds came about.
        linear: predictions of the linear model trained on each side; None where the task has none.
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
        """Seeds finished."""
        return tuple(dict.fromkeys(run.seed for run in self.runs))

    @property
    def speeds(self) -> dict[str, float]:
        """Training examples per second by side, mean over the seeds trained in this call. For the manifest."""
        speeds = {}
        for side in self.experiment.sides:
            each = [run.examples_per_second for run in self.of(side.name)]
            if known := [speed for speed in each if np.isfinite(speed)]:
                speeds[side.name] = float(np.mean(known))
        return speeds

    @property
    def budget(self) -> dict[str, int | float]:
        """Equal steps: a smaller side goes round its rows more often instead of training less."""
        budget = dict(self.trainer.budget)
        size = int(budget["batch_size"])
        for side in self.experiment.sides:
            budget[f"epochs_{side.name}"] = round(self.trainer.steps / -(-len(side) // size), 2)
        return budget

    def of(self, side: str) -> tuple[SeedRun, ...]:
        """The trainings of a side, in the order of the seeds."""
        return tuple(run for run in self.runs if run.side == side)

    def predicted(self, side: str) -> np.ndarray:
        """(seeds, test rows, ...)."""
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
    """Train on every side with one seed after another, as many as `auditor.benchmark.seeds` asks for.

    Args:
        sides: in the order of preparation.
        test: rows that all sides are judged on.
        language: ``en``, ``zh`` or ``other``; chooses the model where the setting is ``auto``.
        finished: trainings kept from an earlier, stopped call; each one finished now is added.
        hide: masks personal data in the texts that a model is trained on from scratch.

    Returns:
        The trainings. Where they were stopped after at least one seed had all sides (Ctrl-C, a loss that is not a
        number, memory that ran out), `stopped` holds the reason.

    Raises:
        InputError, UsageError, SafetyError: rows or model cannot be used.
        CheckError (MemoryRanOutError among them), KeyboardInterrupt: stopped before any seed had all sides.
    """
    with training_memory(settings.benchmark, task.divisible):
        experiment = make_experiment(task, sides, test, settings.benchmark, settings.seed)
        experiment = task.adapted(experiment, settings, language)
        linear = linear_predictions(task, experiment, language)
        rule = SeedRule(task, experiment, settings.benchmark)
        texts = [task.identity(row) for side in sides for row in side.inputs]  # all of them: the caps are for training
        trainings = len(experiment.sides) * rule.planned
        trainer = task.trainer(experiment, Start(settings, language, texts, trainings, progress, hide))
        kept = _Kept(experiment, trainer, _folds(task, experiment, trainer), {} if finished is None else finished)
        _foresee(rule, trainer, kept, linear, settings.seed)
    runs: list[SeedRun] = []
    trained: TrainedModel | None = None
    stopped: BaseException | None = None
    for seed in count(settings.seed):
        of_seed, begun, missing = [], time.monotonic(), kept.missing([seed])
        try:
            if not rule.goes_on(runs):
                break
            with training_memory(settings.benchmark, task.divisible):
                for run, model in kept.trained(seed):
                    of_seed.append(run)
                    trained = trained or (model if run.side == experiment.sides[-1].name else None)
        except (KeyboardInterrupt, CheckError) as stop:
            if not runs:
                raise
            stopped = stop
            break
        runs += of_seed
        if missing == len(of_seed) * len(kept.folds):
            rule.measured(time.monotonic() - begun)
    if stopped is not None:
        rule.interrupt(runs)
    return Training(task, experiment, trainer, tuple(runs), trained, stopped, rule, linear)


def _foresee(
    rule: SeedRule[X, Y], trainer: Trainer[X, Y], kept: _Kept[X, Y], linear: tuple[np.ndarray, ...] | None, first: int
) -> None:
    """Estimate what the trainings take and how small a difference they can show; the progress line says so once."""
    expected = trainer.estimate(1) if kept.missing(range(first, first + rule.planned)) else None
    sides, before = len(rule.experiment.sides), rule.planned
    steps = sum(fold.trainer.steps for fold in kept.folds)
    if expected is not None:
        rule.seconds = expected.seconds * sides * steps / trainer.steps
    planned = rule.planned
    trainer.tick.total += sides * (steps * planned - trainer.steps * before)
    missing = kept.missing(range(first, first + planned))
    if expected is None or not missing:
        return
    seen = "" if linear is None else foreseen(rule.task, rule.experiment, linear, planned)
    seconds = expected.seconds * missing * steps / trainer.steps / len(kept.folds)
    trainer.tick.remark = f" ({replace(expected, seconds=seconds)} in all{seen})"


@dataclass(frozen=True)
class _Fold(Generic[X, Y]):
    """What is trained to predict the test rows of one fold.

    Attributes:
        digests: of all that a training depends on but its seed, by side.
    """

    experiment: Experiment[X, Y]
    trainer: Trainer[X, Y]
    digests: dict[str, str]


@dataclass(frozen=True)
class _Kept(Generic[X, Y]):
    """Trains now, or takes over what is finished."""

    experiment: Experiment[X, Y]
    trainer: Trainer[X, Y]
    folds: tuple[_Fold[X, Y], ...]
    finished: FinishedRuns

    def trained(self, seed: int) -> Iterator[tuple[SeedRun, TrainedModel | None]]:
        """Each side with one seed; the model is that of the first fold, which sees all train rows."""
        for number, side in enumerate(self.experiment.sides):
            runs, models = [], []
            for i, fold in enumerate(self.folds):
                where = f", fold {i + 1}" if len(self.folds) > 1 else ""
                run, model = self._one(fold, fold.experiment.sides[number], seed, f"{side.name}, seed {seed}{where}")
                runs.append(run)
                models.append(model)
            yield _joined(self.experiment, runs), models[0]

    def _one(self, fold: _Fold[X, Y], side: Side[X, Y], seed: int, said: str) -> tuple[SeedRun, TrainedModel | None]:
        name, tick = digest(fold.digests[side.name], seed), self.trainer.tick
        if name in self.finished:
            tick.skip(fold.trainer.steps, f"kept: {said}")
            return from_table(self.finished[name]), None
        tick.say(f"training: {said}")
        run, model = fold.trainer.run(side, seed)
        self.finished[name] = to_table(run)
        return run, model

    def missing(self, seeds: Iterable[int]) -> int:
        """Trainings of these seeds that are not finished."""
        names = (digest(name, seed) for seed in seeds for fold in self.folds for name in fold.digests.values())
        return sum(name not in self.finished for name in names)


def _folds(task: Task[X, Y], experiment: Experiment[X, Y], trainer: Trainer[X, Y]) -> tuple[_Fold[X, Y], ...]:
    if len(experiment.folds) == 1:
        return (_Fold(experiment, trainer, _digests(task, experiment, trainer)),)
    each = [(fold, task.trainer_of_fold(trainer, fold)) for fold in experiment.folds]
    return tuple(_Fold(fold, of_fold, _digests(task, fold, of_fold)) for fold, of_fold in each)


def _joined(experiment: Experiment[X, Y], runs: Sequence[SeedRun]) -> SeedRun:
    """The trainings of all folds as one; losses are those of the first."""
    folds, first = experiment.test.folds, runs[0]
    if len(runs) == 1 or folds is None:
        return first
    kinds = (folds,) if experiment.noisy is None else (folds, folds[experiment.noisy.rows])
    return replace(
        first,
        predicted=joined([run.predicted for run in runs], folds),
        examples_per_second=float(np.mean([run.examples_per_second for run in runs])),
        extra={name: joined([run.extra[name] for run in runs], *kinds) for name in first.extra},
    )


def _digests(task: Task[X, Y], experiment: Experiment[X, Y], trainer: Trainer[X, Y]) -> dict[str, str]:
    """Digest of all that a training depends on but its seed, by side."""
    test, noisy, none = experiment.test, experiment.noisy, np.zeros(0)
    noise = None if noisy is None else noisy.texts
    shared = digest(task.name, trainer.fingerprint, experiment.labels, test.inputs, test.targets, noise)
    digests: dict[str, str] = {}
    for side in experiment.sides:
        weights = none if side.weights is None else side.weights
        ids = none if side.row_ids is None else side.row_ids  # which rows are held out
        digests[side.name] = digest(shared, side.name, side.inputs, side.targets, weights, ids)
    return digests
