"""An audit: what was read, the results of the checks and the grades.

It round-trips through ``audit.json`` and ``findings.parquet``, and every report is drawn from those two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import pyarrow as pa

from auditor.core.findings import merge_findings
from auditor.core.metrics import Figure, Metric
from auditor.core.results import CheckResult, Completed, Coverage, Failed, Skipped
from auditor.message import Message
from auditor.parse import parse

PUBLISHED = 0.05
"""Share of the rows from which a language is one of the data set's."""
SCHEMA = 2
"""Of ``audit.json``: 2 has messages with their arguments where 1 had sentences."""


@dataclass(frozen=True)
class Grade:
    """A letter with the rule that gave it."""

    letter: str | None
    """A, B, C, D or F; None where the dimension was not judged."""
    because: Message
    """What decided, or why there is none."""
    metric: str | None = None
    """The metric that decided."""
    dimensions: tuple[str, ...] = ()
    """Dimensions that cap the overall grade, or that failed."""


@dataclass(frozen=True)
class RoleOffer:
    """A column that by its content could have a role that no column has."""

    role: str
    column: str
    values: int = 0
    """Different values, for a label."""


@dataclass(frozen=True)
class ReadNotice:
    """Something about the input that was repaired, left aside or decided while it was read."""

    kind: str
    """``notice.<kind>`` of the catalogues says it."""
    count: int = 1
    detail: str = ""
    """A word of the format, such as the name of an encoding; never a value of the data."""


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
    role_reasons: Mapping[str, Message]
    language: str
    """``en``, ``zh`` or ``other``."""
    characters: int
    digest: str
    reject_reasons: Mapping[str, int] = field(default_factory=dict)
    offers: tuple[RoleOffer, ...] = ()
    """Columns that could have a role; they were not used."""
    shape: str = "text"
    """What a row is, by the words of ``corpus.shape``."""
    text_columns: tuple[str, ...] = ()
    """The columns that a row's text is made of, where they are several or nested."""
    json_columns: tuple[str, ...] = ()
    """Those of them that hold JSON in text."""
    text_keys: tuple[str, ...] = ()
    """The key of each that holds its texts, where one was named."""
    class_names: Mapping[str, str] = field(default_factory=dict)
    """Name of each class by its code in the label column, where the files say what their codes mean."""
    label_columns: tuple[str, ...] = ()
    """0/1 columns that are the labels together."""
    annotator_columns: tuple[str, ...] = ()
    """Columns of labels, one per annotator, or one of all."""
    notices: tuple[ReadNotice, ...] = ()
    """What was repaired or decided to read it."""
    languages: Mapping[str, float] = field(default_factory=dict)
    """Share of each language (ISO 639-1) among the rows that have one, the largest first; empty in older audits."""

    paths: tuple[str, ...] = ()
    """The same files as seen from the folder that the run was started in; one outside of it by its name alone."""
    content: str = ""
    """How the hashes of rows were made; rows of two audits can be compared where it is the same. Empty: none were."""

    @property
    def published_languages(self) -> tuple[str, ...]:
        """The languages that a card names: of at least a twentieth of the rows each."""
        return tuple(code for code, share in self.languages.items() if share >= PUBLISHED)


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
    """By dimension, in the order of `auditor.rules.dimensions`."""
    grades: Mapping[str, Grade]
    """By dimension, and ``overall``."""
    config: Mapping[str, object]
    versions: Mapping[str, str]
    excerpts: tuple[Excerpt, ...] = ()

    def findings(self) -> pa.Table:
        """All findings of all completed checks."""
        return merge_findings([r.findings for r in self.results.values() if isinstance(r, Completed)])

    def to_json(self) -> dict[str, object]:
        """The audit without its findings, as plain JSON data."""
        return {
            "schema": SCHEMA,
            "corpus": asdict(self.corpus),
            "checks": {name: _result_json(result) for name, result in self.results.items()},
            "grades": {name: asdict(grade) for name, grade in self.grades.items()},
            "config": dict(self.config),
            "versions": dict(self.versions),
            "excerpts": [asdict(excerpt) for excerpt in self.excerpts],
            "timings": "manifest.json#/timings",
        }

    @classmethod
    def from_json(cls, data: Mapping[str, object], all_findings: pa.Table) -> Audit:
        """Rebuild an audit from ``audit.json`` and ``findings.parquet``.

        Raises:
            KeyError, TypeError, ValueError: the data is not an audit of this version.
        """
        if data["schema"] not in (1, SCHEMA):
            raise ValueError(f"audit schema {data['schema']} is not known; this version reads schemas 1 and {SCHEMA}")
        codes = all_findings.column("code").to_pylist()
        checks = parse(dict[str, dict[str, object]], data["checks"])
        return cls(
            corpus=parse(CorpusProfile, data["corpus"]),
            results={name: _result_from_json(item, all_findings, codes) for name, item in checks.items()},
            grades=parse(dict[str, Grade], data["grades"]),
            config=parse(dict[str, object], data["config"]),
            versions=parse(dict[str, str], data["versions"]),
            excerpts=parse(tuple[Excerpt, ...], data["excerpts"]),
        )


def _result_json(result: CheckResult) -> dict[str, object]:
    if isinstance(result, Completed):
        return {
            "status": "completed",
            "metrics": [_metric_json(metric) for metric in result.metrics],
            "figures": [asdict(figure) for figure in result.figures],
            "notes": [note.to_json() for note in result.notes],
            "codes": sorted(set(result.findings.column("code").to_pylist())),
            "reason": None,
            "coverage": None if result.coverage is None else asdict(result.coverage),
        }
    status = "skipped" if isinstance(result, Skipped) else "failed"
    return {"status": status, "reason": result.reason.to_json(), "metrics": [], "figures": [], "notes": [], "codes": []}


def _result_from_json(data: Mapping[str, object], all_findings: pa.Table, codes: list[str]) -> CheckResult:
    if data["status"] == "skipped":
        return Skipped(Message.from_json(data["reason"]))
    if data["status"] == "failed":
        return Failed(Message.from_json(data["reason"]))
    wanted = parse(set[str], data["codes"])
    return Completed(
        metrics=parse(tuple[Metric, ...], data["metrics"]),
        findings=all_findings.filter(pa.array([code in wanted for code in codes], pa.bool_())),
        figures=parse(tuple[Figure, ...], data["figures"]),
        notes=parse(tuple[Message, ...], data["notes"]),
        coverage=None if data.get("coverage") is None else parse(Coverage, data["coverage"]),
    )


def _metric_json(metric: Metric) -> dict[str, object]:
    data = asdict(metric)
    if metric.bounds is None:
        del data["bounds"]
    return data
