"""Time and memory of a run by stage, and by the tasks that ran in each stage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from auditor.core.clock import Clock, Portion
from auditor.engine.base import TaskUsage


def portions(clock: Clock, usage: Sequence[TaskUsage]) -> tuple[Portion, ...]:
    """Each stage, followed by the tasks that ended in it, grouped by name in the order of their first start."""
    first = min((start for start, _ in clock.spans.values()), default=0.0)
    profile: list[Portion] = []
    for stage, (start, stop) in clock.spans.items():
        tasks = [task for task in usage if start <= task.stop <= stop]
        elsewhere = sum(task.cpu_seconds for task in tasks if task.process)
        profile.append(
            Portion(
                stage,
                "",
                round(start - first, 2),
                clock.stages[stage]["wall_seconds"],
                round(clock.stages[stage]["cpu_seconds"] + elsewhere, 3),
                _peak(tasks),
                len({0, *(task.process for task in tasks)}),
                len(tasks),
            )
        )
        by_name: dict[str, list[TaskUsage]] = {}
        for task in sorted(tasks, key=lambda task: task.start):
            by_name.setdefault(task.name, []).append(task)
        profile += [_task(stage, name, runs, first) for name, runs in by_name.items()]
    return tuple(profile)


def profile_lines(profile: Iterable[Portion]) -> list[str]:
    """The profile as the lines of a text table."""
    lines = [f"{'stage':<24}{'from s':>8}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}{'processes':>11}"]
    for row in profile:
        name, peak = f"  {row.task}" if row.task else row.stage, row.peak_mb or ""
        figures = f"{row.start:>8.1f}{row.wall_seconds:>8.1f}{row.cpu_seconds:>8.1f}{peak:>9}{row.processes:>11}"
        lines.append(f"{name:<24}{figures}")
    return lines


def _task(stage: str, name: str, runs: Sequence[TaskUsage], first: float) -> Portion:
    start, stop = min(task.start for task in runs), max(task.stop for task in runs)
    cpu = round(sum(task.cpu_seconds for task in runs), 3)
    processes = len({task.process for task in runs})
    return Portion(stage, name, round(start - first, 2), round(stop - start, 3), cpu, _peak(runs), processes, len(runs))


def _peak(runs: Sequence[TaskUsage]) -> int:
    return max((task.peak_bytes for task in runs), default=0) >> 20
