"""Memory that runs out in the middle of a benchmark: the settings that need less are named, what is done is kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from auditor.config.settings import Settings
from auditor.errors import MemoryRanOutError
from tests.benchmark.toys import SINGLE, TOKEN, compared, make_side, make_test, settings_with, tagged_side

ROOT = Path(__file__).resolve().parents[2]


def greedy_at(place: str):  # type: ignore[no-untyped-def]
    """Progress that asks torch for a petabyte there, as a forward pass on too long texts would."""
    import torch

    def progress(what: str, share: float) -> None:
        if place in what:
            torch.ones(1).expand(1 << 50) + 1

    return progress


def test_finished_seeds_are_compared_and_the_rest_goes_on_later(tiny_settings: Settings) -> None:
    settings, finished = settings_with(tiny_settings, epochs=1), dict[str, pa.Table]()
    arms = make_side("before", noise=0.2), make_side("after")
    found = compared(SINGLE, *arms, make_test(), settings, progress=greedy_at("after, seed 1"), finished=finished)
    assert found.training.seeds == (0,) and found.result.complete is False
    with pytest.raises(MemoryRanOutError) as caught:
        found.raise_if_stopped()
    assert "benchmark.batch_size = 16, benchmark.max_length = 16, benchmark.accumulate = 1" in caught.value.where
    assert "--resume" in caught.value.fix and "benchmark.accumulate=4" in caught.value.fix
    assert len(finished) == 3
    compared(SINGLE, *arms, make_test(), settings, finished=finished)
    assert len(finished) == 6


def test_tagging_keeps_finished_seeds_too(tiny_settings: Settings) -> None:
    settings, finished = settings_with(tiny_settings, epochs=1), dict[str, pa.Table]()
    rows = tagged_side("before", 80, 1), tagged_side("after", 80, 3), tagged_side("test", 40, 2)
    found = compared(TOKEN, *rows, settings, progress=greedy_at("before, seed 2"), finished=finished)
    assert found.training.seeds == (0, 1) and isinstance(found.training.stopped, MemoryRanOutError)
    assert "benchmark.batch_size=4" in found.training.stopped.fix and len(finished) == 4
    resumed = compared(TOKEN, *rows, settings, finished=finished)
    whole = compared(TOKEN, *rows, settings)
    assert len(finished) == 6 and resumed.result == whole.result


LIMITED = """
import resource, sys
from dataclasses import replace
from auditor.config.loading import load_settings
from auditor.errors import AuditorError
from tests.benchmark.toys import SINGLE, compared, make_side, make_test

def long(rows):
    return replace(rows, inputs=[" ".join([text] * 70) for text in rows.inputs])

def run(after):
    compared(SINGLE, make_side("before"), after, make_test(), settings, finished=finished)

settings = load_settings(options={"benchmark.model": sys.argv[1], "benchmark.seeds": 1, "benchmark.epochs": 1,
                                  "benchmark.batch_size": 240, "benchmark.max_length": 512, "benchmark.noisy_rows": 0})
finished = {}
run(make_side("after"))
size = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmSize:"))
resource.setrlimit(resource.RLIMIT_AS, (size * 1024 + (64 << 20),) * 2)
try:
    run(long(make_side("after")))
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
