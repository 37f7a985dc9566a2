"""Build the result of a benchmark from its trainings, for all tasks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic

import numpy as np
import pyarrow as pa

from auditor.benchmark import tables
from auditor.benchmark.compare import ONE_SEED, compare, method, verdict
from auditor.benchmark.experiment import Experiment
from auditor.benchmark.linear import linear_comparison, linear_remark
from auditor.benchmark.sides import Side, X, Y
from auditor.benchmark.tasks.base import Task
from auditor.benchmark.training import Training
from auditor.core.benchmark_result import BenchmarkResult, RowCounts, Rows, SideCounts


@dataclass(frozen=True)
class Benchmark(Generic[X, Y]):
    """A finished comparison: its trainings and its result.

    Attributes:
        labelled_per_second: texts per second of the trained model, as trained and with 8-bit weights, if measured.
    """

    training: Training[X, Y]
    result: BenchmarkResult
    labelled_per_second: tuple[float, float] | None = None

    @property
    def speeds(self) -> dict[str, object]:
        """Measured speeds, for the manifest; they differ between equal runs."""
        speeds: dict[str, object] = {"examples_per_second": self.training.speeds}
        if self.labelled_per_second is not None:
            speeds["labelled_per_second_float_int8"] = list(self.labelled_per_second)
        return speeds

    def predictions(self) -> pa.Table | None:
        """One row per test row, side and seed; None for tasks without a single answer per row."""
        training, parts = self.training, []
        test = training.experiment.test
        ids = np.full(len(test), -1, np.int64) if test.row_ids is None else test.row_ids
        for run in training.runs:
            columns = training.task.predictions(training.experiment, run)
            if columns is None:
                return None
            facts = {
                "row_id": pa.array(ids, pa.int64()),
                "arm": pa.array([run.side] * len(test), pa.string()),
                "seed": pa.array([run.seed] * len(test), pa.int32()),
            }
            parts.append(pa.table({**facts, **columns}))
        return pa.concat_tables(parts)

    def raise_if_stopped(self) -> None:
        """Raise the error that ended the benchmark early; called after the finished seeds have been saved."""
        if self.training.stopped is not None:
            raise self.training.stopped


def result_of(training: Training[X, Y]) -> BenchmarkResult:
    """Compare the trainings of two sides, and the linear models of both."""
    task, experiment = training.task, training.experiment
    scoring = task.scoring_for(experiment)
    first, last = experiment.sides
    truth, before, after = task.truth(experiment), training.predicted(first.name), training.predicted(last.name)
    level = training.rule.level
    test = experiment.test
    differences = compare(scoring, truth, before, after, level=level, clusters=test.clusters)
    linear = linear_comparison(task, experiment, training.linear)
    deciding, found = differences[scoring.deciding], tables.comparison(scoring, truth, before, after, differences)
    learned = task.learned(truth, np.concatenate([before, after]))
    undisputed = None
    if test.disputed is not None:
        undisputed = tables.on_rows(task.scoring, truth, before, after, ~test.disputed, level, test.clusters)
    remarks = (ONE_SEED if len(training.seeds) == 1 else "") + ("" if learned is not False else task.not_learned)
    if linear is not None:
        remarks += linear_remark(deciding.outcome, linear.difference[scoring.deciding], scoring)
    result = BenchmarkResult(
        task=task.name,
        model=training.trainer.name,
        seeds=training.seeds,
        complete=training.stopped is None,
        before=found.before,
        after=found.after,
        difference=found.difference,
        p_value=tables.rounded(deciding.p_value),
        method=method(scoring, bool(training.rule.looks), len(experiment.folds)),
        verdict=verdict(differences, scoring) + remarks,
        learned=learned,
        outcome=deciding.outcome,
        undisputed=undisputed,
        groups=tables.groups(task.scoring, truth, before, after, test.groups, level, test.clusters),
        baseline=linear,
        rows=_rows(training),
        budget=training.budget,
        seed_design=training.rule.design(),
    )
    return task.details(result, experiment, training.of(first.name), training.of(last.name))


def _rows(training: Training[X, Y]) -> Rows:
    task, experiment = training.task, training.experiment
    test = experiment.test
    cut, held = training.trainer.cut_texts, training.trainer.held_rows
    folds = experiment.folds
    return Rows(
        used=RowCounts(**experiment.used),
        available=RowCounts(**experiment.available),
        held_out=None if held is None else SideCounts(**held),
        cut_texts=None if cut is None else RowCounts(**cut),
        undisputed_test=None if test.disputed is None else int((~test.disputed).sum()),
        unseen_label_test=SideCounts(*_by_side(partial(_unseen, task), folds)),
        test_texts_also_in_train=SideCounts(*_by_side(_seen, folds)),
        folds=len(folds),
    )


def _by_side(
    count: Callable[[Experiment[X, Y], Side[X, Y]], int], folds: Sequence[Experiment[X, Y]]
) -> tuple[int, int]:
    before, after = (sum(count(fold, fold.sides[side]) for fold in folds) for side in (0, 1))
    return before, after


def _seen(experiment: Experiment[X, Y], side: Side[X, Y]) -> int:
    """Number of test rows whose exact input is also in `side`."""
    known = set(side.inputs)
    return sum(row in known for row in experiment.test.inputs)


def _unseen(task: Task[X, Y], experiment: Experiment[X, Y], side: Side[X, Y]) -> int:
    """Number of labels of test rows that do not occur in `side`; they count as errors."""
    seen = {label for target in side.targets for label in task.labels_of(target)}
    return sum(label not in seen for target in experiment.test.targets for label in task.labels_of(target))
