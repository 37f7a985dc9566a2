"""What a reader sees: plain, masked, display-ready data in the reader's language. No markup."""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.report.view.charts import Chart

Pieces = tuple[tuple[str, str], ...]
"""(kind, text) pieces of a masked excerpt; kinds as in `auditor.core.audit.Excerpt`."""


@dataclass(frozen=True)
class Fact:
    """A name and its value; `is_name` where the value is a name or code and not a word of the language."""

    name: str
    value: str
    is_name: bool = False
    leads_to: str = ""
    """``row`` or ``cluster`` where the value is the number of one whose findings can be shown; empty otherwise."""


@dataclass(frozen=True)
class Grade:
    """A letter with its meaning; `letter` is ``–`` where nothing was judged."""

    letter: str
    status: str
    """``pass``, ``warn``, ``fail``, ``info``, ``skipped`` or ``failed``."""
    word: str
    """The status as a word."""


@dataclass(frozen=True)
class Tile:
    """One dimension on the first screen."""

    key: str
    name: str
    grade: Grade
    number: str
    words: str
    """What the number says, or why there is none."""
    after: Grade | None = None
    """In the data set that was written; None where none was, or it has no letter."""
    after_number: str = ""
    """The same number there."""


@dataclass(frozen=True)
class Action:
    """One thing to do, with what it would change."""

    title: str
    status: str
    dimension: str
    dimension_key: str
    rows: str
    effect: str
    command: str


@dataclass(frozen=True)
class Metric:
    """One number against its grade bounds."""

    name: str
    label: str
    is_known: bool
    """False where the label is only the metric's name."""
    value: str
    interval: str
    grade: Grade | None
    bounds: tuple[str, ...] = ()
    """Upper bounds of A, B, C and D; empty where the metric is not judged."""


@dataclass(frozen=True)
class SliceRow:
    """One slice (class, period, entity type) of a metric."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class SliceTable:
    """Metrics that are given for slices."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[SliceRow, ...]


@dataclass(frozen=True)
class Code:
    """One kind of finding with its count and advice."""

    code: str
    title: str
    status: str
    word: str
    rows: str
    findings: str
    why: str
    how: str
    """Empty where there is none in the reader's language."""
    fix: str
    example: str
    named: Fact | None
    """Classes and slices that findings on the whole corpus name."""
    page: str = ""
    """Address of the page about the code; empty where it is not known."""
    file: str = ""
    """The file of its first row, as a checkout has it; empty where no row is named."""
    line: int = 0
    """The line of that row, from 1; 0: not known."""


@dataclass(frozen=True)
class Example:
    """One row with its masked excerpt."""

    row: str
    row_id: int
    """-1 where the finding concerns the corpus as a whole."""
    code: str
    title: str
    detail: tuple[Fact, ...]
    pieces: Pieces


@dataclass(frozen=True)
class Pair:
    """A duplicate beside the row it repeats."""

    row: str
    other: str
    code: str
    title: str
    similarity: str
    left: Pieces
    right: Pieces
    labels: tuple[str, str]
    """Of both rows; empty where they are not known."""
    why: str = ""
    """Why the other row is the one kept."""


