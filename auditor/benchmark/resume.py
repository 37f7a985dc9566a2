"""Finished trainings kept elsewhere, so that a stopped benchmark goes on where it was.

The caller gives a mapping from names to Arrow tables (a dictionary, or a folder that looks like one). A name is
the digest of everything a training depends on, so a changed row, setting or base is simply not found.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import MutableMapping
from dataclasses import asdict

import numpy as np
import pyarrow as pa

from auditor.benchmark.classify import SeedRun
from auditor.benchmark.data import Arm, Contest
from auditor.models.hardware import half_precision
from auditor.models.load import Base
from auditor.models.train import METHOD, Recipe

FinishedRuns = MutableMapping[str, pa.Table]


def run_name(base: Base, contest: Contest, arm: Arm, recipe: Recipe, max_length: int, seed: int) -> str:
    """sha256 of the method, the base, the arm, the test texts, the labels, the recipe and the seed."""
    sha = hashlib.sha256(base.digest.encode())
    settings = (METHOD, sorted(asdict(recipe).items()), base.tuning, max_length, seed, half_precision(), arm.name)
    noisy = None if contest.noisy is None else contest.noisy.texts
    texts = (arm.texts, arm.labels, contest.test.texts, contest.classes, noisy)
    sha.update(repr((settings, texts)).encode("utf-8", "surrogatepass"))
    if arm.weights is not None:
        sha.update(np.ascontiguousarray(arm.weights, np.float64).tobytes())
    return sha.hexdigest()


def to_table(run: SeedRun) -> pa.Table:
    """A finished training as a table."""
    table = pa.table({"predicted": run.predicted, "confidence": run.confidence})
    facts = {
        "arm": run.arm,
        "seed": str(run.seed),
        "examples_per_second": repr(run.examples_per_second),
        "losses": json.dumps(run.losses.tolist()),
        "noisy": json.dumps({kind: codes.tolist() for kind, codes in run.noisy.items()}),
    }
    return table.replace_schema_metadata(facts)


def without_speed(table: pa.Table) -> pa.Table:
    """A finished training for a run folder, whose files are equal in equal runs: speeds stand in the manifest."""
    facts = {key: value for key, value in (table.schema.metadata or {}).items() if key != b"examples_per_second"}
    return table.replace_schema_metadata(facts)


def from_table(table: pa.Table) -> SeedRun:
    """The inverse of `to_table`."""
    facts = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    return SeedRun(
        arm=facts["arm"],
        seed=int(facts["seed"]),
        predicted=table.column("predicted").to_numpy(),
        confidence=table.column("confidence").to_numpy(),
        examples_per_second=float(facts.get("examples_per_second", "nan")),
        losses=np.array(json.loads(facts["losses"]), np.float32),
        noisy={kind: np.array(codes, np.int64) for kind, codes in json.loads(facts["noisy"]).items()},
    )
