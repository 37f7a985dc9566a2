"""The linear model beside the encoder: a second answer to the same question, in seconds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from auditor.benchmark import tables
from auditor.benchmark.compare import (
    Spread,
    change_in_words,
    compare,
    from_spread,
    method,
    metric_in_words,
    verdict,
)
from auditor.benchmark.draw import make_experiment
from auditor.benchmark.experiment import Experiment
from auditor.benchmark.folds import joined
from auditor.benchmark.metrics import Scoring
from auditor.benchmark.sides import Side, X, Y
from auditor.benchmark.tasks.base import Task
from auditor.config.settings import Settings
from auditor.core.benchmark_result import Ablation, Change, Comparison, Outcome, Step, StepChange

NAME = "linear model"
_OUTCOMES: dict[Outcome, str] = {"better": "better", "worse": "worse", "no-difference": "no difference shown"}


def linear_predictions(task: Task[X, Y], experiment: Experiment[X, Y], language: str) -> tuple[np.ndarray, ...] | None:
    """Predictions of the test rows by the linear model trained on each side; None where the task has none."""
    found = [out_of_fold(task, experiment, side, language) for side in experiment.sides]
    known = tuple(one for one in found if one is not None)
    return known if len(known) == len(found) else None


def out_of_fold(task: Task[X, Y], experiment: Experiment[X, Y], side: Side[X, Y], language: str) -> np.ndarray | None:
    """Predictions of all test rows by the linear model trained on `side`, each by a model that may not see it."""
    if len(experiment.folds) == 1:
        return task.baseline(experiment, side, language)
    found = [task.baseline(fold, side.without(number), language) for number, fold in enumerate(experiment.folds)]
    known = [one for one in found if one is not None]
    folds = experiment.test.folds
    return None if folds is None or len(known) < len(found) else joined(known, folds)


def linear_comparison(
    task: Task[X, Y], experiment: Experiment[X, Y], linear: tuple[np.ndarray, ...] | None
) -> Comparison | None:
    """First and last side; the interval is of the test rows alone: this model has no seeds."""
    if linear is None:
        return None
    scoring, truth = task.scoring_for(experiment), task.truth(experiment)
    return tables.comparison(scoring, truth, linear[0][None], linear[-1][None], clusters=experiment.test.clusters)


def beside(encoder: Outcome, change: Change, scoring: Scoring) -> str:
    """The linear model's answer beside the encoder's, and what it means where they differ; begins with a space."""
    if change.interval == (0.0, 0.0):
        return " The linear model scores the same on both sides."
    said = f" Linear model: {metric_in_words(scoring.deciding)} changed by {change_in_words(change, scoring)}"
    return f"{said}, {_OUTCOMES[change.outcome]}{_meaning(encoder, change.outcome)}"


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


def foreseen(task: Task[X, Y], experiment: Experiment[X, Y], linear: tuple[np.ndarray, ...], seeds: int) -> str:
    """What so many seeds can show, for the progress line, guessed from how the linear models disagree."""
    scoring, truth = task.scoring_for(experiment), task.truth(experiment)
    both = linear[0][None], linear[-1][None]
    found = compare(scoring, truth, *both, clusters=experiment.test.clusters)[scoring.deciding]
    if found.spread is None or scoring.unit != "points":
        return ""
    score = float(scoring.compared[scoring.deciding](truth, linear[0][None], np.ones((1, len(truth))))[0, 0])
    own = max(0.0, 1.0 - score) / len(truth)  # two seeds differ on about as many rows as one of them has wrong
    likely = from_spread(0.0, Spread(found.spread.shared, own, 0.0, seeds))
    return f"; {seeds} seeds a side can show a change of about {100 * likely.detectable:.1f} points"


def linear_ablation(
    task: Task[X, Y], steps: Sequence[Side[X, Y]], test: Side[X, Y], settings: Settings, language: str
) -> Ablation | None:
    """The linear model trained on the data after each step of the preparation; None where the task has none."""
    experiment = make_experiment(task, steps, test, settings.benchmark, settings.seed)
    predicted = linear_predictions(task, experiment, language)
    if predicted is None:
        return None
    seeds = [one[None] for one in predicted]
    scoring = task.scoring_for(experiment)
    arms = steps_compared(scoring, task.truth(experiment), experiment, seeds)
    return Ablation(task.name, NAME, (), True, method(scoring, folds=len(experiment.folds)), {}, arms)


def steps_compared(
    scoring: Scoring, truth: np.ndarray, experiment: Experiment[X, Y], predicted: Sequence[np.ndarray]
) -> tuple[Step, ...]:
    """Each side against the first and against the one before, from predictions (seeds, rows, ...) of each."""

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
