"""An audit: the profile of the corpus, the results of the checks and the grades.

It is stored in ``audit.json`` and ``findings.parquet``, from which every report can be rendered again.
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

PUBLISHED_SHARE = 0.05
"""Smallest share of the rows with which a language is listed as a language of the data set."""
SCHEMA = 2
"""Schema version of ``audit.json``. Version 2 stores messages as keys with arguments, version 1 stored sentences."""


@dataclass(frozen=True)
class Grade:
    """The grade of a dimension and its reason."""

    letter: str | None
    """A, B, C, D or F; None if the dimension was not graded."""
    because: Message
    """What determined the letter, or why there is none."""
    metric: str | None = None
    """The metric that determined the letter."""
    dimensions: tuple[str, ...] = ()
    """For the overall grade: the dimensions that cap it, or whose checks failed."""


@dataclass(frozen=True)
class RoleOffer:
    """A column whose content fits a role that no column has been given."""

    role: str
    column: str
    values: int = 0
    """Number of distinct values, for a label."""


@dataclass(frozen=True)
class ReadNotice:
    """Something that was repaired, ignored or decided while the input was read."""

    kind: str
    """The text is ``notice.<kind>`` in the message catalogues."""
    count: int = 1
    detail: str = ""
    """A term of the file format, such as the name of an encoding; never a value of the data."""


@dataclass(frozen=True)
class CorpusProfile:
    """Facts about the corpus. `rows_read` counts all rows of the input: readable rows plus `rows_rejected`."""

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
    """Columns that could have a role but were not used."""
    shape: str = "text"
    """The structure of a row: a value of the setting ``corpus.shape``."""
    text_columns: tuple[str, ...] = ()
    """The columns that make up a row's text, if there are several or if they are nested."""
    json_columns: tuple[str, ...] = ()
    """The text columns that contain JSON as text."""
    text_keys: tuple[str, ...] = ()
    """For each text column, the key whose values are its texts, if one was specified."""
    class_names: Mapping[str, str] = field(default_factory=dict)
    """Class name by code in the label column, if the files define the codes."""
    label_columns: tuple[str, ...] = ()
    """0/1 columns that together are the labels (multi-label data)."""
    annotator_columns: tuple[str, ...] = ()
    """Label columns, one per annotator, or one nested column for all annotators."""
    notices: tuple[ReadNotice, ...] = ()
    """What was repaired or decided while reading."""
    languages: Mapping[str, float] = field(default_factory=dict)
    """Share of each language (ISO 639-1) among the rows with a detected language, largest first; empty in older
    audits."""

    paths: tuple[str, ...] = ()
    """The same files as seen from the folder that the run was started in; one outside of it by its name alone."""
    content: str = ""
    """How the hashes of rows were made; rows of two audits can be compared where it is the same. Empty: none were."""

    @property
    def published_languages(self) -> tuple[str, ...]:
        """The languages listed in a data card: those of at least 5% of the rows."""
        return tuple(code for code, share in self.languages.items() if share >= PUBLISHED_SHARE)


@dataclass(frozen=True)
class Excerpt:
    """A masked excerpt of a row's text, safe to display."""

    row_id: int
    code: str
    parts: tuple[tuple[str, str], ...]
    """(kind, text) pieces in order. Kinds: ``text``, ``mask``, ``mark`` (the match), ``cut`` (an omission), ``label``
    (the row's label, not part of its text) and ``same`` (the text equals that of the previous excerpt)."""


@dataclass(frozen=True)
class Audit:
    """The complete outcome of an audit; reports, gates and diffs are computed from it alone."""

    corpus: CorpusProfile
    results: Mapping[str, CheckResult]
    """By dimension, in the order of `auditor.rules.dimensions`."""
    grades: Mapping[str, Grade]
    """By dimension, and ``overall``."""
    config: Mapping[str, object]
    versions: Mapping[str, str]
    excerpts: tuple[Excerpt, ...] = ()

    def findings(self) -> pa.Table:
        """The findings of all completed checks, as one table."""
        return merge_findings([r.findings for r in self.results.values() if isinstance(r, Completed)])

    def to_json(self) -> dict[str, object]:
        """The audit without its findings, as plain data for ``audit.json``."""
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
            KeyError, TypeError, ValueError: the data is not an audit in a supported schema.
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
