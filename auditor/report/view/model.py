"""The view model: masked, display-ready data in the reader's language, without markup."""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.report.view.charts import Chart

Pieces = tuple[tuple[str, str], ...]
"""Pieces (kind, text) of a masked excerpt; kinds as in `auditor.core.audit.Excerpt`."""


@dataclass(frozen=True)
class Fact:
    """A name and its value; `is_name`: the value is a name or code, not a word in the reader's language."""

    name: str
    value: str
    is_name: bool = False
    leads_to: str = ""
    """``row`` or ``cluster`` if the value is the id of one whose findings can be shown; otherwise empty."""


@dataclass(frozen=True)
class Grade:
    """A letter with its status as key and as word; `letter` is ``–`` without a grade."""

    letter: str
    status: str
    """``pass``, ``warn``, ``fail``, ``info``, ``skipped`` or ``failed``."""
    word: str


@dataclass(frozen=True)
class Tile:
    """One dimension on the first screen."""

    key: str
    name: str
    grade: Grade
    number: str
    words: str
    """The meaning of the number, or why there is none."""
    after: Grade | None = None
    """The grade of the data set that was written; None if there is none."""
    after_number: str = ""
    """The number for the data set that was written."""


@dataclass(frozen=True)
class Action:
    """One offered action, with its effect."""

    title: str
    status: str
    dimension: str
    dimension_key: str
    rows: str
    effect: str
    command: str


@dataclass(frozen=True)
class Metric:
    """A metric with its grade bounds."""

    name: str
    label: str
    is_known: bool
    """False if the label is only the metric's name."""
    value: str
    interval: str
    grade: Grade | None
    bounds: tuple[str, ...] = ()
    """Upper bounds of A, B, C and D; empty if the metric is not graded."""


@dataclass(frozen=True)
class SliceRow:
    """One slice (class, period, entity type) of a metric."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class SliceTable:
    """Metrics with values for slices."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[SliceRow, ...]


@dataclass(frozen=True)
class Code:
    """One finding code with its count and advice."""

    code: str
    title: str
    status: str
    word: str
    rows: str
    findings: str
    why: str
    how: str
    """Empty if there is none in the reader's language."""
    fix: str
    example: str
    named: Fact | None
    """Classes and slices in findings about the whole corpus."""
    page: str = ""
    """Address of the page about the code; empty if unknown."""
    file: str = ""
    line: int = 0
    """File (relative to the repository) and line of its first row; empty and 0 if unknown."""


@dataclass(frozen=True)
class Example:
    """One row with its masked excerpt."""

    row: str
    row_id: int
    """-1 if the finding is about the whole corpus."""
    code: str
    title: str
    detail: tuple[Fact, ...]
    pieces: Pieces


@dataclass(frozen=True)
class Pair:
    """A duplicate and the row that it repeats."""

    row: str
    other: str
    code: str
    title: str
    similarity: str
    left: Pieces
    right: Pieces
    labels: tuple[str, str]
    """Labels of both rows; empty if unknown."""
    why: str = ""
    """Why the other row is kept."""


