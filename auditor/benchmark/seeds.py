"""Seed by seed over both arms, so that whatever is finished can be compared, and kept for a later run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import pyarrow as pa

from auditor.benchmark.memory import training_memory
from auditor.benchmark.resume import FinishedRuns
from auditor.config.settings import BenchmarkSettings
from auditor.errors import CheckError
from auditor.models.train import METHOD

T = TypeVar("T")


@dataclass(frozen=True)
class Keeper(Generic[T]):
    """Where finished trainings are kept, and as what.

    Attributes:
        finished: by name; see `auditor.benchmark.resume`.
        name: of the training of an arm with a seed: a digest of all it depends on.
        to_table, from_table: a training as a table, and back.
        skip: called with what is taken over, and need not be trained.
    """

    finished: FinishedRuns
    name: Callable[[str, int], str]
    to_table: Callable[[T], pa.Table]
    from_table: Callable[[pa.Table], T]
    skip: Callable[[str], None]

    def made(self, arm: str, seed: int, train: Callable[[str, int], T]) -> T:
        """What `train` makes of an arm and a seed, or made before."""
        name = self.name(arm, seed)
        if name in self.finished:
            self.skip(f"kept: {arm}, seed {seed}")
            return self.from_table(self.finished[name])
        one = train(arm, seed)
        self.finished[name] = self.to_table(one)
        return one


def array_keeper(
    finished: FinishedRuns | None, name: Callable[[str, int], str], skip: Callable[[str], None]
) -> Keeper[np.ndarray]:
    """A `Keeper` of trainings that come to one array each; None keeps nothing beyond this call."""
    return Keeper({} if finished is None else finished, name, array_to_table, array_from_table, skip)


def seed_by_seed(
    seeds: Iterable[int],
    arms: Sequence[str],
    train: Callable[[str, int], T],
    keeper: Keeper[T],
    options: BenchmarkSettings,
    divisible: bool = False,
) -> tuple[dict[str, list[T]], BaseException | None]:
    """What `train` makes of each arm and seed, by arm, for the seeds that all arms finished; and what ended it early.

    Args:
        divisible: see `training_memory`.

    Raises:
        KeyboardInterrupt, CheckError: before any seed had all arms.
    """
    made: dict[str, list[T]] = {name: [] for name in arms}
    for seed in seeds:
        try:
            with training_memory(options, divisible):
                of_seed = [keeper.made(name, seed, train) for name in arms]
        except (KeyboardInterrupt, CheckError) as stop:
            if not made[arms[0]]:
                raise
            return made, stop
        for name, one in zip(arms, of_seed, strict=True):
            made[name].append(one)
    return made, None


def digest(*parts: object) -> str:
    """sha256 of the method and what a training depends on, from the parts' ``repr``; arrays by their bytes."""
    sha = hashlib.sha256()
    for part in (METHOD, *parts):
        if isinstance(part, np.ndarray):
            sha.update(f"{part.dtype} {part.shape}".encode() + np.ascontiguousarray(part).tobytes())
        else:
            sha.update(repr(part).encode("utf-8", "surrogatepass"))
    return sha.hexdigest()


def array_to_table(array: np.ndarray) -> pa.Table:
    """An array of any shape as a table of one column."""
    return pa.table({"values": array.ravel()}).replace_schema_metadata({"shape": json.dumps(array.shape)})


def array_from_table(table: pa.Table) -> np.ndarray:
    """The inverse of `array_to_table`."""
    values: np.ndarray = table.column("values").to_numpy()
    return values.reshape(json.loads((table.schema.metadata or {})[b"shape"]))
