"""Audit text data sets before they are trained on, and prepare them.

The public API is `audit`, `benchmark` and `open_run`, with `Settings` and the errors; see ``auditor/api.py``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from auditor.version import __version__

if TYPE_CHECKING:
    from auditor.api import AuditedData, PlannedData, PreparedData, audit, benchmark, open_run
    from auditor.config.settings import Settings
    from auditor.errors import AuditorError, InputError, SafetyError, UsageError

_MODULES = {
    **dict.fromkeys(("AuditedData", "PlannedData", "PreparedData", "audit", "benchmark", "open_run"), "auditor.api"),
    "Settings": "auditor.config.settings",
    **dict.fromkeys(("AuditorError", "InputError", "SafetyError", "UsageError"), "auditor.errors"),
}
__all__ = [
    "AuditedData", "AuditorError", "InputError", "PlannedData", "PreparedData", "SafetyError", "Settings", "UsageError",
    "__version__", "audit", "benchmark", "open_run",
]  # fmt: skip


def __getattr__(name: str) -> object:
    """Load a part of the API on first use, since the command line does not need it."""
    if name not in _MODULES:
        raise AttributeError(f"module 'auditor' has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)
