"""Memory that runs out in the middle of a benchmark: the settings that need less are named, what is done is kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from auditor.benchmark import run_benchmark, run_tagging_benchmark
from auditor.config.settings import Settings
from auditor.errors import MemoryRanOutError
from tests.benchmark.test_tagging import tagged
from tests.benchmark.toys import make_arm, make_test

ROOT = Path(__file__).resolve().parents[2]


def greedy_at(place: str):  # type: ignore[no-untyped-def]
    """Progress that asks torch for a petabyte there, as a forward pass on too long texts would."""
    import torch

    def progress(what: str, share: float) -> None:
        if place in what:
            torch.ones(1).expand(1 << 50) + 1

    return progress


def quick(settings: Settings, **changes: object) -> Settings:
    options = settings.benchmark.model_copy(update={"epochs": 1, **changes})
    return settings.model_copy(update={"benchmark": options})


def test_finished_seeds_are_compared_and_the_rest_goes_on_later(tiny_settings: Settings) -> None:
    settings, finished = quick(tiny_settings), dict[str, pa.Table]()
    arms = make_arm("before", noise=0.2), make_arm("after")
    found = run_benchmark(*arms, make_test(), settings, "en", greedy_at("after, seed 1"), finished)
    assert found.seeds == (0,) and found.to_json()["complete"] is False
    with pytest.raises(MemoryRanOutError) as caught:
        found.raise_if_stopped()
    assert "benchmark.batch_size = 16, benchmark.max_length = 16, benchmark.accumulate = 1" in caught.value.where
    assert "--resume" in caught.value.fix and "benchmark.accumulate=4" in caught.value.fix
    assert len(finished) == 3
    run_benchmark(*arms, make_test(), settings, "en", lambda what, share: None, finished)
    assert len(finished) == 6


def test_tagging_keeps_finished_seeds_too(tiny_settings: Settings) -> None:
    settings, finished = quick(tiny_settings), dict[str, pa.Table]()
    rows = tagged("before", 80, 1), tagged("after", 80, 3), tagged("test", 40, 2)
    found = run_tagging_benchmark(*rows, settings, "en", greedy_at("before, seed 2"), finished)
    assert found.seeds == (0, 1) and isinstance(found.stopped, MemoryRanOutError)
    assert "benchmark.batch_size=4" in found.stopped.fix and len(finished) == 4
    resumed = run_tagging_benchmark(*rows, settings, "en", lambda what, share: None, finished)
    whole = run_tagging_benchmark(*rows, settings, "en", lambda what, share: None)
    assert len(finished) == 6 and resumed.to_json() == whole.to_json()


LIMITED = """
import resource, sys
from dataclasses import replace
from auditor.benchmark import run_benchmark
from auditor.config.loading import load_settings
from auditor.errors import AuditorError
from tests.benchmark.toys import make_arm, make_test

def long(rows):
    return replace(rows, texts=[" ".join([text] * 70) for text in rows.texts])

def run(after):
    run_benchmark(make_arm("before"), after, make_test(), settings, "en", lambda what, share: None, finished)

settings = load_settings(options={"benchmark.model": sys.argv[1], "benchmark.seeds": 1, "benchmark.epochs": 1,
                                  "benchmark.batch_size": 240, "benchmark.max_length": 512, "benchmark.noisy_rows": 0})
finished = {}
run(make_arm("after"))
size = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmSize:"))
resource.setrlimit(resource.RLIMIT_AS, (size * 1024 + (64 << 20),) * 2)
try:
    run(long(make_arm("after")))
except AuditorError as error:
    print(type(error).__name__, len(finished), *error.lines(), sep=chr(10))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads its own size from Linux' /proc")
def test_a_process_that_gets_no_more_memory_says_so(tiny_model: Path) -> None:  # type: ignore[no-untyped-def]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tiny_model)], cwd=ROOT, capture_output=True, text=True, timeout=240,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}, check=False,
    )  # fmt: skip
    said = done.stdout.splitlines()
    assert said[:2] == ["MemoryRanOutError", "2"], done.stderr[-3000:]
    assert said[2].startswith("auditor: error: Memory ran out in training")
    assert "benchmark.batch_size = 240" in said[3]