@dataclass(frozen=True)
class Dimension:
    """One dimension's page."""

    key: str
    name: str
    question: str
    grade: Grade
    reason: str
    """Why the check was skipped or failed; empty where it was completed."""
    metrics: tuple[Metric, ...] = ()
    slices: tuple[SliceTable, ...] = ()
    codes: tuple[Code, ...] = ()
    charts: tuple[Chart, ...] = ()
    examples: tuple[Example, ...] = ()
    pairs: tuple[Pair, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Clause:
    """One clause of a law: what of it was found, and what was done with it."""

    id: str
    title: str
    status: str
    word: str
    """Found, possible, not found, not looked for, covered by no rule."""
    found: tuple[Fact, ...]
    """Rows by kind of personal data, or the estimated share where a sample was searched."""
    remarks: tuple[str, ...]
    done: str
    """What became of it in the data set; empty where none was prepared."""


@dataclass(frozen=True)
class Law:
    """One law's page."""

    key: str
    name: str
    source: str
    counts: tuple[Fact, ...]
    """Clauses by outcome."""
    clauses: tuple[Clause, ...]
    gaps: tuple[Fact, ...]
    """What no rule covers or what was not looked for: whoever signs must look elsewhere."""
    scope: tuple[str, ...]
    """What the search covered, sentence by sentence."""
    is_prepared: bool


@dataclass(frozen=True)
class FindingRow:
    """One line of the findings table: all findings of one code on one row."""

    row: str
    row_id: int
    code: str
    title: str
    status: str
    word: str
    confidence: str
    confidence_value: float
    """Rounded as `confidence` is; -1 where the check gives none."""
    detail: tuple[Fact, ...]
    pieces: Pieces
    """Never empty: where no text can be shown, one piece of kind ``why`` says the reason."""


@dataclass(frozen=True)
class Findings:
    """The findings row by row, a fair sample of them where there are many."""

    rows: tuple[FindingRow, ...]
    codes: tuple[Fact, ...]
    """Codes in the table and their titles."""
    caption: str
    is_part: bool
    """Whether there are more than are shown."""


@dataclass(frozen=True)
class PlanRow:
    """What one policy rule does."""

    rule: str
    title: str
    """Of a shipped rule, in the reader's language; empty for a rule of the user's own policy."""
    action: str
    action_word: str
    rows: str
    codes: str


@dataclass(frozen=True)
class Account:
    """Where every row went."""

    rows_in: str
    rows_in_sum: str
    rows_out: str
    rows_out_sum: str
    flow_in: Chart
    flow_out: Chart
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class ClassRow:
    """Rows of one class before and after preparing."""

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
    """One quality measure before and after."""

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
    """Baseline, undisputed rows, noise: what the same comparison says elsewhere."""
    steps: tuple[tuple[str, str, str, str], ...]
    """(step, train rows, score, change) after each step of the preparation."""
    steps_title: str
    steps_metric: str
    classes: tuple[ClassScore, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class GradeStep:
    """One line of the grade arithmetic."""

    dimension: str
    metric: str
    value: str
    letter: str
    is_deciding: bool


@dataclass(frozen=True)
class ProfileLine:
    """What a stage, or one kind of task within it, took, in words and figures."""

    name: str
    is_stage: bool
    wall: str
    cpu: str
    peak: str
    processes: str


@dataclass(frozen=True)
class Method:
    """How it was done."""

    steps: tuple[GradeStep, ...]
    overall: str
    columns: tuple[tuple[str, str, str], ...]
    """(role, column, reason)."""
    rejects: tuple[Fact, ...]
    notices: tuple[str, ...]
    """What was repaired or decided while reading."""
    facts: tuple[Fact, ...]
    config: tuple[Fact, ...]
    versions: tuple[Fact, ...]
    profile: tuple[ProfileLine, ...] = ()


@dataclass(frozen=True)
class AuditView:
    """The whole report."""

    lang: str
    name: str
    grade: Grade
    after: Grade | None
    """Of the data set that was written."""
    verdict: str
    because: str
    is_incomplete: bool
    resume: str
    """The command that resumes an interrupted run; empty for one that was not."""
    not_run: tuple[str, ...]
    outcomes: tuple[tuple[str, str], ...]
    """(anchor, sentence) on what preparing and the benchmark came to."""
    facts: tuple[Fact, ...]
    tiles: tuple[Tile, ...]
    more_tiles: tuple[Tile, ...]
    """Dimensions around the five."""
    actions: tuple[Action, ...]
    charts: tuple[Chart, ...]
    dimensions: tuple[Dimension, ...]
    laws: tuple[Law, ...]
    findings: Findings
    changes: Changes | None
    benchmark: Benchmark | None
    method: Method = field(repr=False)
