"""What a training will take, from a few timed steps of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from auditor.models.hardware import peak_memory
from auditor.models.train import Recipe, train

if TYPE_CHECKING:
    import torch

    from auditor.models.gradients import BatchLoss

_STEPS = 4
_WARM = 1
"""Steps that are not timed: the first allocates and plans."""


@dataclass(frozen=True)
class Estimate:
    """Of all trainings together.

    Attributes:
        seconds: wall time of the training steps.
        megabytes: peak memory of the process, or of the GPU that is trained on.
    """

    seconds: float
    megabytes: float

    def __str__(self) -> str:
        """For the progress line, such as ``about 3 min and 1.4 GB``."""
        time_ = f"{self.seconds / 60:.0f} min" if self.seconds >= 90 else f"{self.seconds:.0f} s"
        return f"about {time_} and {self.megabytes / 1000:.1f} GB"


def estimate(
    model: torch.nn.Module, lengths: np.ndarray, loss_of: BatchLoss, recipe: Recipe, trainings: int
) -> Estimate:
    """Train `model`, which is thrown away, for a few steps and multiply.

    Args:
        lengths: tokens of each row.
        trainings: how many of `recipe`'s length there will be.
    """
    marks: list[float] = []
    steps = min(_STEPS, recipe.steps)
    train(model, lengths, loss_of, replace(recipe, steps=steps), 0, lambda: marks.append(time.perf_counter()))
    one = (marks[-1] - marks[0]) / (len(marks) - _WARM) if len(marks) > _WARM else 0.0
    return Estimate(one * recipe.steps * trainings, peak_memory())
