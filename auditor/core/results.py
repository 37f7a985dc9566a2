"""The outcome of a check: completed, skipped or failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from auditor.core.metrics import Figure, Metric
from auditor.message import Message


@dataclass(frozen=True)
class Coverage:
    """What a privacy check covered."""

    rows: int
    """Number of readable rows; all of them were searched for patterns."""
    columns: tuple[str, ...]
    """Columns searched for patterns, the text column first."""
    columns_left: tuple[str, ...] = ()
    """Columns of strings or integers that were not searched."""
    tagged_rows: int = 0
    """Number of rows in which names were tagged; if fewer than `rows`, a random sample."""
    tagger: str | None = None
    """The name tagger; None: names were not searched for."""
    rows_without_tagger: int = 0
    """Number of tagged rows with a text in a language without a tagger, in which names were not searched for."""
    tagger_missing: str | None = None
    """The setting of a requested tagger that is not available."""
    tagged_entities: tuple[str, ...] = ()
    """Entity types found by the tagger, hence only in the tagged rows."""

    @property
    def is_sampled(self) -> bool:
        """Whether names were searched for in a sample of the rows only."""
        return 0 < self.tagged_rows < self.rows


@dataclass(frozen=True)
class Completed:
    """The check ran to its end."""

    metrics: tuple[Metric, ...]
    findings: pa.Table
    figures: tuple[Figure, ...] = ()
    notes: tuple[Message, ...] = ()
    """Remarks that a reader needs to interpret the metrics."""
    per_row: Mapping[str, pa.Array] = field(default_factory=dict)
    """Columns for ``rows.parquet``, one value per readable row."""
    coverage: Coverage | None = None
    """What was covered, for checks that may not cover everything."""


@dataclass(frozen=True)
class Skipped:
    """The check was not applicable. This does not mean that the data is fine."""

    reason: Message


@dataclass(frozen=True)
class Failed:
    """The check raised an error. This does not mean that the data is fine; the exit code is 5."""

    reason: Message


CheckResult = Completed | Skipped | Failed
