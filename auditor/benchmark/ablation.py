"""Which step of the preparation helped? One arm a step, each compared with the data as it came and the step before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from auditor.benchmark import tables
from auditor.benchmark.compare import METHOD, compare, verdict
from auditor.benchmark.data import Arm, TestSet
from auditor.benchmark.evaluate import score
from auditor.benchmark.resume import FinishedRuns
from auditor.benchmark.run import Training, train_arms
from auditor.config.settings import Settings
from auditor.models.base_model import Hide, Progress


@dataclass(frozen=True)
class AblationResult:
    """The trainings of all arms; save it, then look at `training.stopped`."""

    training: Training

    @cached_property
    def truth(self) -> np.ndarray:
        """Class codes of the test rows."""
        return self.training.contest.codes(self.training.contest.test.labels)

    def to_json(self) -> dict[str, Any]:
        """One entry an arm, in the order given."""
        arms = self.training.contest.arms
        predicted = [np.stack([run.predicted for run in self.training.runs if run.arm == arm.name]) for arm in arms]
        return {
            "task": "text-classification",
            "model": self.training.base.name,
            "seeds": list(dict.fromkeys(run.seed for run in self.training.runs)),
            "complete": self.training.stopped is None,
            "method": METHOD,
            "budget": self.training.budget(),
            "arms": [
                {
                    "name": arm.name,
                    "train_rows": len(arm),
                    "scores": tables.scores(score(self.truth, predicted[i])),
                    "against_first": self._against(predicted[0], predicted[i]) if i > 0 else None,
                    "against_previous": self._against(predicted[i - 1], predicted[i]) if i > 0 else None,
                }
                for i, arm in enumerate(arms)
            ],
        }

    def _against(self, before: np.ndarray, after: np.ndarray) -> dict[str, Any]:
        differences = compare(self.truth, before, after, seed=0)
        return {
            "difference": {name: tables.difference(one) for name, one in differences.items()},
            "verdict": verdict(differences),
        }


def run_ablation(
    arms: Sequence[Arm],
    test: TestSet,
    settings: Settings,
    language: str,
    progress: Progress,
    finished: FinishedRuns | None = None,
    hide: Hide = list,
) -> AblationResult:
    """Fine-tune on each of `arms`: the data as it came, then one arm a step of the preparation.

    With a `finished` mapping shared with `run_benchmark`, arms that both hold are trained once where the base
    is the same for both. Raises what `run_benchmark` raises.
    """
    return AblationResult(train_arms(arms, test, settings, language, progress, finished, hide))
