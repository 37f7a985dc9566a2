"""Memory that cannot be had is told as such: what, where, what to do; and what was finished is kept."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from auditor.checks.guard import guarded
from auditor.core.results import Failed
from auditor.errors import MemoryRanOutError, enough_memory, ran_out_of_memory
from auditor.report.messages import Messages

ROOT = Path(__file__).resolve().parent.parent
TOO_MUCH = 1 << 50


def of_torch():
    torch = pytest.importorskip("torch")
    return torch.ones(1).expand(TOO_MUCH) + 1


@pytest.mark.parametrize(
    "allocate",
    [of_torch, lambda: np.empty(TOO_MUCH), lambda: bytearray(TOO_MUCH), lambda: pa.allocate_buffer(TOO_MUCH)],
    ids=["torch", "numpy", "python", "arrow"],
)
def test_every_library_is_understood(allocate):
    with pytest.raises(MemoryRanOutError) as caught, enough_memory("Memory ran out.", where="here", fix="Do this."):
        allocate()
    assert caught.value.lines() == ("auditor: error: Memory ran out.", "  where: here", "  do:    Do this.")
    assert caught.value.exit_code == 5 and caught.value.__suppress_context__


def test_other_errors_are_left_alone():
    torch = pytest.importorskip("torch")
    with pytest.raises(RuntimeError, match="shapes"), enough_memory("", where="", fix=""):
        torch.ones(2, 3) @ torch.ones(2, 3)
    with pytest.raises(FileNotFoundError), enough_memory("", where="", fix=""):
        Path("/no/such/file").read_text()
    assert not ran_out_of_memory(ValueError("out of memory"))


def test_a_check_without_memory_failed():
    result, crash = guarded(lambda: np.empty(TOO_MUCH))
    assert isinstance(result, Failed) and result.reason.key == "reason.memory"
    assert isinstance(crash, MemoryError)
    assert Messages("zh").message(result.reason).startswith("内存不足")


LIMITED = """
import resource
import sys
from auditor.cli.main import main
try:  # whatever a scan loads and whichever threads it starts come before the limit: a thread without memory aborts
    sys.argv[1:] = "scan", "small.csv", "--workers", "1", "-q", "-o", "small"
    main()
except SystemExit as exit:
    assert exit.code == 0
size = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmSize:"))
resource.setrlimit(resource.RLIMIT_AS, (size * 1024 + (48 << 20),) * 2)
sys.argv[1:] = "scan", "d.csv", "--workers", "1", "-q"
main()
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads its own size from Linux' /proc")
def test_an_input_too_large_for_the_machine(tmp_path):
    (tmp_path / "d.csv").write_text("text,label\n" + "".join(f"row {i} {'words ' * 60},a\n" for i in range(200_000)))
    (tmp_path / "small.csv").write_text("text,label\n" + "".join(f"row {i} of few,{'ab'[i % 2]}\n" for i in range(20)))
    process = subprocess.run(
        [sys.executable, "-c", LIMITED],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"},
    )  # fmt: skip
    assert process.returncode == 3, process.stderr[-2000:]
    assert process.stderr.splitlines() == [
        "auditor: error: memory ran out",
        "  where: the input as a whole",
        "  do:    Give fewer rows, more memory, or --workers 1.",
    ]
    assert not (tmp_path / "runs").exists() or not any((tmp_path / "runs").iterdir())
