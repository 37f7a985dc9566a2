"""What became of a check: completed, skipped or failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from auditor.core.metrics import Figure, Metric
from auditor.message import Message


@dataclass(frozen=True)
class Coverage:
    """What a privacy check looked at, and what it did not."""

    rows: int
    """Readable rows: patterns are looked for in all of them."""
    columns: tuple[str, ...]
    """Columns in which patterns were looked for, the text first."""
    columns_left: tuple[str, ...] = ()
    """Columns that hold strings or integers and were not looked at."""
    tagged_rows: int = 0
    """Rows in which a name tagger looked; fewer than `rows`: a random sample."""
    tagger: str | None = None
    """The name tagger; None: names were not looked for."""
    rows_without_tagger: int = 0
    """Of the tagged rows, those with a text in a language that no tagger knows: nothing was looked for in it."""
    tagger_missing: str | None = None
    """The setting of a tagger that was asked for and could not be had."""
    tagged_entities: tuple[str, ...] = ()
    """Entity types that the tagger gives: known in the tagged rows only."""

    @property
    def is_sampled(self) -> bool:
        """Whether names were looked for in some of the rows only."""
        return 0 < self.tagged_rows < self.rows


@dataclass(frozen=True)
class Completed:
    """The check ran over everything it set out to look at."""

    metrics: tuple[Metric, ...]
    findings: pa.Table
    figures: tuple[Figure, ...] = ()
    notes: tuple[Message, ...] = ()
    """What a reader must know to judge the numbers."""
    per_row: Mapping[str, pa.Array] = field(default_factory=dict)
    """Columns for ``rows.parquet``, one value per readable row."""
    coverage: Coverage | None = None
    """What was looked at; of checks for which that may be less than everything."""


@dataclass(frozen=True)
class Skipped:
    """The check had nothing to work on. Not a clean bill."""

    reason: Message


@dataclass(frozen=True)
class Failed:
    """The check set out and did not arrive. Never a clean bill; the run exits with code 5."""

    reason: Message


CheckResult = Completed | Skipped | Failed
