"""Which step of the preparation helped? Each step is compared with the data as it came and with the step before."""

from __future__ import annotations

import numpy as np

from auditor.benchmark import tables
from auditor.benchmark.compare import compare, method, verdict
from auditor.benchmark.metrics import Scoring
from auditor.benchmark.sides import X, Y
from auditor.benchmark.training import Training
from auditor.core.benchmark_result import Ablation, Step, StepChange


def ablation_of(training: Training[X, Y]) -> Ablation:
    """Compare the trainings of all steps, in the order of the sides."""
    task, experiment = training.task, training.experiment
    truth, scoring = task.truth(experiment), training.task.scoring
    predicted = [training.predicted(side.name) for side in experiment.sides]
    steps = [
        Step(
            name=side.name,
            train_rows=len(side),
            scores=tables.scores(scoring.scores(truth, predicted[i])),
            against_first=_against(scoring, truth, predicted[0], predicted[i]) if i else None,
            against_previous=_against(scoring, truth, predicted[i - 1], predicted[i]) if i else None,
        )
        for i, side in enumerate(experiment.sides)
    ]
    return Ablation(
        task=task.name,
        model=training.trainer.name,
        seeds=training.seeds,
        complete=training.stopped is None,
        method=method(scoring),
        budget=training.budget,
        arms=tuple(steps),
    )


def _against(scoring: Scoring, truth: np.ndarray, before: np.ndarray, after: np.ndarray) -> StepChange:
    differences = compare(scoring, truth, before, after)
    return StepChange(tables.changes(differences), verdict(differences, scoring))
