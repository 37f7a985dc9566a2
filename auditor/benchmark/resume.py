"""Store finished trainings, so that an interrupted benchmark can be resumed.

The key of a training is the digest of everything it depends on, so it is not reused after a change of a row, a setting
or the model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, MutableMapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from auditor.benchmark.runs import SeedRun
from auditor.errors import InputError, OutputError
from auditor.models.hardware import half_precision
from auditor.models.train import TRAINING_VERSION
from auditor.store import RunFolder

FinishedRuns = MutableMapping[str, pa.Table]
"""Finished trainings, as tables, by digest."""
FOLDER = "benchmark/trainings"
"""Folder within a run folder."""
_PREDICTED, _LOSSES = "predicted", "losses"
_SPEED = b"examples_per_second"


def digest(*parts: object) -> str:
    """SHA-256 of the training version and `parts`: arrays are hashed by their bytes, others by their ``repr``."""
    sha = hashlib.sha256()
    for part in (TRAINING_VERSION, half_precision(), *parts):
        if isinstance(part, np.ndarray):
            sha.update(f"{part.dtype} {part.shape}".encode() + np.ascontiguousarray(part).tobytes())
        else:
            sha.update(repr(part).encode("utf-8", "surrogatepass"))
    return sha.hexdigest()


def to_table(run: SeedRun) -> pa.Table:
    """Convert a finished training to a table with one row per array: name, type, shape and bytes."""
    arrays = {_PREDICTED: run.predicted, _LOSSES: run.losses, **run.extra}
    table = pa.table(
        {
            "name": pa.array(list(arrays), pa.string()),
            "dtype": pa.array([array.dtype.str for array in arrays.values()], pa.string()),
            "shape": pa.array([list(array.shape) for array in arrays.values()], pa.list_(pa.int64())),
            "values": pa.array([np.ascontiguousarray(array).tobytes() for array in arrays.values()], pa.large_binary()),
        }
    )
    facts = {"side": run.side, "seed": str(run.seed), _SPEED.decode(): json.dumps(run.examples_per_second)}
    return table.replace_schema_metadata(facts)


def from_table(table: pa.Table) -> SeedRun:
    """The inverse of `to_table`."""
    facts = table.schema.metadata or {}
    arrays = {
        row["name"]: np.frombuffer(row["values"], np.dtype(row["dtype"])).reshape(row["shape"])
        for row in table.to_pylist()
    }
    return SeedRun(
        side=facts[b"side"].decode(),
        seed=int(facts[b"seed"]),
        predicted=arrays.pop(_PREDICTED),
        losses=arrays.pop(_LOSSES),
        examples_per_second=float(json.loads(facts.get(_SPEED, b"NaN"))),
        extra=arrays,
    )


def write_trainings(folder: RunFolder, finished: Mapping[str, pa.Table]) -> None:
    """Write finished trainings into a run folder, without speeds, so that equal runs give equal files."""
    for name, table in finished.items():
        facts = {key: value for key, value in (table.schema.metadata or {}).items() if key != _SPEED}
        folder.write_table(f"{FOLDER}/{name}.parquet", table.replace_schema_metadata(facts))


def read_trainings(run: Path | None) -> dict[str, pa.Table]:
    """Read the finished trainings of an earlier run folder, by digest; empty for None.

    Raises:
        InputError: the folder contains no trainings.
        OutputError: a file cannot be read.
    """
    if run is None:
        return {}
    folder = run / FOLDER
    if not folder.is_dir():
        raise InputError(
            "The run contains no trainings to resume.",
            where=str(folder),
            fix="Give --resume the folder of an interrupted benchmark.",
        )
    try:
        found = {file.stem: pq.read_table(file) for file in sorted(folder.glob("*.parquet"))}
        for table in found.values():
            from_table(table)
        return found
    except (OSError, pa.ArrowException, KeyError, ValueError, TypeError):
        raise OutputError(
            "A stored training cannot be read.", where=str(folder), fix="Delete the folder and train again."
        ) from None
