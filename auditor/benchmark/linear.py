"""The linear baseline: a second, fast answer beside that of the encoder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from auditor.benchmark import tables
from auditor.benchmark.compare import (
    Spread,
    change_in_words,
    compare,
    difference_from_spread,
    method,
    metric_in_words,
    verdict,
)
from auditor.benchmark.draw import make_experiment
from auditor.benchmark.experiment import Experiment
from auditor.benchmark.folds import join_folds
from auditor.benchmark.metrics import Scoring
from auditor.benchmark.sides import Side, X, Y
from auditor.benchmark.tasks.base import Task
from auditor.config.settings import Settings
from auditor.core.benchmark_result import Ablation, Change, Comparison, Outcome, Step, StepChange

NAME = "linear model"
_OUTCOMES: dict[Outcome, str] = {"better": "better", "worse": "worse", "no-difference": "no difference shown"}


def linear_predictions(task: Task[X, Y], experiment: Experiment[X, Y], language: str) -> tuple[np.ndarray, ...] | None:
    """Predictions for the test rows by the linear model trained on each side; None if the task has none."""
    found = [out_of_fold(task, experiment, side, language) for side in experiment.sides]
    known = tuple(item for item in found if item is not None)
    return known if len(known) == len(found) else None


def out_of_fold(task: Task[X, Y], experiment: Experiment[X, Y], side: Side[X, Y], language: str) -> np.ndarray | None:
    """Predictions for all test rows by the linear model trained on `side`, without the folds of the rows."""
    if len(experiment.folds) == 1:
        return task.baseline(experiment, side, language)
    found = [task.baseline(fold, side.without(number), language) for number, fold in enumerate(experiment.folds)]
    known = [item for item in found if item is not None]
    folds = experiment.test.folds
    return None if folds is None or len(known) < len(found) else join_folds(known, folds)


def linear_comparison(
    task: Task[X, Y], experiment: Experiment[X, Y], linear: tuple[np.ndarray, ...] | None
) -> Comparison | None:
    """Comparison of the first and the last side; intervals cover only the test rows, since the model has no seeds."""
    if linear is None:
        return None
    scoring, truth = task.scoring_for(experiment), task.truth(experiment)
    return tables.comparison(scoring, truth, linear[0][None], linear[-1][None], clusters=experiment.test.clusters)


def linear_remark(encoder: Outcome, change: Change, scoring: Scoring) -> str:
    """The result of the linear model, and what a disagreement with the encoder means; starts with a space."""
    if change.interval == (0.0, 0.0):
        return " The linear model scores the same on both sides."
    remark = f" Linear model: {metric_in_words(scoring.deciding)} changed by {change_in_words(change, scoring)}"
    return f"{remark}, {_OUTCOMES[change.outcome]}{_meaning(encoder, change.outcome)}"


def _meaning(encoder: Outcome, linear: Outcome) -> str:
    if encoder == linear:
        return "; both models say the same."
    if encoder == "no-difference":
        return (
            ". The data did change: pre-training evens such changes out (evenly spread wrong labels, for example),"
            " models that learn from these rows alone do not."
        )
    if linear == "no-difference":
        return ". Only the encoder shows the change: it is too small for the linear model, or lies in more than words."
    return ". The two contradict each other: look at the classes, and do not take either for the whole answer."


def detectable_remark(
    task: Task[X, Y], experiment: Experiment[X, Y], linear: tuple[np.ndarray, ...], seeds: int
) -> str:
    """The detectable difference with `seeds` seeds, for the progress display, estimated from the linear models."""
    scoring, truth = task.scoring_for(experiment), task.truth(experiment)
    both = linear[0][None], linear[-1][None]
    found = compare(scoring, truth, *both, clusters=experiment.test.clusters)[scoring.deciding]
    if found.spread is None or scoring.unit != "points":
        return ""
    score = float(scoring.compared[scoring.deciding](truth, linear[0][None], np.ones((1, len(truth))))[0, 0])
    seed_variance = max(0.0, 1.0 - score) / len(
        truth
    )  # two seeds disagree on about as many rows as one of them gets wrong
    likely = difference_from_spread(0.0, Spread(found.spread.shared, seed_variance, 0.0, seeds))
    return f"; {seeds} seeds a side can show a change of about {100 * likely.detectable:.1f} points"


def linear_ablation(
    task: Task[X, Y], steps: Sequence[Side[X, Y]], test: Side[X, Y], settings: Settings, language: str
) -> Ablation | None:
    """Ablation with the linear model: the data after each step of the preparation; None if the task has none."""
    experiment = make_experiment(task, steps, test, settings.benchmark, settings.seed)
    predicted = linear_predictions(task, experiment, language)
    if predicted is None:
        return None
    seeds = [item[None] for item in predicted]
    scoring = task.scoring_for(experiment)
    arms = compare_steps(scoring, task.truth(experiment), experiment, seeds)
    return Ablation(task.name, NAME, (), True, method(scoring, folds=len(experiment.folds)), {}, arms)


def compare_steps(
    scoring: Scoring, truth: np.ndarray, experiment: Experiment[X, Y], predicted: Sequence[np.ndarray]
) -> tuple[Step, ...]:
    """Compare each side with the first and with the previous one, given predictions (seeds, rows, ...) of each."""

    def against(before: int, after: int) -> StepChange:
        both = predicted[before], predicted[after]
        differences = compare(scoring, truth, *both, clusters=experiment.test.clusters)
        return StepChange(tables.changes(differences), verdict(differences, scoring))

    return tuple(
        Step(
            name=side.name,
            train_rows=len(side),
            scores=tables.scores(scoring.scores(truth, predicted[i])),
            against_first=against(0, i) if i else None,
            against_previous=against(i - 1, i) if i else None,
        )
        for i, side in enumerate(experiment.sides)
    )
