"""Relate findings of personal data to laws and standards.

The table is ``rules/compliance.yaml``. The outcomes are *found*, *estimated*, *possible*, *not found*, *not looked for*
and *covered by no rule*; no report states that data complies with a law. *Found* requires strong evidence: a checksum,
a known format or context. Name taggers err too often to assert individual names, so names are *estimated*. *Possible*
are values that merely match a format, and other entities marked by a tagger, such as places and nationalities.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

from auditor.core.actions import ACTIONS
from auditor.core.metrics import Metric
from auditor.core.results import CheckResult, Completed, Coverage
from auditor.errors import InputError, nearest
from auditor.parse import parse
from auditor.pii.entities import entities
from auditor.resources import resource_dir
from auditor.rules import read_yaml

Outcome = Literal["found", "estimated", "possible", "not found", "not looked for", "covered by no rule"]


@dataclass(frozen=True)
class Clause:
    """One clause of a regime."""

    id: str
    title: Mapping[str, str]
    """By report language."""
    entities: tuple[str, ...]
    """Entity types that belong to the clause; empty: covered by no rule."""
    action: str
    """The default action, one of `ACTIONS`."""


@dataclass(frozen=True)
class Regime:
    """One law or standard."""

    name: str
    title: Mapping[str, str]
    source: Mapping[str, str]
    """By report language."""
    clauses: tuple[Clause, ...]
    version: str
    """Version of the table."""


@dataclass(frozen=True)
class ClauseResult:
    """The outcome of an audit for one clause."""

    clause: Clause
    outcome: Outcome
    rows: Mapping[str, int]
    """Rows with strong evidence, by entity type."""
    estimated: Mapping[str, int] = field(default_factory=dict)
    """Rows in which a tagger found a name, by entity type; counted in the tagged rows for types in `sampled`."""
    possible: Mapping[str, int] = field(default_factory=dict)
    """Further rows with weak evidence, by entity type."""
    missed: tuple[str, ...] = ()
    """Entity types of the clause that were not searched for."""
    sampled: tuple[str, ...] = ()
    """Entity types of the clause that were searched for only in a sample of the rows."""
    shares: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    """Estimated share of all rows with its 95% interval, by entity type in `sampled`."""
    columns_left: tuple[str, ...] = ()
    """Columns that were not searched."""


@dataclass(frozen=True)
class RegimeResult:
    """The outcomes of an audit for one regime, by clause, in the order of the table."""

    regime: Regime
    clauses: tuple[ClauseResult, ...]

    def having(self, outcome: Outcome) -> tuple[ClauseResult, ...]:
        """The clauses with this outcome."""
        return tuple(item for item in self.clauses if item.outcome == outcome)


@lru_cache(maxsize=8)
def load_compliance(path: Path | None = None) -> tuple[Regime, ...]:
    """Read the regimes, by default from ``rules/compliance.yaml``.

    Raises:
        InputError: the file is malformed, or has an unknown entity type or action.

    """
    path = path or resource_dir("rules") / "compliance.yaml"
    known = set(entities())
    try:
        table = parse(dict[str, object], read_yaml(path))
        items = parse(dict[str, dict[str, object]], table["regimes"])
        regimes = tuple(
            parse(Regime, {**item, "name": name, "version": table["version"]}) for name, item in items.items()
        )
    except (KeyError, ValueError):
        raise InputError(
            "The compliance table is malformed.", where=str(path), fix="Follow the format of the default table."
        ) from None
    for clause in (clause for regime in regimes for clause in regime.clauses):
        wrong = next((name for name in clause.entities if name not in known), None)
        if wrong is not None or clause.action not in ACTIONS:
            raise InputError(
                "The compliance table names an unknown entity type or action.",
                where=f"{path}: clause {clause.id}",
                fix=nearest(wrong, known) if wrong is not None else nearest(clause.action, ACTIONS),
            )
    return regimes


def assess(privacy: CheckResult | None, regimes: tuple[Regime, ...] | None = None) -> tuple[RegimeResult, ...]:
    """Evaluate the result of the privacy check for each regime.

    Args:
        privacy: the result of the privacy check; if it is not `Completed`, nothing was searched for.
        regimes: None: the default table.

    """
    search = _Search.of(privacy) if isinstance(privacy, Completed) else None
    return tuple(
        RegimeResult(regime, tuple(_result(clause, search) for clause in regime.clauses))
        for regime in (regimes if regimes is not None else load_compliance())
    )


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    """The entity types of names of persons."""
    return frozenset(name for name, item in entities().items() if item.kind == "name")


@dataclass(frozen=True)
class _Search:
    """What was searched for, and the rows found by entity type."""

    coverage: Coverage
    strong: Mapping[str, int]
    rows: Mapping[str, int]
    shares: Mapping[str, tuple[float, float, float]]

    @classmethod
    def of(cls, privacy: Completed) -> _Search:
        """The search of a privacy check. Results of earlier versions have no coverage and count as not searched."""
        by_name: dict[str, dict[str, Metric]] = {}
        for metric in privacy.metrics:
            if metric.slice is not None and metric.value:
                by_name.setdefault(metric.name, {})[metric.slice] = metric
        rows, strong = (
            {name: int(metric.value or 0) for name, metric in by_name.get(f"privacy.{key}", {}).items()}
            for key in ("entity_rows", "entity_strong_rows")
        )
        shares = {
            name: (metric.value or 0.0, metric.low, metric.high)
            for name, metric in by_name.get("privacy.entity", {}).items()
            if metric.low is not None and metric.high is not None
        }
        return cls(privacy.coverage or Coverage(0, (), ("*",)), strong, rows, shares)


def _result(clause: Clause, search: _Search | None) -> ClauseResult:
    if not clause.entities:
        return ClauseResult(clause, "covered by no rule", {})
    if search is None:
        return ClauseResult(clause, "not looked for", {}, missed=clause.entities)
    coverage = search.coverage
    found = {name: search.strong[name] for name in clause.entities if name in search.strong}
    left = {name: search.rows.get(name, 0) - search.strong.get(name, 0) for name in clause.entities}
    weak = {name: rows for name, rows in left.items() if rows > 0}
    estimated = {name: search.rows[name] for name in weak if name in _names()}
    possible = {name: rows for name, rows in weak.items() if name not in estimated}
    tagged = tuple(name for name in clause.entities if name in coverage.tagged_entities)
    missed = tuple(name for name in tagged if not coverage.tagged_rows and name not in search.rows)
    outcome: Outcome = "not found"
    if found:
        outcome = "found"
    elif estimated:
        outcome = "estimated"
    elif possible:
        outcome = "possible"
    elif set(missed) == set(clause.entities) or coverage.columns_left or (tagged and coverage.rows_without_tagger):
        outcome = "not looked for"
    return ClauseResult(
        clause,
        outcome,
        found,
        estimated,
        possible,
        missed,
        tagged if coverage.is_sampled else (),
        {name: search.shares[name] for name in tagged if name in search.shares},
        coverage.columns_left,
    )
