"""Create the engine selected by the settings."""

from __future__ import annotations

from auditor.config.settings import Settings
from auditor.engine.base import Engine
from auditor.engine.local import LocalEngine
from auditor.errors import UsageError


def engine_for(settings: Settings) -> Engine:
    """The engine of a run; the caller opens it once as a context manager.

    Raises:
        UsageError: Ray is not installed, or ``memory`` is set, which is not supported with Ray.
    """
    if settings.engine == "local":
        return LocalEngine(settings.workers, settings.plugins, settings.memory_bytes())
    if settings.memory is not None:
        raise UsageError(
            "--memory does not apply to Ray's processes.",
            where="--memory",
            fix="Leave --memory out: Ray limits the memory of each node itself.",
        )
    from auditor.engine.ray import RayEngine

    return RayEngine(settings.ray_address, settings.workers, settings.plugins)
