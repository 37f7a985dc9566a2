"""How long the stages of a run take."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


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
