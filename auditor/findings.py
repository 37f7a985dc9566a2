"""What checks find: the findings table, metrics, check results, grades and the audit that holds them.

All of it is data. Findings are ONE Arrow table with a fixed schema and never hold raw text; an audit
round-trips through ``audit.json`` and ``findings.parquet``, and every report is drawn from those two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa

Severity = Literal["info", "warn", "fail"]
Status = Literal["pass", "warn", "fail", "info"]
SEVERITIES: tuple[Severity, ...] = ("info", "warn", "fail")
DIMENSIONS: tuple[str, ...] = ("balance", "duplicates", "labels", "staleness", "privacy", "batch",
                               "quality", "diversity", "bias")  # fmt: skip
"""The five dimensions in report order, then those around them; ``batch`` is there where ``since`` was given."""

FINDINGS_SCHEMA = pa.schema(
    [
        pa.field("code", pa.string(), nullable=False),
        pa.field("row_id", pa.int64()),  # null: the finding concerns the corpus, not a row
        pa.field("column", pa.string()),
        pa.field("start", pa.int32()),  # characters (code points), half open, in the row's text
        pa.field("end", pa.int32()),
        pa.field("score", pa.float32()),  # check's own scale; see `auditor rules CODE`
        pa.field("severity", pa.string(), nullable=False),
        pa.field("confidence", pa.float32()),  # 0 to 1
        pa.field("group", pa.int64()),  # duplicate cluster
        pa.field("ref_row", pa.int64()),  # the other row: the one kept, the leaked one
        pa.field("suggestion", pa.string()),  # suggested label or action
        pa.field("value", pa.string()),  # type, class or number; never raw text
    ]
)


def findings(code: str, severity: Severity, row_id: Sequence[int | None] | np.ndarray, **columns: Any) -> pa.Table:
    """A findings table for one code.

    Args:
        code: finding code, such as ``DUP001``.
        severity: one severity for all rows; pass ``severity_each`` for one a row.
        row_id: one entry a finding.
        columns: further columns of `FINDINGS_SCHEMA`, each a scalar or one value a finding.

    Raises:
        ValueError: an unknown column or a column of the wrong length.
    """
    n = len(row_id)
    severity_each = columns.pop("severity_each", None)
    values: dict[str, Any] = {"code": code, "severity": severity_each or severity, "row_id": row_id, **columns}
    unknown = set(values) - set(FINDINGS_SCHEMA.names)
    if unknown:
        raise ValueError(f"unknown finding columns: {sorted(unknown)}")
    arrays = []
    for schema_field in FINDINGS_SCHEMA:
        value = values.get(schema_field.name)
        if value is None or isinstance(value, (str, int, float)):
            array = pa.array([value] * n, schema_field.type)
        else:
            array = pa.array(value, schema_field.type)
        if len(array) != n:
            raise ValueError(f"column {schema_field.name}: {len(array)} values for {n} findings")
        arrays.append(array)
    return pa.Table.from_arrays(arrays, schema=FINDINGS_SCHEMA)


def no_findings() -> pa.Table:
    """An empty findings table."""
    return FINDINGS_SCHEMA.empty_table()


def merge_findings(tables: Sequence[pa.Table]) -> pa.Table:
    """All findings in one table, ordered by code, row and position, so that equal audits are equal files."""
    table = pa.concat_tables([no_findings(), *tables])
    keys = [(name, "ascending") for name in ("code", "row_id", "start", "end", "value", "column")]
    return table.sort_by(keys).combine_chunks()


@dataclass(frozen=True)
class Metric:
    """One measured number with its judgement."""

    name: str
    """Dotted, such as ``duplicates.rate``."""
    value: float | None
    unit: str
    """``share`` (0 to 1), ``ratio``, ``rows``, ``days``, ``auc`` or ``count``."""
    status: Status = "info"
    threshold: float | None = None
    """The value from which the status is no longer ``pass``; None where nothing is judged."""
    slice: str | None = None
    """Class, period or entity type the number is about; None for the whole corpus."""
    low: float | None = None
    high: float | None = None
    """A 95 % interval where the number is an estimate; `high` alone: an upper bound."""
    bounds: tuple[float, float, float, float] | None = None
    """Bounds of the grades A to D where the setting ``thresholds`` takes the place of the shipped ones."""


@dataclass(frozen=True)
class Figure:
    """Chart data, free of any markup."""

    kind: Literal["bar", "histogram", "line", "heatmap", "table"]
    title: str
    """Message key, such as ``figure.rows_per_class``."""
    labels: tuple[str, ...] = ()
    values: tuple[float, ...] = ()
    series: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """For ``line``, ``heatmap`` and ``table``: one row of values a name, along `labels`."""
    total: float | None = None
    """What the values of a bar figure are shares of, those of entries left out included; None: no share is shown."""
    omitted: int = 0
    """Entries left out: of bars, in the middle; of a heat map, columns (``omitted.<title>`` says which)."""


@dataclass(frozen=True)
class Coverage:
    """What a privacy check looked at, and what it did not."""

    rows: int
    """Readable rows: patterns are looked for in all of them."""
    columns: tuple[str, ...]
    """Columns in which patterns were looked for, the text first."""
    columns_left: tuple[str, ...] = ()
    """Columns that hold strings or integers and were not looked at."""
    tagged_rows: int = 0
    """Rows in which a name tagger looked; fewer than `rows`: a random sample."""
    tagger: str | None = None
    """The name tagger; None: names were not looked for."""
    tagger_missing: str | None = None
    """The setting of a tagger that was asked for and could not be had."""
    tagged_entities: tuple[str, ...] = ()
    """Entity types that the tagger gives: known in the tagged rows only."""

    @property
    def is_sampled(self) -> bool:
        """Whether names were looked for in some of the rows only."""
        return 0 < self.tagged_rows < self.rows


@dataclass(frozen=True)
class Completed:
    """The check ran over everything it set out to look at."""

    metrics: tuple[Metric, ...]
    findings: pa.Table
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()
    """Message keys with arguments after ``|``: what a reader must know to judge the numbers."""
    per_row: Mapping[str, pa.Array] = field(default_factory=dict)
    """Columns for ``rows.parquet``, one value a readable row."""
    coverage: Coverage | None = None
    """What was looked at; of checks for which that may be less than everything."""


@dataclass(frozen=True)
class Skipped:
    """The check had nothing to work on. Not a clean bill."""

    reason: str


@dataclass(frozen=True)
class Failed:
    """The check set out and did not arrive. Never a clean bill; the run exits with code 5."""

    reason: str


CheckResult = Completed | Skipped | Failed


@dataclass(frozen=True)
class Grade:
    """A letter with the rule that gave it."""

    letter: str | None
    """A, B, C, D or F; None where the dimension was not judged."""
    because: str
    """Name of the metric that decided, or why there is none."""


@dataclass(frozen=True)
class RoleOffer:
    """A column that by its content could have a role that no column has."""

    role: str
    column: str
    values: int = 0
    """Different values, for a label."""


@dataclass(frozen=True)
class CorpusProfile:
    """What was read. `rows_read` = rows in the input = readable rows + `rows_rejected`."""

    name: str
    files: tuple[str, ...]
    """File names without folders."""
    rows_read: int
    rows_rejected: int
    columns: tuple[str, ...]
    roles: Mapping[str, str]
    role_reasons: Mapping[str, str]
    language: str
    """``en``, ``zh`` or ``other``."""
    characters: int
    digest: str
    reject_reasons: Mapping[str, int] = field(default_factory=dict)
    offers: tuple[RoleOffer, ...] = ()
    """Columns that could have a role; they were not used."""


@dataclass(frozen=True)
class Excerpt:
    """A masked piece of a row's text, safe to show."""

    row_id: int
    code: str
    parts: tuple[tuple[str, str], ...]
    """(kind, text) pieces in order; kind is ``text``, ``mask``, ``mark`` (the match), ``cut``, ``label`` (the row's
    label, no part of its text) or ``same`` (the text equals that of the excerpt before it)."""


