"""The interface of benchmark tasks.

A task reads rows from a corpus, trains a model on one side with one seed, and returns predictions for the test rows as
an array that its metrics score. Everything else is common to all tasks: the selection of rows, seeds, equal steps,
resuming, intervals and the result. To add a task, subclass `Task` and register an instance with
`auditor.plugins.register_task`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa

from auditor.benchmark.experiment import Experiment
from auditor.benchmark.metrics import Scoring
from auditor.benchmark.runs import SeedRun, Start, Trainer
from auditor.benchmark.sides import Side, X, Y
from auditor.config.settings import Settings
from auditor.core.benchmark_result import BenchmarkResult, Gain
from auditor.corpus.corpus import Corpus


class Task(Protocol[X, Y]):
    """A kind of training and its metrics.

    Attributes:
        name: unique name in ``results.json``.
        option: value of ``benchmark.task`` that selects it.
        scoring: the metrics.
        divisible: whether a batch can be computed in parts (``benchmark.accumulate``).
        reads_prepared: whether the prepared data set contains the input of the task. If not, the side *after* consists
            of the original rows that the preparation keeps.
        disputed_by: codes of findings that question the target of a row. Empty: results are not broken down by disputed
            rows and groups.
        has_steps: whether each step of the preparation can be trained on separately (``--ablation``).
        has_folds: whether `trainer_of_fold` can train without a part of the rows (`auditor.benchmark.folds`).
        has_gains: whether the gain from more rows is extrapolated from the learning curve of the linear model.
        not_learned: added to the verdict if neither side learned anything.
    """

    name: str
    option: str
    scoring: Scoring
    divisible: bool = False
    reads_prepared: bool = True
    disputed_by: tuple[str, ...] = ()
    has_steps: bool = False
    has_folds: bool = False
    has_gains: bool = False
    not_learned: str = ""

    def scoring_for(self, experiment: Experiment[X, Y]) -> Scoring:
        """`scoring`, adapted to the test rows of `experiment`."""
        return self.scoring

    def fits(self, corpus: Corpus) -> bool:
        """Whether the task is made for the columns of `corpus`."""
        ...

    def usable(self, corpus: Corpus) -> np.ndarray:
        """bool, one per row: whether it has what the task needs besides a text.

        Raises:
            InputError: a column is missing.
        """
        ...

    def rows(self, corpus: Corpus, positions: np.ndarray, name: str) -> Side[X, Y]:
        """The rows at `positions` as the task reads them."""
        ...

    def check(self, sides: Sequence[Side[X, Y]], test: Side[X, Y]) -> None:
        """Require that the rows are suitable for training and testing.

        Raises:
            InputError: they are not.
        """
        ...

    def identity(self, row: X) -> str:
        """The text that identifies rows without an id."""
        ...

    def labels_of(self, target: Y) -> Iterable[str]:
        """The labels in a target; none for tasks without labels."""
        return ()

    def adapted(self, experiment: Experiment[X, Y], settings: Settings, language: str) -> Experiment[X, Y]:
        """The experiment, modified by settings of the task."""
        return experiment

    def trainer(self, experiment: Experiment[X, Y], start: Start) -> Trainer[X, Y]:
        """A trainer for any side of `experiment` and any seed.

        Raises:
            UsageError, InputError, SafetyError: the model cannot be used.
        """
        ...

    def trainer_of_fold(self, trainer: Trainer[X, Y], fold: Experiment[X, Y]) -> Trainer[X, Y]:
        """The `trainer` for one fold of its experiment; only called for tasks with `has_folds`."""
        return trainer

    def truth(self, experiment: Experiment[X, Y]) -> np.ndarray:
        """(test rows, ...), the values with which the metrics compare predictions."""
        ...

    def baseline(self, experiment: Experiment[X, Y], side: Side[X, Y], language: str) -> np.ndarray | None:
        """Predictions of a linear model trained on `side`, in the form of `SeedRun.predicted`; None without one."""
        return None

    def review_gains(
        self, experiment: Experiment[X, Y], language: str, price: float | None, seed: int
    ) -> tuple[Gain, ...]:
        """What the linear model would gain from a review of the last side's most suspicious labels; empty: unknown.

        Args:
            price: of one reviewed row; None: unknown.
        """
        return ()

    def learned(self, truth: np.ndarray, predicted: np.ndarray) -> bool | None:
        """Whether any training beats a trivial prediction; None if there is no such baseline.

        Args:
            truth: see `truth`.
            predicted: (trainings, test rows, ...), predictions for both sides.
        """
        return None

    def predictions(self, experiment: Experiment[X, Y], run: SeedRun) -> Mapping[str, pa.Array] | None:
        """Columns of ``predictions.parquet``, one value per test row; None if rows have no single prediction."""
        return None

    def details(
        self, result: BenchmarkResult, experiment: Experiment[X, Y], before: Sequence[SeedRun], after: Sequence[SeedRun]
    ) -> BenchmarkResult:
        """The result, with figures specific to the task added."""
        return result
