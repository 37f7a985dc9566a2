"""Ablation of the preparation: each step is compared with the original data and with the previous step."""

from __future__ import annotations

from auditor.benchmark.compare import method
from auditor.benchmark.linear import compare_steps
from auditor.benchmark.sides import X, Y
from auditor.benchmark.training import Training
from auditor.core.benchmark_result import Ablation


def ablation_of(training: Training[X, Y]) -> Ablation:
    """Compare the trainings of all steps; the sides are in the order of the steps."""
    task, experiment = training.task, training.experiment
    scoring = task.scoring_for(experiment)
    predicted = [training.predicted(side.name) for side in experiment.sides]
    return Ablation(
        task=task.name,
        model=training.trainer.name,
        seeds=training.seeds,
        complete=training.stopped is None,
        method=method(scoring, folds=len(experiment.folds)),
        budget=training.budget,
        arms=compare_steps(scoring, task.truth(experiment), experiment, predicted),
    )
