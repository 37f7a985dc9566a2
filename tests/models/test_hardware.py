"""What is chosen on which device. Torch's answers about GPUs are stood in for: there is none here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from auditor.errors import UsageError
from auditor.models.distributed import broadcast_from_first, join_processes
from auditor.models.estimate import Estimate, estimate
from auditor.models.hardware import cores, device, half_precision, peak_memory
from auditor.models.train import Recipe
from tests.models.test_gradients import tiny_problem


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of two GPUs, as torch would describe it."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda where: 3_000_000_000 + 1_000_000 * where.index)


def test_a_processor_is_used_where_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device() == torch.device("cpu")


@pytest.mark.usefixtures("two_gpus")
def test_each_process_takes_the_gpu_of_its_local_rank(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    assert device() == torch.device("cuda", 0)
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert device() == torch.device("cuda", 1)
    assert peak_memory() == 3_001.0


@pytest.mark.usefixtures("two_gpus")
def test_emulated_bfloat16_is_no_half_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not half_precision("cuda")
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: True)
    assert half_precision("cuda")


@pytest.mark.parametrize(("known", "expected"), [({"avx2": True}, False), ({"avx512_bf16": True}, True)])
def test_a_processor_without_bfloat16_computes_in_float32(
    known: dict[str, bool], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: known)
    assert half_precision("cpu") is expected


@pytest.mark.usefixtures("two_gpus")
def test_more_processes_than_gpus_are_refused_before_they_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "3")
    monkeypatch.setenv("LOCAL_RANK", "2")
    with pytest.raises(UsageError, match="There are 2 GPUs") as refused, join_processes():
        pass
    assert "nproc-per-node" in refused.value.fix


def test_a_process_alone_is_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with join_processes() as is_first:
        assert is_first
    assert broadcast_from_first(7) == 7


def test_threads_follow_the_usual_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert cores() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "none")
    assert cores() >= 1


def test_time_and_memory_are_estimated_from_a_few_steps(tiny_model: Path) -> None:
    model, loss_of = tiny_problem(tiny_model)
    once, ten = (estimate(model, np.full(8, 6), loss_of, Recipe(40, 4, 1e-3), n) for n in (1, 1_000_000))
    assert 0 < once.seconds < ten.seconds / 1_000
    assert once.megabytes == pytest.approx(peak_memory(), rel=0.2)
    assert str(Estimate(180.0, 1_400.0)) == "about 3 min and 1.4 GB"
