"""Wall-clock and CPU time of the stages of a run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Portion:
    """Time and memory used by a stage, or by one kind of task within it.

    Attributes:
        stage: name of the stage.
        task: name of the task, such as a check; empty for the stage as a whole.
        start: seconds from the start of the first stage.
        wall_seconds: from its start to its end.
        cpu_seconds: of all processes; for tasks, of the tasks alone.
        peak_mb: peak resident set size of a process that ran it, in MiB; 0: not measured.
        processes: number of processes that ran it.
        tasks: number of tasks.
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
    """Measures the stages of a run.

    Attributes:
        stages: by stage, wall-clock and CPU seconds of this process.
        spans: by stage, start and stop in seconds of the monotonic clock.
    """

    def __init__(self) -> None:
        self.stages: dict[str, dict[str, float]] = {}
        self.spans: dict[str, tuple[float, float]] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure the block as a stage."""
        wall, cpu = time.monotonic(), time.process_time()
        try:
            yield
        finally:
            self.spans[name] = (wall, time.monotonic())
            self.stages[name] = {
                "wall_seconds": round(self.spans[name][1] - wall, 3),
                "cpu_seconds": round(time.process_time() - cpu, 3),
            }
