"""Several processes that train together, started by torchrun or accelerate launch, on one machine or many."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def together() -> Iterator[bool]:
    """Join the processes that were started together; yields whether this one is the first, which alone writes.

    A process that was started alone is the first. All do the same work on the same rows, but for the batches of
    training, of which each computes its share (`auditor.models.gradients`).
    """
    if int(os.environ.get("WORLD_SIZE", "1")) <= 1:
        yield True
        return
    import torch
    import torch.distributed as processes

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
