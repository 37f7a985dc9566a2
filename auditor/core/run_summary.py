"""What a run did beyond the audit, as plain data: plan, prepared data set, benchmark, facts of the manifest.

The report knows neither the packages that prepare data nor those that train; the pipeline fills these in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from auditor.core.accounts import Accounts
from auditor.core.benchmark_result import BenchmarkResult
from auditor.core.clock import Portion
from auditor.core.metrics import Metric
from auditor.parse import parse


@dataclass(frozen=True)
class PlanLine:
    """Rows one policy rule acts on."""

    rule: str
    action: str
    """One of `auditor.rules.ACTIONS`."""
    rows: int
    codes: tuple[str, ...] = ()
    """Finding codes, or prefixes, the rule acts on."""


@dataclass(frozen=True)
class ClassCount:
    """Rows of one class in one part, before and after preparing."""

    part: str
    """``train``, ``validation`` or ``test``."""
    label: str
    before: int
    after: int


@dataclass(frozen=True)
class OutputFile:
    """One file of the prepared data set."""

    name: str
    """Path inside the run folder."""
    rows: int


@dataclass(frozen=True)
class Prepared:
    """The prepared data set: its accounts, its classes and its files."""

    accounts: Accounts
    classes: tuple[ClassCount, ...] = ()
    files: tuple[OutputFile, ...] = ()


def _with_accounts(prepared: Mapping[str, object]) -> Mapping[str, object]:
    """`Prepared` as plain data, that of a version that named the counts without ``rows_`` included."""
    if "accounts" in prepared:
        return prepared
    names = ("kept", "removed", "rejected", "added", "changed", "masked")
    counts = {name: parse(int, prepared[name]) for name in names}
    accounts = {
        **{f"rows_{name}": count for name, count in counts.items()},
        "rows_in": sum(counts[name] for name in ("kept", "removed", "rejected")),
        "rows_out": counts["kept"] + counts["added"],
        "masked_places": prepared.get("masked_places", {}),
    }
    return {**prepared, "accounts": accounts}


@dataclass(frozen=True)
class Effect:
    """What carrying out one remedy, and nothing else, would do; measured by grading the planned rows again."""

    metric: str
    accounts: Mapping[str, int]
    """Rows removed, masked, changed, relabelled, weighted, added, and sent to review; zero where left out."""
    before: Mapping[str, str | None]
    """Letters by dimension, of those that were graded again."""
    after: Mapping[str, str | None]
    value: float | None = None
    """Of the metric afterwards."""
    avoided: Mapping[str, str | None] = field(default_factory=dict)
    """Letters that the usual remedy would have led to, where it was passed over because another letter would fall."""

    @property
    def rows(self) -> int:
        """Rows it does something to."""
        return max(self.accounts.values(), default=0)


@dataclass(frozen=True)
class Fates:
    """What the plan does to rows with findings: what a report may say was done, and nothing else."""

    entities: Mapping[str, Mapping[str, int]]
    """Rows by entity type: ``masked``, ``dropped``, ``left`` (as they were, or in part)."""
    rows: Mapping[str, str]
    """The plan's action on each row that the report shows, by ``row_id``."""
    masked: Mapping[str, tuple[str, ...]]
    """Entity types masked in each of these rows."""
    steps: Mapping[str, tuple[str, ...]]
    """Text steps that changed each of these rows."""


@dataclass(frozen=True)
class After:
    """The audit of the data set that was written."""

    grades: Mapping[str, str | None]
    """Letters by dimension, and ``overall``."""
    metrics: tuple[Metric, ...]
    """The judged ones, of the whole data set."""


@dataclass(frozen=True)
class RunSummary:
    """The optional parts of a report. What is None or empty is left out of the report, not shown as zero."""

    plan: tuple[PlanLine, ...] = ()
    prepared: Prepared | None = None
    benchmark: BenchmarkResult | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    """From the manifest, such as ``as_of``, ``seed`` and ``command``; nothing that differs between equal runs."""
    effects: tuple[Effect, ...] = ()
    """Remedies in the order in which they are offered; `auditor fix RUN N` carries out the N-th."""
    folder: str = ""
    """The run folder as seen from where the run was started, for the commands that are offered."""
    after: After | None = None
    fates: Fates | None = None
    """None where nothing was planned."""
    resume: str = ""
    """The command that resumes the run, where it was interrupted."""
    profile: tuple[Portion, ...] = ()
    """Where time and memory went until the report, where that was asked for: it differs between equal runs."""

    def to_json(self) -> dict[str, object]:
        """As ``summary.json`` holds it: without the folder, which whoever reads it knows."""
        return {name: value for name, value in asdict(self).items() if name != "folder"}

    @classmethod
    def from_json(cls, data: Mapping[str, object], folder: str) -> RunSummary:
        """Rebuild it from ``summary.json``, also of earlier versions.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        prepared = data["prepared"]
        given = {**data, "prepared": _with_accounts(prepared) if isinstance(prepared, Mapping) else prepared}
        return replace(parse(cls, given), folder=folder)
