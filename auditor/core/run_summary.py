"""What a run did besides the audit, as plain data: plan, prepared data set, benchmark, facts from the manifest.

The report package does not import the packages that prepare data or train models; the pipeline passes it these types.
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
    """Number of rows on which one policy rule acts."""

    rule: str
    action: str
    """One of `auditor.rules.ACTIONS`."""
    rows: int
    codes: tuple[str, ...] = ()
    """Finding codes, or prefixes of codes, of the rule."""


@dataclass(frozen=True)
class ClassCount:
    """Number of rows of one class in one part, before and after the preparation."""

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
    """The prepared data set: row counts, classes and files."""

    accounts: Accounts
    classes: tuple[ClassCount, ...] = ()
    files: tuple[OutputFile, ...] = ()


def _with_accounts(prepared: Mapping[str, object]) -> Mapping[str, object]:
    """Plain data of `Prepared`, converted from versions that named the counts without ``rows_``."""
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
    """The effect of applying one remedy alone, measured by grading the planned rows again."""

    metric: str
    accounts: Mapping[str, int]
    """Rows removed, masked, changed, relabelled, weighted, added, and sent to review; zero if missing."""
    before: Mapping[str, str | None]
    """Letters before, by dimension, of the dimensions that were graded again."""
    after: Mapping[str, str | None]
    value: float | None = None
    """Value of the metric afterwards."""
    avoided: Mapping[str, str | None] = field(default_factory=dict)
    """Letters that the usual remedy would give, if it was passed over because another grade would become worse."""

    @property
    def rows(self) -> int:
        """Number of rows affected."""
        return max(self.accounts.values(), default=0)


@dataclass(frozen=True)
class Fates:
    """What the plan does to rows with findings, as far as a report may state it."""

    entities: Mapping[str, Mapping[str, int]]
    """Rows by entity type and fate: ``masked``, ``dropped``, ``left`` (not or only partly masked)."""
    rows: Mapping[str, str]
    """By ``row_id``: the plan's action on each row shown in the report."""
    masked: Mapping[str, tuple[str, ...]]
    """By ``row_id``: entity types masked in the row."""
    steps: Mapping[str, tuple[str, ...]]
    """By ``row_id``: text transforms that changed the row."""


@dataclass(frozen=True)
class After:
    """The audit of the written data set."""

    grades: Mapping[str, str | None]
    """Letters by dimension, and ``overall``."""
    metrics: tuple[Metric, ...]
    """The graded metrics of the whole data set."""


@dataclass(frozen=True)
class RunSummary:
    """The optional parts of a report. What is None or empty is omitted, not shown as zero."""

    plan: tuple[PlanLine, ...] = ()
    prepared: Prepared | None = None
    benchmark: BenchmarkResult | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    """From the manifest, such as ``as_of``, ``seed`` and ``command``; only facts that are equal in equal runs."""
    effects: tuple[Effect, ...] = ()
    """Remedies in the order in which they are offered; `auditor fix RUN N` applies the N-th."""
    folder: str = ""
    """The run folder relative to where the run was started, for the suggested commands."""
    after: After | None = None
    fates: Fates | None = None
    """None if nothing was planned."""
    resume: str = ""
    """The command that resumes the run, if it was interrupted."""
    profile: tuple[Portion, ...] = ()
    """Time and memory used before the report, if requested; it differs between equal runs."""

    def to_json(self) -> dict[str, object]:
        """The content of ``summary.json``: without the folder, which its reader knows."""
        return {name: value for name, value in asdict(self).items() if name != "folder"}

    @classmethod
    def from_json(cls, data: Mapping[str, object], folder: str) -> RunSummary:
        """The inverse of `to_json`, also for files of earlier versions.

        Raises:
            KeyError, TypeError, ValueError: the data is not a run summary.
        """
        prepared = data["prepared"]
        given = {**data, "prepared": _with_accounts(prepared) if isinstance(prepared, Mapping) else prepared}
        return replace(parse(cls, given), folder=folder)