@dataclass(frozen=True)
class Dimension:
    """The page of a dimension."""

    key: str
    name: str
    question: str
    grade: Grade
    reason: str
    """Why the check was skipped or failed; empty if it was completed."""
    metrics: tuple[Metric, ...] = ()
    slices: tuple[SliceTable, ...] = ()
    codes: tuple[Code, ...] = ()
    charts: tuple[Chart, ...] = ()
    examples: tuple[Example, ...] = ()
    pairs: tuple[Pair, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Clause:
    """One clause of a law: findings, and what was done about them."""

    id: str
    title: str
    status: str
    word: str
    """The outcome in words: found, possible, not found, not looked for, covered by no rule."""
    found: tuple[Fact, ...]
    """Rows by entity type, or the estimated share if a sample was searched."""
    remarks: tuple[str, ...]
    done: str
    """What was done about the findings; empty if no data set was prepared."""


@dataclass(frozen=True)
class Law:
    """The page of a law."""

    key: str
    name: str
    source: str
    counts: tuple[Fact, ...]
    """Number of clauses by outcome."""
    clauses: tuple[Clause, ...]
    gaps: tuple[Fact, ...]
    """Clauses that no rule covers or that were not searched for, and that must be checked by other means."""
    scope: tuple[str, ...]
    """Sentences about the scope of the search."""
    is_prepared: bool


@dataclass(frozen=True)
class FindingRow:
    """One line of the findings table: all findings of one code about one row."""

    row: str
    row_id: int
    code: str
    title: str
    status: str
    word: str
    confidence: str
    confidence_value: float
    """Rounded like `confidence`; -1 if the check gives none."""
    detail: tuple[Fact, ...]
    pieces: Pieces
    """Never empty: if no text can be shown, one piece of kind ``why`` gives the reason."""


@dataclass(frozen=True)
class Findings:
    """The findings by row, or a sample that covers all codes if there are many."""

    rows: tuple[FindingRow, ...]
    codes: tuple[Fact, ...]
    """Codes in the table, with their titles."""
    caption: str
    is_part: bool
    """Whether only a part is shown."""


@dataclass(frozen=True)
class PlanRow:
    """The effect of one policy rule."""

    rule: str
    title: str
    """Title of a built-in rule in the reader's language; empty for a rule of a custom policy."""
    action: str
    action_word: str
    rows: str
    codes: str


@dataclass(frozen=True)
class Account:
    """The accounts of rows in and out."""

    rows_in: str
    rows_in_sum: str
    rows_out: str
    rows_out_sum: str
    flow_in: Chart
    flow_out: Chart
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class ClassRow:
    """Number of rows of one class before and after the preparation."""

    label: str
    before: str
    after: str
    change: str


@dataclass(frozen=True)
class ClassTable:
    """Class counts of one part."""

    part: str
    rows: tuple[ClassRow, ...]


@dataclass(frozen=True)
class Changes:
    """Plan and prepared data set."""

    plan: tuple[PlanRow, ...]
    account: Account | None
    classes: tuple[ClassTable, ...]
    files: tuple[Fact, ...]


@dataclass(frozen=True)
class Comparison:
    """One metric before and after."""

    name: str
    before: str
    after: str
    difference: str
    interval: str
    outcome: str
    """``better``, ``worse`` or ``same``."""
    sentence: str
    chart: Chart
    seeds: tuple[tuple[str, str, str], ...]
    """(seed, before, after)."""


@dataclass(frozen=True)
class ClassScore:
    """One class in the benchmark."""

    label: str
    test_rows: str
    train_rows: str
    before: str
    after: str


@dataclass(frozen=True)
class Benchmark:
    """Fine-tuning before and after."""

    outcome: str
    is_complete: bool
    verdict: str
    advice: str
    comparisons: tuple[Comparison, ...]
    interval_chart: Chart | None
    others: tuple[Fact, ...]
    """Results of the comparison for the baseline, undisputed rows and noise."""
    steps: tuple[tuple[str, str, str, str], ...]
    """(step, train rows, score, change) after each step of the preparation."""
    steps_title: str
    steps_metric: str
    classes: tuple[ClassScore, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class GradeStep:
    """One line of the calculation of grades."""

    dimension: str
    metric: str
    value: str
    letter: str
    is_deciding: bool


@dataclass(frozen=True)
class ProfileLine:
    """Time and memory of a stage, or of one kind of task within it."""

    name: str
    is_stage: bool
    wall: str
    cpu: str
    peak: str
    processes: str


@dataclass(frozen=True)
class Method:
    """The section about the method."""

    steps: tuple[GradeStep, ...]
    overall: str
    columns: tuple[tuple[str, str, str], ...]
    """(role, column, reason)."""
    rejects: tuple[Fact, ...]
    notices: tuple[str, ...]
    facts: tuple[Fact, ...]
    config: tuple[Fact, ...]
    versions: tuple[Fact, ...]
    profile: tuple[ProfileLine, ...] = ()


@dataclass(frozen=True)
class AuditView:
    """The whole report; `after` is the grade of the data set that was written."""

    lang: str
    name: str
    grade: Grade
    after: Grade | None
    verdict: str
    because: str
    is_incomplete: bool
    resume: str
    """The command that resumes an interrupted run; empty if it was not interrupted."""
    not_run: tuple[str, ...]
    outcomes: tuple[tuple[str, str], ...]
    """(anchor, sentence) about the results of the preparation and the benchmark."""
    facts: tuple[Fact, ...]
    tiles: tuple[Tile, ...]
    more_tiles: tuple[Tile, ...]
    actions: tuple[Action, ...]
    charts: tuple[Chart, ...]
    dimensions: tuple[Dimension, ...]
    laws: tuple[Law, ...]
    findings: Findings
    changes: Changes | None
    benchmark: Benchmark | None
    method: Method = field(repr=False)
