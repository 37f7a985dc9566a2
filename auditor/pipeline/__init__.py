"""The wiring: the only place that knows checks, prepare, benchmark and report at once."""

from auditor.pipeline.outcome import Outcome
from auditor.pipeline.run import run

__all__ = ["Outcome", "run"]
