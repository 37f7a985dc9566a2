"""Log losses and scores to TensorBoard or MLflow."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from auditor.benchmark.runs import SeedRun
from auditor.benchmark.sides import X, Y
from auditor.benchmark.training import Training
from auditor.errors import UsageError


def track(training: Training[X, Y], tool: Literal["tensorboard", "mlflow"], folder: Path) -> None:
    """Log the loss of every step and the final scores of every training, one run per side and seed.

    TensorBoard writes to ``folder/tensorboard``; MLflow logs to ``MLFLOW_TRACKING_URI`` if set, otherwise to
    ``folder/mlruns``. Both record times, so these files differ between equal runs.

    Raises:
        UsageError: the tool is not installed.
    """
    try:
        {"tensorboard": _tensorboard, "mlflow": _mlflow}[tool](training, folder)
    except ImportError:
        raise UsageError(
            f"The package {tool} is not installed.",
            where=f"benchmark.track = {tool}",
            fix=f"pip install 'auditor[{tool}]', or set benchmark.track=none.",
        ) from None


def _tensorboard(training: Training[X, Y], folder: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    for run in training.runs:
        with SummaryWriter(str(folder / "tensorboard" / f"{run.side}-{run.seed}")) as writer:
            for step, loss in enumerate(run.losses.tolist(), 1):
                writer.add_scalar("loss", loss, step)
            for name, score in _scores(training, run).items():
                writer.add_scalar(f"test/{name}", score, len(run.losses))


def _mlflow(training: Training[X, Y], folder: Path) -> None:
    import os

    import mlflow

    if "MLFLOW_TRACKING_URI" not in os.environ:
        os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")  # plain files are sufficient here
        mlflow.set_tracking_uri((folder.resolve() / "mlruns").as_uri())
    mlflow.set_experiment("auditor")
    for run in training.runs:
        with mlflow.start_run(run_name=f"{run.side}-{run.seed}"):
            mlflow.log_params({"arm": run.side, "seed": run.seed, "model": training.trainer.name, **training.budget})
            for step, loss in enumerate(run.losses.tolist(), 1):
                mlflow.log_metric("loss", loss, step=step)
            for name, score in _scores(training, run).items():
                mlflow.log_metric(f"test_{name}", score)


def _scores(training: Training[X, Y], run: SeedRun) -> dict[str, float]:
    """Scores of one training on the test rows."""
    truth, scoring = training.task.truth(training.experiment), training.task.scoring_for(training.experiment)
    return {name: scores[0] for name, scores in scoring.scores(truth, run.predicted[None]).items()}
