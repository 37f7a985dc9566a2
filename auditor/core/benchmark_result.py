"""The result of a benchmark: one type for all tasks, stored as ``benchmark/results.json``.

All numbers are rounded when the result is built, so it is unchanged by writing and reading. Fields that a task does not
measure are None.
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
"""Pointer written in place of measured speeds: they differ between equal runs, and ``results.json`` must not."""


@dataclass(frozen=True)
class Score:
    """One metric of one side (the data before or after preparation).

    Attributes:
        per_seed: value for each seed, in order.
        mean: mean over the seeds.
    """

    per_seed: tuple[float, ...]
    mean: float


Scores = Mapping[str, Score]
"""By metric."""


@dataclass(frozen=True)
class Change:
    """The difference after minus before of one metric.

    Attributes:
        interval: 95% confidence interval.
        p_value: two-sided.
        detectable: smallest true difference that would be detected with a power of 80%.
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
        difference: by metric; empty if scores are given without intervals.
        rows: number of test rows, if it is a subset.
    """

    before: Scores
    after: Scores
    difference: Mapping[str, Change] = field(default_factory=dict)
    rows: int | None = None


@dataclass(frozen=True)
class SideShares:
    """A share for each side."""

    before: float
    after: float


@dataclass(frozen=True)
class SideCounts:
    """A number of rows for each side."""

    before: int
    after: int


@dataclass(frozen=True)
class RowCounts:
    """Numbers of training rows of each side, and of test rows."""

    before: int
    after: int
    test: int


@dataclass(frozen=True)
class Rows:
    """Counts of the rows used for training and testing.

    Attributes:
        used: rows after applying the caps.
        available: rows before applying the caps.
        held_out: training rows held out for thresholds and early stopping.
        cut_texts: texts truncated to ``benchmark.max_length``.
        undisputed_test: test rows whose label is questioned neither by a check nor by a reviewer.
        unseen_label_test: test rows whose label a side never saw in training; they count as errors.
        test_texts_also_in_train: test rows whose exact text is also a training text.
        labels_a_test_row: mean number of labels per test row, for multi-label data.
        folds: number of cross-fitting folds; above 1, each row is predicted by models that did not see its fold.
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
    """Row counts of one class or label, and its scores as means over the seeds.

    Attributes:
        change: difference in F1, with an interval corrected for the number of classes compared; None for classes with
            too few test rows.
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
    """Number of test rows of `label` predicted as `predicted`, as means over the seeds."""

    label: str
    predicted: str
    before: float
    after: float


@dataclass(frozen=True)
class Confusions:
    """The most frequently confused pairs, and the full confusion matrices if there are few classes.

    Attributes:
        labels: names of the rows (true) and columns (predicted) of the matrices.
    """

    pairs: tuple[ConfusedPair, ...]
    labels: tuple[str, ...] | None = None
    before: tuple[tuple[float, ...], ...] | None = None
    after: tuple[tuple[float, ...], ...] | None = None


@dataclass(frozen=True)
class Gap:
    """Difference between the lowest and the highest accuracy of the groups of a column."""

    difference: float
    lowest: str
    highest: str


@dataclass(frozen=True)
class SideGaps:
    """The gap for each side."""

    before: Gap
    after: Gap


@dataclass(frozen=True)
class Robustness:
    """The comparison on a sample of test rows, unchanged (`none`) and with each kind of noise."""

    rows: int
    none: Comparison
    typos: Comparison | None = None
    case: Comparison | None = None
    synonyms: Comparison | None = None


@dataclass(frozen=True)
class Quantized:
    """The model with 8-bit weights compared with the trained model.

    Attributes:
        megabytes: size of all weights, (as trained, quantized).
        agreement: share of texts for which both predict the same label, or the same set of labels.
    """

    scheme: str
    megabytes: tuple[float, float]
    agreement: float


@dataclass(frozen=True)
class StepChange:
    """Difference between the data after two steps of the preparation."""

    difference: Mapping[str, Change]
    verdict: str


@dataclass(frozen=True)
class Step:
    """Scores after one step of the preparation; the first step is the unchanged data."""

    name: str
    train_rows: int
    scores: Scores
    against_first: StepChange | None = None
    against_previous: StepChange | None = None


@dataclass(frozen=True)
class Ablation:
    """Comparison of the steps of the preparation, to see which of them helped."""

    task: str
    model: str
    seeds: tuple[int, ...]
    complete: bool
    method: str
    budget: Mapping[str, int | float]
    arms: tuple[Step, ...]


@dataclass(frozen=True)
class Look:
    """One interim look at the deciding difference, in a group-sequential design.

    Attributes:
        seeds: number of seeds so far.
        level: two-sided error level of the interval at this look; 5% for all looks together.
        information: fraction of the maximal information.
    """

    seeds: int
    value: float
    interval: tuple[float, float]
    level: float
    information: float


@dataclass(frozen=True)
class SeedDesign:
    """How the number of seeds was determined.

    Attributes:
        stopped_by: ``fixed``: the number was given; ``decided``: the interval excluded zero; ``resolved``: the interval
            reached the requested width; ``rows``: its width is limited by the test rows, not by the seeds; ``budget``:
            the time was used up; ``interrupted``.
        deciding: the deciding metric.
        looks: one per interim look.
        budget_seconds: time after which no further seed was started.
        resolution: requested half-width of the interval, in the unit of the deciding metric.
        test_rows_needed: number of test rows needed for that half-width, if there are too few.
    """

    stopped_by: StopReason
    deciding: str
    looks: tuple[Look, ...] = ()
    budget_seconds: int | None = None
    resolution: float | None = None
    test_rows_needed: int | None = None

    @property
    def level(self) -> float:
        """Two-sided error level of the intervals at the last look."""
        return self.looks[-1].level if self.looks else 0.05


@dataclass(frozen=True)
class Gain:
    """Expected gain of the linear model's deciding metric from further training rows.

    Attributes:
        kind: ``rows``: rows drawn like the present ones; ``rows_per_class``: equally many rows for each class;
            ``reviewed``: the most suspicious labels, corrected where they are wrong.
        rows: total number of added, or of reviewed, rows.
        interval: 95% interval of the gain.
        cost: `rows` times the price per label; None if no price was given.
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
        seeds: those completed for both sides.
        complete: whether all seeds were completed.
        before, after, difference: scores of the models trained on each side and their difference, by metric.
        p_value: of the deciding metric, as are verdict and outcome.
        method: the statistical method.
        verdict: one English sentence.
        learned: whether either side did better than a trivial baseline.
        mcnemar_p_value: exact test on the majority votes of the seeds.
        effect_size_h: Cohen's h of the accuracies.
        calibration_error: expected calibration error of each side.
        thresholds: for multi-label data, the probability above which a label is predicted, by seed.
        undisputed: the comparison on test rows whose label is not questioned.
        groups: by column and value, the comparison on the test rows with that value.
        group_gaps: by column, the largest gap between two groups.
        ensemble: the comparison for the averaged predictions of all seeds.
        baseline: the comparison for a linear model on the same rows.
        budget: training parameters, equal for both sides.
        ablation: the comparison of the steps of the preparation, with the same training.
        linear_ablation: the comparison of the steps with the linear model.
        gains: expected gains from further rows.
        seed_design: how the number of seeds was determined; None in files of earlier versions.
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
        """Two-sided error level of the intervals on all test rows."""
        return 0.05 if self.seed_design is None else self.seed_design.level

    @property
    def comparison(self) -> Comparison:
        """The main comparison, on all test rows."""
        return Comparison(self.before, self.after, self.difference)

    def to_json(self) -> dict[str, object]:
        """The content of ``benchmark/results.json`` as plain data; equal runs give equal bytes."""
        return plain(self)

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> BenchmarkResult:
        """The inverse of `to_json`; missing keys become None, unknown keys are ignored.

        Raises:
            ValueError: the data is not a benchmark result.
        """
        return parse(cls, data)