@dataclass(frozen=True)
class Audit:
    """Everything an audit says. Reports, gates and diffs are computed from it alone."""

    corpus: CorpusProfile
    results: Mapping[str, CheckResult]
    """By dimension, in the order of `DIMENSIONS`."""
    grades: Mapping[str, Grade]
    """By dimension, and ``overall``."""
    config: Mapping[str, Any]
    versions: Mapping[str, str]
    excerpts: tuple[Excerpt, ...] = ()

    def findings(self) -> pa.Table:
        """All findings of all completed checks."""
        return merge_findings([r.findings for r in self.results.values() if isinstance(r, Completed)])

    def to_json(self) -> dict[str, Any]:
        """The audit without its findings, as plain JSON data."""
        return {
            "schema": 1,
            "corpus": asdict(self.corpus),
            "checks": {name: _result_json(result) for name, result in self.results.items()},
            "grades": {name: asdict(grade) for name, grade in self.grades.items()},
            "config": dict(self.config),
            "versions": dict(self.versions),
            "excerpts": [asdict(excerpt) for excerpt in self.excerpts],
            "timings": "manifest.json#/timings",
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], all_findings: pa.Table) -> Audit:
        """Rebuild an audit from ``audit.json`` and ``findings.parquet``.

        Raises:
            KeyError, TypeError, ValueError: the data is not an audit of this version.
        """
        if data["schema"] != 1:
            raise ValueError(f"audit schema {data['schema']} is not known; this version reads schema 1")
        codes = all_findings.column("code").to_pylist()
        results = {name: _result_from_json(item, all_findings, codes) for name, item in data["checks"].items()}
        corpus = dict(data["corpus"])
        corpus["files"], corpus["columns"] = tuple(corpus["files"]), tuple(corpus["columns"])
        corpus["offers"] = tuple(RoleOffer(**offer) for offer in corpus.get("offers", ()))
        return cls(
            corpus=CorpusProfile(**corpus),
            results=results,
            grades={name: Grade(**grade) for name, grade in data["grades"].items()},
            config=data["config"],
            versions=data["versions"],
            excerpts=tuple(
                Excerpt(e["row_id"], e["code"], tuple((kind, text) for kind, text in e["parts"]))
                for e in data["excerpts"]
            ),
        )


