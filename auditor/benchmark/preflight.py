"""What a benchmark needs, looked for before anything is read."""

from __future__ import annotations

from auditor.benchmark.tasks.registry import require_task
from auditor.config.settings import Settings
from auditor.models.checkpoint import require_model


def require_benchmark(settings: Settings) -> None:
    """Refuse a task or a model that the settings name and that cannot be had.

    Raises:
        UsageError, InputError, SafetyError: there is no such task, or the model cannot be had (`require_model`).
    """
    require_task(settings.benchmark.task)
    if settings.benchmark.model != "auto":
        require_model(settings.benchmark.model, "benchmark.model")
