"""The wiring: the only place that knows checks, prepare, benchmark and report at once."""

from auditor.pipeline.run import Outcome, run

__all__ = ["Outcome", "run"]
