"""What a benchmark found, as figures and as files."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from auditor.benchmark import tables
from auditor.benchmark.artefact import TrainedModel
from auditor.benchmark.classify import SeedRun
from auditor.benchmark.compare import DECIDING_METRIC, METHOD, ONE_SEED, Difference, cohens_h, compare, mcnemar, verdict
from auditor.benchmark.data import Contest
from auditor.benchmark.evaluate import calibration_error, score
from auditor.benchmark.gaps import gaps
from auditor.benchmark.quantized import Quantized

SPEED_REFERENCE = "manifest.json#/benchmark/examples_per_second"
"""Measured speeds differ from run to run, and results.json must not."""

NOT_LEARNED = " Neither side learnt more than the most frequent class: raise benchmark.epochs or give more rows."


@dataclass(frozen=True)
class BenchmarkResult:
    """The outcome of one before/after comparison.

    Attributes:
        model: name of the encoder.
        budget: what each arm was trained with; the same for both.
        runs: finished trainings; every seed in it has both arms.
        baseline: class codes (rows,) of the linear model, before and after.
        cut_texts: texts longer than the model's limit, by ``before``, ``after`` and ``test``.
        trained: the model of the last arm and first seed.
        quantized: what 8-bit weights make of it, where that was asked for.
        stopped: why the remaining seeds were not run; None where all were.
    """

    task: str
    model: str
    contest: Contest
    budget: dict[str, float | int]
    runs: tuple[SeedRun, ...]
    baseline: tuple[np.ndarray, np.ndarray]
    cut_texts: dict[str, int]
    trained: TrainedModel | None = field(default=None, compare=False)
    stopped: BaseException | None = None
    quantized: Quantized | None = field(default=None, compare=False)

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds finished."""
        return tuple(dict.fromkeys(run.seed for run in self.runs))

    @cached_property
    def truth(self) -> np.ndarray:
        """Class codes of the test rows."""
        return self.contest.codes(self.contest.test.labels)

    @property
    def speeds(self) -> dict[str, float]:
        """Training examples per second by arm, mean over the seeds trained in this call. For the manifest."""
        speeds = {}
        for arm in self.contest.arms:
            each = [run.examples_per_second for run in self.runs if run.arm == arm.name]
            if known := [speed for speed in each if np.isfinite(speed)]:
                speeds[arm.name] = float(np.mean(known))
        return speeds

    def predicted(self, arm: str) -> np.ndarray:
        """Class codes (seeds, rows)."""
        return np.stack([run.predicted for run in self.runs if run.arm == arm])

    def raise_if_stopped(self) -> None:
        """Raise what ended the benchmark early, once its finished seeds are safe."""
        if self.stopped is not None:
            raise self.stopped

    def predictions(self) -> pa.Table:
        """One row a test row, arm and seed: ``row_id, arm, seed, label, predicted``."""
        test, classes = self.contest.test, self.contest.classes
        parts = [
            pa.table(
                {
                    "row_id": pa.array(test.row_ids, pa.int64()),
                    "arm": pa.array([run.arm] * len(test), pa.string()),
                    "seed": pa.array([run.seed] * len(test), pa.int32()),
                    "label": pa.array(test.labels, pa.string()),
                    "predicted": pa.array([classes[code] for code in run.predicted], pa.string()),
                }
            )
            for run in self.runs
        ]
        return pa.concat_tables(parts)

    def to_json(self) -> dict[str, Any]:
        """``benchmark/results.json``. Equal runs give equal bytes."""
        truth, test = self.truth, self.contest.test
        before, after = (self.predicted(arm.name) for arm in self.contest.arms)
        differences = compare(truth, before, after, seed=0)
        deciding = differences[DECIDING_METRIC]
        return {
            "task": self.task,
            "model": self.model,
            "seeds": list(self.seeds),
            "complete": self.stopped is None,
            **tables.comparison(truth, before, after, differences),
            "p_value": tables.rounded(deciding.p_value),
            "mcnemar_p_value": tables.rounded(mcnemar(truth, before, after)),
            "effect_size_h": tables.rounded(cohens_h(*((arm == truth).mean() for arm in (before, after)))),
            "method": METHOD,
            "verdict": self._verdict(differences, before, after),
            "learned": self._learned(before, after),
            "outcome": deciding.outcome,
            "calibration_error": {arm.name: self._calibration(arm.name) for arm in self.contest.arms},
            "undisputed": tables.on_rows(truth, before, after, ~test.disputed),
            "groups": tables.groups(truth, before, after, test.groups),
            "group_gaps": gaps(truth, before, after, test.groups),
            "ensemble": self._ensemble(),
            "robustness": self._robustness(),
            "quantized": None if self.quantized is None else self.quantized.to_json(),
            "baseline": tables.comparison(truth, self.baseline[0][None], self.baseline[1][None]),
            "classes": tables.classes(self.contest, truth, before, after),
            "confusions": tables.confusions(self.contest.classes, truth, before, after),
            "rows": self._rows(),
            "budget": self.budget,
            "examples_per_second": SPEED_REFERENCE,
        }

    def _verdict(self, differences: dict[str, Difference], before: np.ndarray, after: np.ndarray) -> str:
        not_learned = "" if self._learned(before, after) else NOT_LEARNED
        return verdict(differences) + (ONE_SEED if len(self.seeds) == 1 else "") + not_learned

    def _ensemble(self) -> dict[str, Any]:
        """Scores of all seeds of an arm together: the class with most confidence behind it."""
        scores = {}
        for arm in self.contest.arms:
            votes = np.zeros((len(self.truth), len(self.contest.classes)))
            for run in self.runs:
                if run.arm == arm.name:
                    votes[np.arange(len(votes)), run.predicted] += run.confidence
            scores[arm.name] = tables.scores(score(self.truth, votes.argmax(1)[None]))
        return scores

    def _robustness(self) -> dict[str, Any] | None:
        """The comparison on the same rows without noise and with each kind of it; None where no noise was made."""
        noisy = self.contest.noisy
        if noisy is None or len(noisy.rows) == 0:
            return None
        truth = self.truth[noisy.rows]
        before, after = (self.predicted(arm.name)[:, noisy.rows] for arm in self.contest.arms)
        found = {"rows": len(noisy.rows), "none": tables.comparison(truth, before, after)}
        for kind in noisy.texts:
            before, after = (
                np.stack([run.noisy[kind] for run in self.runs if run.arm == arm.name]) for arm in self.contest.arms
            )
            found[kind] = tables.comparison(truth, before, after)
        return found

    def _learned(self, before: np.ndarray, after: np.ndarray) -> bool:
        """Whether either side beats naming the most frequent class every time; else nothing was compared."""
        most_frequent = np.bincount(self.truth).max() / len(self.truth)
        return bool(max((arm == self.truth).mean() for arm in (before, after)) > most_frequent)

    def _calibration(self, arm: str) -> float:
        """Mean over the seeds."""
        errors = [calibration_error(run.predicted == self.truth, run.confidence) for run in self.runs if run.arm == arm]
        return tables.rounded(np.mean(errors))

    def _rows(self) -> dict[str, Any]:
        contest = self.contest
        used = {**{arm.name: len(arm) for arm in contest.arms}, "test": len(contest.test)}
        return {
            "used": used,
            "available": contest.available,
            "cut_texts": self.cut_texts,
            "undisputed_test": int((~contest.test.disputed).sum()),
            "unseen_label_test": {arm.name: contest.unseen(arm) for arm in contest.arms},
            "test_texts_also_in_train": {arm.name: contest.shared_texts(arm) for arm in contest.arms},
        }
