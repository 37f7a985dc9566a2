"""The pipeline: the only package that imports checks, prepare, benchmark and report together."""

from auditor.pipeline.outcome import Outcome
from auditor.pipeline.run import run

__all__ = ["Outcome", "run"]
