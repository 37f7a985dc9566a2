"""Distributed training with processes started by torchrun or accelerate launch, on one or more machines."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from auditor.errors import UsageError
from auditor.message import Text
from auditor.models.hardware import device


@contextmanager
def join_processes() -> Iterator[bool]:
    """Join the process group; yields whether this is the first process, the only one that writes output.

    A single process is the first. All processes do the same work on the same rows, except that each computes its share
    of every training batch (`auditor.models.gradients`).

    Raises:
        UsageError: there are more processes on this machine than GPUs.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) <= 1:
        yield True
        return
    import torch
    import torch.distributed as processes

    if torch.cuda.is_available():
        gpu = device()
        if gpu.index >= torch.cuda.device_count():
            raise UsageError(
                Text("There are {0} GPUs on this machine, and more processes.", torch.cuda.device_count()),
                where=f"LOCAL_RANK = {gpu.index}",
                fix="Start as many processes per machine as it has GPUs (torchrun --nproc-per-node).",
            )
        torch.cuda.set_device(gpu)  # before NCCL starts: its buffers go to the current device
    processes.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield processes.get_rank() == 0
    finally:
        processes.destroy_process_group()


def broadcast_from_first(value: int) -> int:
    """The `value` of the first process of the process group; a single process returns its own.

    Decisions that depend on a clock must be made once, or the processes would diverge.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) <= 1:
        return value
    import torch.distributed as processes

    values: list[int] = [value]
    processes.broadcast_object_list(values, src=0)
    return values[0]
