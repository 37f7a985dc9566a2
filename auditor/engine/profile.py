"""Where time and memory of a run went, by stage and by what ran in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from auditor.core.clock import Clock, Portion
from auditor.engine.base import Spent


def portions(clock: Clock, spent: Sequence[Spent]) -> tuple[Portion, ...]:
    """Each stage, and after it the tasks that ended in it by name, in the order in which they began."""
    first = min((start for start, _ in clock.spans.values()), default=0.0)
    made: list[Portion] = []
    for stage, (start, stop) in clock.spans.items():
        own = [one for one in spent if start <= one.stop <= stop]
        elsewhere = sum(one.cpu_seconds for one in own if one.place)
        made.append(
            Portion(
                stage,
                "",
                round(start - first, 2),
                clock.stages[stage]["wall_seconds"],
                round(clock.stages[stage]["cpu_seconds"] + elsewhere, 3),
                _peak(own),
                len({0, *(one.place for one in own)}),
                len(own),
            )
        )
        by_name: dict[str, list[Spent]] = {}
        for one in sorted(own, key=lambda one: one.start):
            by_name.setdefault(one.name, []).append(one)
        made += [_task(stage, name, ones, first) for name, ones in by_name.items()]
    return tuple(made)


def profile_lines(made: Iterable[Portion]) -> list[str]:
    """A table for a terminal."""
    lines = [f"{'stage':<24}{'from s':>8}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}{'processes':>11}"]
    for one in made:
        name, peak = f"  {one.task}" if one.task else one.stage, one.peak_mb or ""
        figures = f"{one.start:>8.1f}{one.wall_seconds:>8.1f}{one.cpu_seconds:>8.1f}{peak:>9}{one.processes:>11}"
        lines.append(f"{name:<24}{figures}")
    return lines


def _task(stage: str, name: str, ones: Sequence[Spent], first: float) -> Portion:
    start, stop = min(one.start for one in ones), max(one.stop for one in ones)
    cpu = round(sum(one.cpu_seconds for one in ones), 3)
    places = len({one.place for one in ones})
    return Portion(stage, name, round(start - first, 2), round(stop - start, 3), cpu, _peak(ones), places, len(ones))


def _peak(ones: Sequence[Spent]) -> int:
    return max((one.peak_bytes for one in ones), default=0) >> 20
