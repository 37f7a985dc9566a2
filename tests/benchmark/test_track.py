"""Losses and scores in other tools."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.benchmark import Benchmark
from auditor.benchmark.track import track
from auditor.errors import UsageError
from tests.benchmark.toys import truth_of


def test_losses_are_in_tensorboard(noisy_result: Benchmark[str, str], tmp_path: Path) -> None:
    loader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    track(noisy_result.training, "tensorboard", tmp_path)
    events = loader.EventAccumulator(str(tmp_path / "tensorboard" / "after-1"))
    events.Reload()
    run = next(run for run in noisy_result.training.runs if (run.side, run.seed) == ("after", 1))
    assert [event.value for event in events.Scalars("loss")] == pytest.approx(run.losses.tolist())


def test_losses_and_scores_are_in_mlflow(
    noisy_result: Benchmark[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the real package; pip install 'auditor[mlflow]'."""
    mlflow = pytest.importorskip("mlflow", reason="needs mlflow-skinny: pip install 'auditor[mlflow]'")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")  # set by `track`; here so that it is unset again
    before = mlflow.get_tracking_uri()
    try:
        track(noisy_result.training, "mlflow", tmp_path)
        client = mlflow.MlflowClient((tmp_path / "mlruns").as_uri())
        experiment = client.get_experiment_by_name("auditor")
        found = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
        assert set(found) == {f"{arm}-{seed}" for arm in ("before", "after") for seed in noisy_result.training.seeds}
        trained = next(run for run in noisy_result.training.runs if (run.side, run.seed) == ("after", 1))
        logged = found["after-1"]
        losses = client.get_metric_history(logged.info.run_id, "loss")
        assert [one.value for one in losses] == pytest.approx(trained.losses.tolist())
        assert [one.step for one in losses] == list(range(1, len(losses) + 1))
        right = float((trained.predicted == truth_of(noisy_result)).mean())
        assert logged.data.metrics["test_accuracy"] == pytest.approx(right)
        assert logged.data.params["seed"] == "1" and logged.data.params["batch_size"] == "16"
        assert str(tmp_path / "mlruns") in mlflow.get_tracking_uri()
    finally:
        mlflow.set_tracking_uri(before)


def test_a_tracker_that_is_absent_is_named(
    noisy_result: Benchmark[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import builtins

    real: Callable[..., object] = builtins.__import__

    def without(name: str, *args: object, **kwargs: object) -> object:
        if name == "mlflow":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match="mlflow is not installed"):
        track(noisy_result.training, "mlflow", tmp_path)
