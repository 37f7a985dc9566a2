"""What differs between the tasks of the benchmark.

A task reads rows from a corpus, trains a model on one side with one seed, and predicts the test rows as an array that
its metrics score. Everything else is the same for all tasks: which rows are compared, the seeds, equal steps, resuming,
intervals, and the result. To add a task, subclass `Task` and register one object of it with
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
    """One kind of training, and how its outcome is judged.

    Attributes:
        name: in ``results.json``; unique.
        option: value of ``benchmark.task`` that asks for it.
        scoring: metrics and the one that decides.
        divisible: whether a batch can be computed in parts (``benchmark.accumulate``).
        reads_prepared: whether the prepared data set holds what the task reads. If not, the side *after* are the rows
            as they came that the preparation keeps.
        disputed_by: codes of findings that doubt what is learned of a row. Empty: results are not broken down by
            disputed rows and groups.
        has_steps: whether each step of the preparation can be trained on separately (``--ablation``).
        has_folds: whether `trainer_of_fold` can train without a part of the rows (`auditor.benchmark.folds`).
        has_gains: whether the gain from more rows is foretold from the linear model's learning curve.
        not_learned: what the verdict adds where neither side learned anything.
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
        """`scoring`, as far as the test rows of `experiment` can bear it."""
        return self.scoring

    def fits(self, corpus: Corpus) -> bool:
        """Whether the columns of `corpus` are what the task is for."""
        ...

    def usable(self, corpus: Corpus) -> np.ndarray:
        """bool, one per row: whether it holds what the task reads, text aside.

        Raises:
            InputError: a column is missing.
        """
        ...

    def rows(self, corpus: Corpus, positions: np.ndarray, name: str) -> Side[X, Y]:
        """The rows at `positions` as the task reads them."""
        ...

    def check(self, sides: Sequence[Side[X, Y]], test: Side[X, Y]) -> None:
        """See that the rows can be trained and tested on.

        Raises:
            InputError: they cannot.
        """
        ...

    def identity(self, row: X) -> str:
        """The text by which rows without an id are known."""
        ...

    def labels_of(self, target: Y) -> Iterable[str]:
        """The labels in what is learned of a row; none for tasks without labels."""
        return ()

    def adapted(self, experiment: Experiment[X, Y], settings: Settings, language: str) -> Experiment[X, Y]:
        """The experiment as settings of the task change it."""
        return experiment

    def trainer(self, experiment: Experiment[X, Y], start: Start) -> Trainer[X, Y]:
        """What trains on any side of `experiment` with any seed.

        Raises:
            UsageError, InputError, SafetyError: the model cannot be used.
        """
        ...

    def trainer_of_fold(self, trainer: Trainer[X, Y], fold: Experiment[X, Y]) -> Trainer[X, Y]:
        """`trainer`, on the rows of one of its experiment's folds; only asked of tasks with `has_folds`."""
        return trainer

    def truth(self, experiment: Experiment[X, Y]) -> np.ndarray:
        """(test rows, ...), what the metrics compare predictions with."""
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
        """Whether any seed beats a trivial answer; None where there is none to compare with.

        Args:
            predicted: (trainings, test rows, ...), of both sides.
        """
        return None

    def predictions(self, experiment: Experiment[X, Y], run: SeedRun) -> Mapping[str, pa.Array] | None:
        """Columns of ``predictions.parquet``, one value per test row; None where rows have no single answer."""
        return None

    def details(
        self, result: BenchmarkResult, experiment: Experiment[X, Y], before: Sequence[SeedRun], after: Sequence[SeedRun]
    ) -> BenchmarkResult:
        """The result with the figures that only this task has."""
        return result
