"""Which law names which kind of data, and what of it was found.

The table is ``rules/compliance.yaml``. The words are *found*, *not found*, *not looked for* and *covered by no rule*;
no report says that data comply with a law.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from auditor.errors import InputError, nearest
from auditor.findings import CheckResult, Completed
from auditor.resources import resource_dir
from auditor.rules import ACTIONS, Action, read_yaml

Outcome = Literal["found", "not found", "not looked for", "covered by no rule"]

TAGGED = frozenset({"PERSON", "LOCATION", "NRP"})
"""Entities that only a name tagger finds: not looked for where none ran."""
NO_TAGGER = ("note.pii_ner_off", "note.pii_ner_missing")
"""Notes of the privacy check that say so."""
SAMPLED = "note.pii_ner_sample"


@dataclass(frozen=True)
class Clause:
    """One clause of a regime."""

    id: str
    title: Mapping[str, str]
    """By report language."""
    entities: tuple[str, ...]
    """Entity types that look for it; none: covered by no rule."""
    action: Action


@dataclass(frozen=True)
class Regime:
    """One law or standard."""

    name: str
    title: Mapping[str, str]
    source: Mapping[str, str]
    """By report language."""
    clauses: tuple[Clause, ...]
    version: str
    """Of the table."""


@dataclass(frozen=True)
class ClauseResult:
    """What an audit says about one clause."""

    clause: Clause
    outcome: Outcome
    rows: Mapping[str, int]
    """Rows by entity type, of those found."""
    missed: tuple[str, ...] = ()
    """Entity types of the clause that were not looked for."""
    sampled: tuple[str, ...] = ()
    """Entity types of the clause that were looked for in a sample of the rows only."""


@dataclass(frozen=True)
class RegimeResult:
    """What an audit says about one regime, clause by clause, in the table's order."""

    regime: Regime
    clauses: tuple[ClauseResult, ...]

    def having(self, outcome: Outcome) -> tuple[ClauseResult, ...]:
        """The clauses with this outcome."""
        return tuple(item for item in self.clauses if item.outcome == outcome)


@lru_cache(maxsize=8)
def load_compliance(path: Path | None = None) -> tuple[Regime, ...]:
    """The regimes, by default of ``rules/compliance.yaml``.

    Raises:
        InputError: not in the form; an unknown entity type or action.

    """
    path = path or resource_dir("rules") / "compliance.yaml"
    known = set(read_yaml(resource_dir("rules") / "pii" / "entities.yaml"))
    try:
        table = read_yaml(path)
        return tuple(
            Regime(
                name,
                item["title"],
                item["source"],
                tuple(_clause(path, known, entry) for entry in item["clauses"]),
                table["version"],
            )
            for name, item in table["regimes"].items()
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(
            "The compliance table is not in its form.", where=f"{path}: {error}", fix="Write it as the shipped one is."
        ) from None


def _clause(path: Path, known: set[str], entry: Mapping[str, Any]) -> Clause:
    wrong = next((name for name in entry["entities"] if name not in known), None)
    if wrong is not None or entry["action"] not in ACTIONS:
        raise InputError(
            "The compliance table names an unknown entity type or action.",
            where=f"{path}: clause {entry['id']}",
            fix=nearest(wrong, known) if wrong is not None else nearest(entry["action"], ACTIONS),
        )
    return Clause(entry["id"], entry["title"], tuple(entry["entities"]), entry["action"])


def assess(privacy: CheckResult | None, regimes: tuple[Regime, ...] | None = None) -> tuple[RegimeResult, ...]:
    """What the privacy check's result says under each regime.

    Args:
        privacy: the result of the privacy check; anything but `Completed` means that nothing was looked for.
        regimes: default: the shipped table.

    """
    search = _Search()
    if isinstance(privacy, Completed):
        search = _Search(
            rows={
                metric.slice: int(metric.value)
                for metric in privacy.metrics
                if metric.name == "privacy.entity_rows" and metric.slice is not None and metric.value
            },
            is_done=True,
            is_tagged=not any(note.startswith(NO_TAGGER) for note in privacy.notes),
            is_sampled=any(note.startswith(SAMPLED) for note in privacy.notes),
        )
    return tuple(
        RegimeResult(regime, tuple(_result(clause, search) for clause in regime.clauses))
        for regime in (regimes if regimes is not None else load_compliance())
    )


@dataclass(frozen=True)
class _Search:
    """What was looked for, and the rows found by entity type."""

    rows: Mapping[str, int] = field(default_factory=dict)
    is_done: bool = False
    is_tagged: bool = False
    is_sampled: bool = False


def _result(clause: Clause, search: _Search) -> ClauseResult:
    found = {name: search.rows[name] for name in clause.entities if name in search.rows}
    tagged = tuple(name for name in clause.entities if name in TAGGED)
    missed = clause.entities if not search.is_done else () if search.is_tagged else tagged
    missed = tuple(name for name in missed if name not in found)  # a pattern may find what a tagger was not there for
    outcome: Outcome = "not found"
    if found:
        outcome = "found"
    elif not clause.entities:
        outcome = "covered by no rule"
    elif set(missed) == set(clause.entities):
        outcome = "not looked for"
    return ClauseResult(clause, outcome, found, missed, tagged if search.is_sampled else ())
