"""Check the requirements of a benchmark before anything is read."""

from __future__ import annotations

from auditor.benchmark.tasks.registry import require_task
from auditor.config.settings import Settings
from auditor.models.checkpoint import require_model


def require_benchmark(settings: Settings) -> None:
    """Refuse a task or model named in the settings that is not available.

    Raises:
        UsageError, InputError, SafetyError: the task does not exist, or the model is unavailable (`require_model`).
    """
    require_task(settings.benchmark.task)
    if settings.benchmark.model != "auto":
        require_model(settings.benchmark.model, "benchmark.model")
