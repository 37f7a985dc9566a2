"""Estimate the cost of trainings from a few timed steps."""

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
_WARM_UP = 1
"""Untimed warm-up steps: the first one allocates memory."""


@dataclass(frozen=True)
class Estimate:
    """The estimated cost of all trainings.

    Attributes:
        seconds: wall-clock time of the training steps.
        megabytes: peak memory of the process, or of the GPU if one is used.
    """

    seconds: float
    megabytes: float

    def __str__(self) -> str:
        """A text for the progress display, such as ``about 3 min and 1.4 GB``."""
        time_ = f"{self.seconds / 60:.0f} min" if self.seconds >= 90 else f"{self.seconds:.0f} s"
        return f"about {time_} and {self.megabytes / 1000:.1f} GB"


def estimate(
    model: torch.nn.Module, lengths: np.ndarray, loss_of: BatchLoss, recipe: Recipe, trainings: int
) -> Estimate:
    """Train `model`, which is discarded afterwards, for a few steps and extrapolate.

    Args:
        model: the model.
        lengths: number of tokens of each row.
        loss_of: the loss of a batch.
        recipe: the training parameters.
        trainings: number of trainings with this recipe.
    """
    times: list[float] = []
    steps = min(_STEPS, recipe.steps)
    train(model, lengths, loss_of, replace(recipe, steps=steps), 0, lambda: times.append(time.perf_counter()))
    per_step = (times[-1] - times[0]) / (len(times) - _WARM_UP) if len(times) > _WARM_UP else 0.0
    return Estimate(per_step * recipe.steps * trainings, peak_memory())
