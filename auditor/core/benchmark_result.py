"""The result of a benchmark: one type for every task, written as ``benchmark/results.json``.

All figures are rounded when the result is built, so a result that is written and read again is equal to itself. What a
task does not measure is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from auditor.parse import parse, plain

Outcome = Literal["better", "worse", "no-difference"]
GainKind = Literal["rows", "rows_per_class", "reviewed"]
StopReason = Literal["fixed", "decided", "resolved", "rows", "budget", "interrupted"]
SPEED_REFERENCE = "manifest.json#/benchmark/examples_per_second"
"""Measured speeds differ from run to run, and ``results.json`` must not."""


@dataclass(frozen=True)
class Score:
    """One metric on one side.

    Attributes:
        per_seed: in the order of the seeds.
        mean: over the seeds.
    """

    per_seed: tuple[float, ...]
    mean: float


Scores = Mapping[str, Score]
"""By metric."""


@dataclass(frozen=True)
class Change:
    """After minus before, of one metric.

    Attributes:
        interval: 95 % confidence interval.
        p_value: two-sided.
        detectable: the smallest true difference that would show four times out of five.
    """

    value: float
    interval: tuple[float, float]
    p_value: float
    detectable: float
    outcome: Outcome


@dataclass(frozen=True)
class Comparison:
    """Scores of both sides on the same test rows, and their differences.

    Attributes:
        difference: by metric; empty where the scores are shown without an interval.
        rows: number of test rows, where it is not all of them.
    """

    before: Scores
    after: Scores
    difference: Mapping[str, Change] = field(default_factory=dict)
    rows: int | None = None


@dataclass(frozen=True)
class SideShares:
    """A share on each side."""

    before: float
    after: float


@dataclass(frozen=True)
class SideCounts:
    """A number of rows on each side."""

    before: int
    after: int


@dataclass(frozen=True)
class RowCounts:
    """Training rows of each side, and test rows."""

    before: int
    after: int
    test: int


@dataclass(frozen=True)
class Rows:
    """What was trained and tested on.

    Attributes:
        used: rows after the caps.
        available: rows before the caps.
        held_out: training rows that thresholds and early stopping are judged on.
        cut_texts: texts longer than ``benchmark.max_length``.
        undisputed_test: test rows whose label neither a check nor a reviewer doubts.
        unseen_label_test: labels of test rows that a side never saw in training; they count as missed.
        test_texts_also_in_train: test rows whose exact text is also a training text.
        labels_a_test_row: mean number of labels, for multi-label rows.
        folds: of the test rows; above 1, each row is predicted by models that did not see its fold.
    """

    used: RowCounts
    available: RowCounts | None = None
    held_out: SideCounts | None = None
    cut_texts: RowCounts | None = None
    undisputed_test: int | None = None
    unseen_label_test: SideCounts | None = None
    test_texts_also_in_train: SideCounts | None = None
    labels_a_test_row: float | None = None
    folds: int = 1


@dataclass(frozen=True)
class ClassResult:
    """One class or label: its rows, and its scores as means over the seeds.

    Attributes:
        change: of F1, with an interval at a level shared out among all classes that have enough test rows; None of
            classes with fewer, whose F1 cannot be told from chance.
    """

    label: str
    test_rows: int
    train_rows: SideCounts
    precision: SideShares
    recall: SideShares
    f1: SideShares
    change: Change | None = None


@dataclass(frozen=True)
class ConfusedPair:
    """Test rows of `label` that were predicted as `predicted`, means over the seeds."""

    label: str
    predicted: str
    before: float
    after: float


@dataclass(frozen=True)
class Confusions:
    """The pairs confused most often, and the whole matrices where there are few classes.

    Attributes:
        labels: names of the rows (true) and columns (predicted) of the matrices.
    """

    pairs: tuple[ConfusedPair, ...]
    labels: tuple[str, ...] | None = None
    before: tuple[tuple[float, ...], ...] | None = None
    after: tuple[tuple[float, ...], ...] | None = None


@dataclass(frozen=True)
class Gap:
    """Difference in accuracy between the groups with the lowest and the highest one."""

    difference: float
    lowest: str
    highest: str


@dataclass(frozen=True)
class SideGaps:
    """The gap on each side."""

    before: Gap
    after: Gap


@dataclass(frozen=True)
class Robustness:
    """The comparison on some test rows as they are (`none`) and under each kind of noise."""

    rows: int
    none: Comparison
    typos: Comparison | None = None
    case: Comparison | None = None
    synonyms: Comparison | None = None


@dataclass(frozen=True)
class Quantized:
    """The model with 8-bit weights beside the model as trained.

    Attributes:
        megabytes: of all weights, (as trained, quantized).
        agreement: share of texts that both give the same label, or all the same labels.
    """

    scheme: str
    megabytes: tuple[float, float]
    agreement: float


@dataclass(frozen=True)
class StepChange:
    """One step of the preparation against another."""

    difference: Mapping[str, Change]
    verdict: str


@dataclass(frozen=True)
class Step:
    """The data after one step of the preparation; the first is the data as it came."""

    name: str
    train_rows: int
    scores: Scores
    against_first: StepChange | None = None
    against_previous: StepChange | None = None


@dataclass(frozen=True)
class Ablation:
    """Which step of the preparation helped."""

    task: str
    model: str
    seeds: tuple[int, ...]
    complete: bool
    method: str
    budget: Mapping[str, int | float]
    arms: tuple[Step, ...]


@dataclass(frozen=True)
class Look:
    """The deciding difference after so many seeds, as it was looked at.

    Attributes:
        level: two-sided error of the interval at this look; all looks together err in 5 of 100.
        information: share of the largest information that could have been had.
    """

    seeds: int
    value: float
    interval: tuple[float, float]
    level: float
    information: float


@dataclass(frozen=True)
class SeedDesign:
    """How the number of seeds came about.

    Attributes:
        stopped_by: ``fixed``: so many were asked for; ``decided``: the interval left zero; ``resolved``: it was as
            narrow as asked for; ``rows``: more seeds would not have narrowed it, the test rows set it; ``budget``: the
            time was spent; ``interrupted``.
        looks: at each number of seeds that was looked at.
        budget_seconds: time after which no more seeds were begun.
        resolution: half-width asked for, in the unit of the deciding metric.
        test_rows_needed: test rows with which an interval of that half-width could be had, where these have too few.
    """

    stopped_by: StopReason
    deciding: str
    looks: tuple[Look, ...] = ()
    budget_seconds: int | None = None
    resolution: float | None = None
    test_rows_needed: int | None = None

    @property
    def level(self) -> float:
        """Two-sided error of the intervals at the last look."""
        return self.looks[-1].level if self.looks else 0.05


@dataclass(frozen=True)
class Gain:
    """What the deciding metric of the linear model is expected to gain.

    Attributes:
        kind: ``rows``: so many more train rows; ``rows_per_class``: the same, counted over all classes; ``reviewed``:
            so many of the most suspicious labels put right where they are wrong.
        rows: added, or reviewed, in all.
        interval: 95 %.
        cost: `rows` times the price of a label; None where no price was given.
    """

    kind: GainKind
    rows: int
    value: float
    interval: tuple[float, float]
    cost: float | None = None


@dataclass(frozen=True, kw_only=True)
class BenchmarkResult:
    """The outcome of one before/after comparison.

    Attributes:
        task: such as ``text-classification``.
        model: name of the encoder.
        seeds: those that both sides finished.
        complete: whether all seeds were finished.
        before, after, difference: of the models trained on each side, by metric.
        p_value: of the deciding metric, like the verdict and the outcome.
        method: how differences are judged.
        verdict: one English sentence.
        learned: whether either side learned more than a trivial answer.
        mcnemar_p_value: exact test on the majority votes of the seeds.
        effect_size_h: Cohen's h of the accuracies.
        calibration_error: expected calibration error of each side.
        thresholds: probability from which a label is given, by seed, for multi-label rows.
        undisputed: the comparison on rows whose label is not in doubt.
        groups: the comparison within each value of each column.
        group_gaps: the largest gap between two groups of a column.
        ensemble: scores of all seeds of a side together.
        baseline: the linear model on the same rows.
        budget: what each side was trained with; the same for both.
        ablation: the same training after each step of the preparation.
        linear_ablation: the linear model after each step of the preparation.
        gains: what further rows are expected to bring.
        seed_design: how the number of seeds came about; None in files of earlier versions.
    """

    task: str
    model: str
    seeds: tuple[int, ...]
    complete: bool = True
    before: Scores
    after: Scores
    difference: Mapping[str, Change]
    p_value: float
    method: str
    verdict: str
    learned: bool | None = None
    outcome: Outcome
    mcnemar_p_value: float | None = None
    effect_size_h: float | None = None
    calibration_error: SideShares | None = None
    thresholds: Mapping[str, tuple[float, ...]] | None = None
    undisputed: Comparison | None = None
    groups: Mapping[str, Mapping[str, Comparison]] = field(default_factory=dict)
    group_gaps: Mapping[str, SideGaps] = field(default_factory=dict)
    ensemble: Comparison | None = None
    robustness: Robustness | None = None
    quantized: Quantized | None = None
    baseline: Comparison | None = None
    classes: tuple[ClassResult, ...] = ()
    confusions: Confusions | None = None
    rows: Rows
    budget: Mapping[str, int | float]
    examples_per_second: str = SPEED_REFERENCE
    ablation: Ablation | None = None
    linear_ablation: Ablation | None = None
    seed_design: SeedDesign | None = None
    gains: tuple[Gain, ...] = ()

    @property
    def level(self) -> float:
        """Two-sided error of the intervals on all test rows."""
        return 0.05 if self.seed_design is None else self.seed_design.level

    @property
    def comparison(self) -> Comparison:
        """The main comparison, on all test rows."""
        return Comparison(self.before, self.after, self.difference)

    def to_json(self) -> dict[str, object]:
        """``benchmark/results.json`` as plain data. Equal runs give equal bytes."""
        return plain(self)

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> BenchmarkResult:
        """The inverse of `to_json`. Keys that the data lacks become None, keys of other versions are ignored.

        Raises:
            ValueError: the data are no such result.
        """
        return parse(cls, data)
