"""Several processes that train together, started by torchrun or accelerate launch, on one machine or many."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from auditor.errors import UsageError
from auditor.message import Text
from auditor.models.hardware import device


@contextmanager
def together() -> Iterator[bool]:
    """Join the processes that were started together; yields whether this one is the first, which alone writes.

    A process that was started alone is the first. All do the same work on the same rows, but for the batches of
    training, of which each computes its share (`auditor.models.gradients`).

    Raises:
        UsageError: there are more processes on this machine than GPUs.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) <= 1:
        yield True
        return
    import torch
    import torch.distributed as processes

    if torch.cuda.is_available():
        place = device()
        if place.index >= torch.cuda.device_count():
            raise UsageError(
                Text("There are {0} GPUs on this machine, and more processes.", torch.cuda.device_count()),
                where=f"LOCAL_RANK = {place.index}",
                fix="Start as many processes per machine as it has GPUs (torchrun --nproc-per-node).",
            )
        torch.cuda.set_device(place)  # before NCCL starts: its buffers go to the current device
    processes.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield processes.get_rank() == 0
    finally:
        processes.destroy_process_group()


def first_says(value: int) -> int:
    """What the first of the processes that train together gives as `value`; a process alone: its own.

    What is decided by a clock must be decided once, or processes would part ways.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) <= 1:
        return value
    import torch.distributed as processes

    said: list[int] = [value]
    processes.broadcast_object_list(said, src=0)
    return said[0]
