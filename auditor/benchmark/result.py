"""What a benchmark found, as figures and as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from auditor.benchmark.artefact import TrainedModel
from auditor.benchmark.classify import SeedRun
from auditor.benchmark.compare import DECIDING_METRIC, Difference, compare, mcnemar, verdict
from auditor.benchmark.data import Contest
from auditor.benchmark.evaluate import class_f1, score

SPEED_REFERENCE = "manifest.json#/benchmark/examples_per_second"
"""Measured speeds differ from run to run, and results.json must not."""


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
        """Training examples per second by arm, mean over the seeds. For the manifest."""
        return {
            arm.name: float(np.mean([run.examples_per_second for run in self.runs if run.arm == arm.name]))
            for arm in self.contest.arms
        }

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
        before, after = (self.predicted(arm.name) for arm in self.contest.arms)
        whole = _comparison(self.truth, before, after)
        differences = compare(self.truth, before, after, seed=0)
        undisputed = ~self.contest.test.disputed
        return {
            "task": self.task,
            "model": self.model,
            "seeds": list(self.seeds),
            "complete": self.stopped is None,
            **whole,
            "p_value": _rounded(differences[DECIDING_METRIC].p_value),
            "mcnemar_p_value": _rounded(mcnemar(self.truth, before, after)),
            "method": (
                "paired bootstrap over test rows with seeds as a second random factor "
                "(Obuchowski-Rockette variance, Student's t with Hillis' degrees of freedom); "
                f"the verdict is on {DECIDING_METRIC}"
            ),
            "verdict": verdict(differences),
            "outcome": differences[DECIDING_METRIC].outcome,
            "undisputed": self._undisputed(undisputed, before, after),
            "baseline": _comparison(self.truth, *(codes[None] for codes in self.baseline)),
            "classes": self._class_table(before, after),
            "rows": self._rows(),
            "budget": self.budget,
            "examples_per_second": SPEED_REFERENCE,
        }

    def _undisputed(self, rows: np.ndarray, before: np.ndarray, after: np.ndarray) -> dict[str, Any] | None:
        if not rows.any():
            return None
        return {"rows": int(rows.sum()), **_comparison(self.truth[rows], before[:, rows], after[:, rows])}

    def _class_table(self, before: np.ndarray, after: np.ndarray) -> list[dict[str, Any]]:
        once = np.ones((1, len(self.truth)))
        f1 = {
            side: _padded([class_f1(self.truth, one, once)[0][0] for one in predicted], len(self.contest.classes))
            for side, predicted in (("before", before), ("after", after))
        }
        test_rows = np.bincount(self.truth, minlength=len(self.contest.classes))
        train_rows = {
            arm.name: np.bincount(self.contest.codes(arm.labels), minlength=len(self.contest.classes))
            for arm in self.contest.arms
        }
        return [
            {
                "label": name,
                "test_rows": int(test_rows[i]),
                "train_rows": {arm: int(rows[i]) for arm, rows in train_rows.items()},
                "f1": {side: _rounded(float(values[i])) for side, values in f1.items()} if test_rows[i] else None,
            }
            for i, name in enumerate(self.contest.classes)
        ]

    def _rows(self) -> dict[str, Any]:
        contest = self.contest
        used = {"before": len(contest.before), "after": len(contest.after), "test": len(contest.test)}
        return {
            "used": used,
            "available": contest.available,
            "cut_texts": self.cut_texts,
            "undisputed_test": int((~contest.test.disputed).sum()),
            "unseen_label_test": {arm.name: contest.unseen(arm) for arm in contest.arms},
            "test_texts_also_in_train": {arm.name: contest.shared_texts(arm) for arm in contest.arms},
        }


def _comparison(truth: np.ndarray, before: np.ndarray, after: np.ndarray) -> dict[str, Any]:
    """Scores of both arms and their difference; predictions (seeds, rows)."""
    return {
        "before": _scores(truth, before),
        "after": _scores(truth, after),
        "difference": {name: _difference(one) for name, one in compare(truth, before, after, seed=0).items()},
    }


def _scores(truth: np.ndarray, predicted: np.ndarray) -> dict[str, Any]:
    return {
        name: {"per_seed": [_rounded(value) for value in one.per_seed], "mean": _rounded(one.mean)}
        for name, one in score(truth, predicted).items()
    }


def _difference(difference: Difference) -> dict[str, Any]:
    values = {key: _rounded(value) for key, value in asdict(difference).items()}
    return {
        "value": values["value"],
        "interval": [values["low"], values["high"]],
        "p_value": values["p_value"],
        "detectable": values["detectable"],
        "outcome": difference.outcome,
    }


def _padded(rows: Sequence[np.ndarray], width: int) -> np.ndarray:
    """Mean of arrays that may lack their last entries."""
    mean: np.ndarray = np.mean([np.pad(row, (0, width - len(row))) for row in rows], axis=0)
    return mean


def _rounded(value: float) -> float:
    return round(float(value), 6)
