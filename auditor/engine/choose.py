"""The engine that the settings name."""

from __future__ import annotations

from auditor.config.settings import Settings
from auditor.engine.base import Engine
from auditor.engine.local import LocalEngine
from auditor.errors import UsageError


def engine_for(settings: Settings) -> Engine:
    """The engine of a run, to be opened once as a context manager.

    Raises:
        UsageError: Ray is not installed, or the settings bound the memory of processes that Ray starts.
    """
    if settings.engine == "local":
        return LocalEngine(settings.workers, settings.plugins, settings.memory_bytes())
    if settings.memory is not None:
        raise UsageError(
            "The memory of Ray's processes is not bounded here.",
            where="--memory",
            fix="Leave --memory out: Ray watches the memory of each node itself.",
        )
    from auditor.engine.ray import RayEngine

    return RayEngine(settings.ray_address, settings.workers, settings.plugins)