def _result_json(result: CheckResult) -> dict[str, Any]:
    if isinstance(result, Completed):
        return {
            "status": "completed",
            "metrics": [_metric_json(metric) for metric in result.metrics],
            "figures": [asdict(figure) for figure in result.figures],
            "notes": list(result.notes),
            "codes": sorted(set(result.findings.column("code").to_pylist())),
            "reason": None,
            "coverage": None if result.coverage is None else asdict(result.coverage),
        }
    status = "skipped" if isinstance(result, Skipped) else "failed"
    return {"status": status, "reason": result.reason, "metrics": [], "figures": [], "notes": [], "codes": []}


def _result_from_json(data: Mapping[str, Any], all_findings: pa.Table, codes: list[str]) -> CheckResult:
    if data["status"] == "skipped":
        return Skipped(data["reason"])
    if data["status"] == "failed":
        return Failed(data["reason"])
    wanted = set(data["codes"])
    return Completed(
        metrics=tuple(_metric(metric) for metric in data["metrics"]),
        findings=all_findings.filter(pa.array([code in wanted for code in codes], pa.bool_())),
        figures=tuple(
            Figure(
                f["kind"],
                f["title"],
                tuple(f["labels"]),
                tuple(f["values"]),
                {name: tuple(values) for name, values in f["series"].items()},
                f.get("total"),
                f.get("omitted", 0),
            )
            for f in data["figures"]
        ),
        notes=tuple(data["notes"]),
        coverage=_coverage(data.get("coverage")),
    )


def _metric_json(metric: Metric) -> dict[str, Any]:
    data = asdict(metric)
    if metric.bounds is None:
        del data["bounds"]
    return data


def _metric(data: Mapping[str, Any]) -> Metric:
    metric = Metric(**data)
    return metric if metric.bounds is None else replace(metric, bounds=tuple(metric.bounds))  # type: ignore[arg-type]


def _coverage(data: Mapping[str, Any] | None) -> Coverage | None:
    """The coverage of a result; None where it has none, as in audits of earlier versions."""
    if data is None:
        return None
    lists = {name: tuple(data[name]) for name in ("columns", "columns_left", "tagged_entities")}
    return Coverage(**{**data, **lists})
