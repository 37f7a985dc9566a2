"""The engine that the settings name."""

from __future__ import annotations

from auditor.config.settings import Settings
from auditor.engine.base import Engine
from auditor.engine.local import LocalEngine


def engine_for(settings: Settings) -> Engine:
    """The engine of a run, to be opened once as a context manager.

    Raises:
        UsageError: it is not installed.
    """
    return LocalEngine(settings.workers, settings.plugins)
