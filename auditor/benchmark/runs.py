"""A finished training, and the interface of trainers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from auditor.benchmark.artefact import TrainedModel
from auditor.benchmark.sides import Side, X, Y
from auditor.config.settings import Settings
from auditor.models.base_model import Hide, Progress, Ticker
from auditor.models.estimate import Estimate


@dataclass(frozen=True)
class SeedRun:
    """One finished training.

    Attributes:
        side: name of the side.
        seed: the seed.
        predicted: (test rows, ...), predictions in the form required by the task's metrics.
        losses: float32, loss of each step; empty if not recorded.
        examples_per_second: training rows per second; NaN if the training was reused.
        extra: further arrays of the task, by name.
    """

    side: str
    seed: int
    predicted: np.ndarray
    losses: np.ndarray
    examples_per_second: float
    extra: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Start:
    """The common starting point of all trainings of an experiment.

    Attributes:
        settings: all settings.
        language: ``en``, ``zh`` or ``other``; selects the model if the setting is ``auto``.
        texts: texts of all sides before the caps, for an encoder that is pre-trained on them.
        trainings: expected number of trainings.
        progress: receives the progress.
        hide: masks personal data in texts on which an encoder is trained from scratch.
    """

    settings: Settings
    language: str
    texts: list[str]
    trainings: int
    progress: Progress
    hide: Hide


class Trainer(Protocol[X, Y]):
    """Trains the same model with the same number of steps on any side with any seed."""

    @property
    def name(self) -> str:
        """Name of the encoder."""
        ...

    @property
    def steps(self) -> int:
        """Number of steps of one training."""
        ...

    @property
    def tick(self) -> Ticker:
        """Counts the steps of all trainings."""
        ...

    @property
    def budget(self) -> Mapping[str, int | float]:
        """Training parameters of each side, for ``results.json``."""
        ...

    @property
    def fingerprint(self) -> object:
        """Everything that a training depends on besides its rows and seed; hashed by its ``repr``."""
        ...

    @property
    def cut_texts(self) -> Mapping[str, int] | None:
        """Number of truncated texts, by side name and ``test``; None if not counted."""
        ...

    @property
    def held_rows(self) -> Mapping[str, int] | None:
        """Number of held-out training rows of each side; None if there are none."""
        ...

    def estimate(self, trainings: int) -> Estimate | None:
        """Estimated time and memory of a number of trainings; None if unknown."""
        ...

    def run(self, side: Side[X, Y], seed: int) -> tuple[SeedRun, TrainedModel | None]:
        """Train on `side` and predict the test rows. Counts `steps` on `tick`.

        Returns:
            The training, and the model if it can be saved.

        Raises:
            CheckError: the loss becomes NaN or infinite.
        """
        ...
