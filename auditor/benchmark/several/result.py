"""What a benchmark with several labels a row found, as figures and as files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from auditor.benchmark import tables
from auditor.benchmark.artefact import TrainedModel
from auditor.benchmark.compare import ONE_SEED, Difference, compare, method, verdict
from auditor.benchmark.result import SPEED_REFERENCE
from auditor.benchmark.several.data import SeveralContest
from auditor.benchmark.several.scores import DECIDING_METRIC, METRICS, label_counts, score, trivial_f1
from auditor.benchmark.several.training import SeveralRun

NOT_LEARNED = (
    " Neither side learnt more than the most frequent labels for every row: raise benchmark.epochs or give more rows."
)
_SIDES = ("before", "after")


@dataclass(frozen=True)
class SeveralResult:
    """The outcome of one before/after comparison.

    Attributes:
        budget: what each arm was trained with; the same for both.
        seeds: those that both arms finished.
        runs: their trainings, by arm.
        baseline: bool (rows, labels) of the linear models, before and after.
        cut_texts: texts longer than the model's limit, by ``before``, ``after`` and ``test``.
        trained: the model of the last arm and first seed trained in this call.
        stopped: why the remaining seeds were not run; None where all were.
    """

    model: str
    contest: SeveralContest
    budget: Mapping[str, float | int]
    seeds: tuple[int, ...]
    runs: Mapping[str, list[SeveralRun]]
    baseline: tuple[np.ndarray, np.ndarray]
    cut_texts: Mapping[str, int]
    trained: TrainedModel | None = field(default=None, compare=False)
    stopped: BaseException | None = None

    @cached_property
    def truth(self) -> np.ndarray:
        """Bool (test rows, labels)."""
        return self.contest.has(self.contest.test)

    @property
    def speeds(self) -> dict[str, float]:
        """Training examples per second by arm, over what was trained in this call. For the manifest."""
        each = {arm: [r.examples_per_second for r in runs] for arm, runs in self.runs.items()}
        known = {arm: [speed for speed in speeds if np.isfinite(speed)] for arm, speeds in each.items()}
        return {arm: float(np.mean(speeds)) for arm, speeds in known.items() if speeds}

    def predicted(self, arm: str) -> np.ndarray:
        """Bool (seeds, rows, labels)."""
        return np.stack([run.predicted(len(self.contest.names)) for run in self.runs[arm]])

    def raise_if_stopped(self) -> None:
        """Raise what ended the benchmark early, once its finished seeds are safe."""
        if self.stopped is not None:
            raise self.stopped

    def predictions(self) -> pa.Table:
        """One row a test row, arm and seed: ``row_id, arm, seed, labels, predicted``."""
        test, names = self.contest.test, self.contest.names
        ids = np.full(len(test), -1, np.int64) if test.row_ids is None else test.row_ids
        parts = []
        for arm in _SIDES:
            for seed, given in zip(self.seeds, self.predicted(arm), strict=True):
                columns = {
                    "row_id": pa.array(ids),
                    "arm": pa.array([arm] * len(test), pa.string()),
                    "seed": pa.array([seed] * len(test), pa.int32()),
                    "labels": pa.array(test.labels, pa.list_(pa.string())),
                    "predicted": pa.array(
                        [[names[k] for k in np.flatnonzero(row)] for row in given], pa.list_(pa.string())
                    ),
                }
                parts.append(pa.table(columns))
        return pa.concat_tables(parts)

    def to_json(self) -> dict[str, Any]:
        """``benchmark/results.json``. Equal runs give equal bytes."""
        before, after = self.predicted("before"), self.predicted("after")
        differences = compare(self.truth, before, after, 0, METRICS)
        deciding, disputed = differences[DECIDING_METRIC], self.contest.test.disputed
        baseline = self.baseline[0][None], self.baseline[1][None]
        learned = max(score(self.truth, one)["micro_f1"][i] for one in (before, after) for i in range(len(one)))
        return {
            "task": "multi-label-classification",
            "model": self.model,
            "seeds": list(self.seeds),
            "complete": self.stopped is None,
            **_comparison(self.truth, before, after, differences),
            "p_value": tables.rounded(deciding.p_value),
            "method": method(DECIDING_METRIC),
            "verdict": self._verdict(differences, is_learned := learned > trivial_f1(self.truth)),
            "learned": is_learned,
            "outcome": deciding.outcome,
            "thresholds": {arm: [tables.rounded(run.threshold) for run in runs] for arm, runs in self.runs.items()},
            "undisputed": None if disputed is None else self._on_rows(before, after, ~disputed),
            "groups": self._groups(before, after),
            "baseline": _comparison(self.truth, *baseline),
            "classes": self._labels(before, after),
            "rows": self._rows(),
            "budget": dict(self.budget),
            "examples_per_second": SPEED_REFERENCE,
        }

    def _verdict(self, differences: dict[str, Difference], is_learned: bool) -> str:
        said = verdict(differences, DECIDING_METRIC) + (ONE_SEED if len(self.seeds) == 1 else "")
        return said if is_learned else said + NOT_LEARNED

    def _on_rows(self, before: np.ndarray, after: np.ndarray, chosen: np.ndarray) -> dict[str, Any] | None:
        if not chosen.any():
            return None
        found = _comparison(self.truth[chosen], before[:, chosen], after[:, chosen])
        return {"rows": int(chosen.sum()), **found}

    def _groups(self, before: np.ndarray, after: np.ndarray) -> dict[str, Any]:
        """The comparison within each value of each column that enough test rows share."""
        found = {}
        for column, values in self.contest.test.groups.items():
            sizes = Counter(value for value in values if value is not None)
            large = sorted(value for value, rows in sizes.items() if rows >= tables.MIN_GROUP_ROWS)
            found[column] = {
                value: self._on_rows(before, after, np.array([one == value for one in values])) for value in large
            }
        return found

    def _labels(self, before: np.ndarray, after: np.ndarray) -> list[dict[str, Any]]:
        """Rows, precision, recall and F1 of each label, means over the seeds."""
        once = np.ones((1, len(self.truth)))
        counts = {
            side: [label_counts(self.truth, one, once) for one in predicted]
            for side, predicted in zip(_SIDES, (before, after), strict=True)
        }
        train_rows = {arm.name: self.contest.has(arm).sum(0) for arm in self.contest.arms}
        return [
            {
                "label": name,
                "test_rows": int(self.truth[:, k].sum()),
                "train_rows": {arm: int(rows[k]) for arm, rows in train_rows.items()},
                **{
                    measure: {
                        side: tables.rounded(np.mean([getattr(one, measure)[0, k] for one in each]))
                        for side, each in counts.items()
                    }
                    for measure in ("precision", "recall", "f1")
                },
            }
            for k, name in enumerate(self.contest.names)
        ]

    def _rows(self) -> dict[str, Any]:
        contest = self.contest
        unseen = {arm.name: int((self.truth & ~contest.has(arm).any(0)).sum()) for arm in contest.arms}
        return {
            "used": {**{arm.name: len(arm) for arm in contest.arms}, "test": len(contest.test)},
            "available": contest.available,
            "held_out": {arm.name: int((~contest.own_rows(arm)).sum()) for arm in contest.arms},
            "cut_texts": dict(self.cut_texts),
            "unseen_label_test": unseen,
            "labels_a_test_row": tables.rounded(self.truth.sum() / len(self.truth)),
        }


def _comparison(
    truth: np.ndarray, before: np.ndarray, after: np.ndarray, differences: Mapping[str, Difference] | None = None
) -> dict[str, Any]:
    differences = differences or compare(truth, before, after, 0, METRICS)
    return {
        "before": tables.scores(score(truth, before)),
        "after": tables.scores(score(truth, after)),
        "difference": {name: tables.difference(one) for name, one in differences.items()},
    }
