"""How far a whole command is: one number from the progress of its stages, and what is left."""

from __future__ import annotations

from dataclasses import dataclass, field

_SHARES: tuple[dict[str, float], ...] = (
    {"read": 6},
    {"duplicates": 8, "meanings": 2},
    {
        "balance": 1,
        "labels": 22,
        "staleness": 3,
        "privacy": 18,
        "quality": 6,
        "diversity": 8,
        "bias": 4,
        "conversations": 1,
        "pairs": 1,
        "agreement": 1,
        "batch": 3,
    },
    {"excerpts": 8},
    {"effects": 8},
    {"clean": 8, "augment": 3},
    {"after": 6},
    {"benchmark": 150},
    {"report": 1},
)
"""About how long stages take, beside each other; the groups come one after another."""
_OF_COMMAND = {"clean": {"clean", "augment", "after"}, "benchmark": {"benchmark"}}
"""Stages that only commands with this one have."""
_TOLD = 0.03
"""Share below which nothing is said of the time that is left."""


@dataclass
class Whole:
    """The share of a command that is done.

    Args:
        stages: of the command, such as ``scan`` and ``clean``; without a scan, the share is that of its one stage.
    """

    stages: tuple[str, ...]
    _done: dict[str, float] = field(default_factory=dict)
    _share: float = 0.0

    def share(self, stage: str, done: int, total: int) -> float:
        """What is done of all, 0 to 1, after `done` of `total` pieces of a stage; never less than before.

        When a stage begins, those of earlier groups are over: checks that were not asked for never say so.
        """
        if "scan" not in self.stages:
            self._share = max(self._share, done / max(1, total))
            return self._share
        name = stage.partition(":")[0]
        groups = self._groups()
        place = next((i for i, group in enumerate(groups) if name in group), None)
        if place is None:  # a stage of a plug-in
            return self._share
        for group in groups[:place]:
            self._done |= dict.fromkeys(group, 1.0)
        self._done[name] = max(self._done.get(name, 0.0), done / max(1, total))
        weights = {name: weight for group in groups for name, weight in group.items()}
        finished = sum(weight * self._done.get(name, 0.0) for name, weight in weights.items())
        self._share = max(self._share, finished / sum(weights.values()))
        return self._share

    def _groups(self) -> list[dict[str, float]]:
        absent = {name for stage, names in _OF_COMMAND.items() if stage not in self.stages for name in names}
        return [{name: weight for name, weight in group.items() if name not in absent} for group in _SHARES]


def left(share: float, seconds: float) -> str:
    """About how long it still takes, after `seconds`; empty while that is a guess."""
    if share < _TOLD:
        return ""
    rest = seconds * (1 - share) / share
    return f"about {rest / 60:.0f} min left" if rest >= 90 else f"about {rest:.0f} s left"
