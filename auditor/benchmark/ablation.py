"""Which step of the preparation helped? Each step is compared with the data as it came and with the step before."""

from __future__ import annotations

from auditor.benchmark.compare import method
from auditor.benchmark.linear import steps_compared
from auditor.benchmark.sides import X, Y
from auditor.benchmark.training import Training
from auditor.core.benchmark_result import Ablation


def ablation_of(training: Training[X, Y]) -> Ablation:
    """Compare the trainings of all steps, in the order of the sides."""
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
        arms=steps_compared(scoring, task.truth(experiment), experiment, predicted),
    )
