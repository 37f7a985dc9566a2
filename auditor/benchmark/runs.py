"""One finished training, and what makes one."""

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
    """One finished training: a side and a seed.

    Attributes:
        predicted: (test rows, ...), what the task's metrics score.
        losses: float32, of each step; empty where they are not kept.
        examples_per_second: training rows seen per second; not a number where the training was taken over.
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
    """What all trainings of an experiment start from.

    Attributes:
        texts: of all sides before the caps, for an encoder that is trained on them first.
        language: ``en``, ``zh`` or ``other``; chooses the model where the setting is ``auto``.
        trainings: number of trainings, as far as it is known.
        hide: masks personal data in the texts that an encoder is trained on from scratch.
    """

    settings: Settings
    language: str
    texts: list[str]
    trainings: int
    progress: Progress
    hide: Hide


class Trainer(Protocol[X, Y]):
    """Trains the same model with the same steps on any side and seed."""

    @property
    def name(self) -> str:
        """Of the encoder."""
        ...

    @property
    def steps(self) -> int:
        """Of one training."""
        ...

    @property
    def tick(self) -> Ticker:
        """Counts the steps of all trainings."""
        ...

    @property
    def budget(self) -> Mapping[str, int | float]:
        """What each side is trained with, for ``results.json``."""
        ...

    @property
    def fingerprint(self) -> object:
        """All that a training depends on beside its rows and its seed; compared by ``repr``."""
        ...

    @property
    def cut_texts(self) -> Mapping[str, int] | None:
        """Texts longer than the model is given, by side name and ``test``; None where they are not counted."""
        ...

    @property
    def held_rows(self) -> Mapping[str, int] | None:
        """Rows of each side that are not trained on; None where all are."""
        ...

    def estimate(self, trainings: int) -> Estimate | None:
        """Time and memory that so many trainings take; None where unknown."""
        ...

    def run(self, side: Side[X, Y], seed: int) -> tuple[SeedRun, TrainedModel | None]:
        """Train on `side` and predict the test rows; the model where it can be saved. Counts `steps` on `tick`.

        Raises:
            CheckError: the loss is no longer a number.
        """
        ...
