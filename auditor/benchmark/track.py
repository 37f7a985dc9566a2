"""Losses and scores in TensorBoard or MLflow, for those who keep all their trainings there."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from auditor.benchmark.result import BenchmarkResult
from auditor.errors import UsageError


def track(result: BenchmarkResult, tool: Literal["tensorboard", "mlflow"], folder: Path) -> None:
    """Log the loss of every step and the final accuracy of every training, one run a side and seed.

    TensorBoard's files go to ``folder/tensorboard``; MLflow logs to where ``MLFLOW_TRACKING_URI`` points, else to
    ``folder/mlruns``. Both hold times, so these files differ between equal runs.

    Raises:
        UsageError: the tool is not installed.
    """
    try:
        {"tensorboard": _tensorboard, "mlflow": _mlflow}[tool](result, folder)
    except ImportError:
        raise UsageError(
            f"The package {tool} is not installed.",
            where=f"benchmark.track = {tool}",
            fix=f"pip install 'auditor[{tool}]', or set benchmark.track=none.",
        ) from None


def _tensorboard(result: BenchmarkResult, folder: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    for run in result.runs:
        with SummaryWriter(str(folder / "tensorboard" / f"{run.arm}-{run.seed}")) as writer:
            for step, loss in enumerate(run.losses.tolist(), 1):
                writer.add_scalar("loss", loss, step)
            writer.add_scalar("test/accuracy", float(np.mean(run.predicted == result.truth)), len(run.losses))


def _mlflow(result: BenchmarkResult, folder: Path) -> None:
    import os

    import mlflow

    if "MLFLOW_TRACKING_URI" not in os.environ:
        os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")  # a folder of files is all that is wanted here
        mlflow.set_tracking_uri((folder.resolve() / "mlruns").as_uri())
    mlflow.set_experiment("auditor")
    for run in result.runs:
        with mlflow.start_run(run_name=f"{run.arm}-{run.seed}"):
            mlflow.log_params({"arm": run.arm, "seed": run.seed, "model": result.model, **result.budget})
            for step, loss in enumerate(run.losses.tolist(), 1):
                mlflow.log_metric("loss", loss, step=step)
            mlflow.log_metric("test_accuracy", float(np.mean(run.predicted == result.truth)))
