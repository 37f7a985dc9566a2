"""How long the stages of a run take."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Portion:
    """What a stage, or one kind of task within it, took.

    Attributes:
        stage: of the run.
        task: a check, or what checks share; empty: the stage as a whole.
        start: seconds after the first stage began.
        wall_seconds: from its first moment to its last.
        cpu_seconds: of all processes; of tasks, what they alone took.
        peak_mb: largest resident size by then of a process that ran it; 0: not measured.
        processes: how many ran it.
        tasks: how many there were.
    """

    stage: str
    task: str
    start: float
    wall_seconds: float
    cpu_seconds: float
    peak_mb: int = 0
    processes: int = 1
    tasks: int = 0


class Clock:
    """Wall and CPU seconds by stage.

    Attributes:
        stages: wall and CPU seconds of this process.
        spans: start and stop of each stage on the system's monotonic clock, in seconds.
    """

    def __init__(self) -> None:
        self.stages: dict[str, dict[str, float]] = {}
        self.spans: dict[str, tuple[float, float]] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage."""
        wall, cpu = time.monotonic(), time.process_time()
        try:
            yield
        finally:
            self.spans[name] = (wall, time.monotonic())
            self.stages[name] = {
                "wall_seconds": round(self.spans[name][1] - wall, 3),
                "cpu_seconds": round(time.process_time() - cpu, 3),
            }
