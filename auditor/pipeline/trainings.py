"""Finished trainings in a run folder, from which a stopped benchmark goes on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from auditor.benchmark.resume import without_speed
from auditor.errors import InputError, OutputError
from auditor.store import RunFolder

TRAININGS = "benchmark/trainings"
"""Finished trainings (predictions, no weights)."""


def write_trainings(folder: RunFolder, finished: Mapping[str, pa.Table]) -> None:
    """Keep the trainings that were finished, or taken over, in the run folder."""
    for name, table in finished.items():
        folder.write_table(f"{TRAININGS}/{name}.parquet", without_speed(table))


def kept_trainings(run: Path | None) -> dict[str, pa.Table]:
    """Finished trainings of an earlier run folder by name; none without one.

    Raises:
        InputError: the folder holds no benchmark.
        OutputError: a file of it cannot be read.
    """
    if run is None:
        return {}
    folder = run / TRAININGS
    if not folder.is_dir():
        raise InputError(
            "The run holds no trainings to go on from.",
            where=str(folder),
            fix="Give --resume the folder of such a run.",
        )
    try:
        return {file.stem: pq.read_table(file) for file in sorted(folder.glob("*.parquet"))}
    except (OSError, pa.ArrowInvalid):
        raise OutputError(
            "A kept training cannot be read.", where=str(folder), fix="Delete the folder and train again."
        ) from None
