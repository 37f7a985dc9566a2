"""The compliance table and what an audit says under it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from auditor.compliance import assess, load_compliance
from auditor.core.findings import no_findings
from auditor.core.metrics import Metric
from auditor.core.results import Completed, Coverage, Failed
from auditor.errors import InputError
from auditor.message import message
from auditor.resources import resource_dir
from auditor.rules import read_yaml

TAGGED = ("PERSON", "LOCATION", "NRP")
ALL = Coverage(10, ("text",), tagged_rows=10, tagger="x", tagged_entities=TAGGED)


def _result(coverage: Coverage = ALL, weak: tuple[str, ...] = (), **rows: int) -> Completed:
    metrics = [Metric("privacy.entity_rows", float(count), "rows", slice=name) for name, count in rows.items()]
    metrics += [
        Metric("privacy.entity_strong_rows", float(count), "rows", slice=name)
        for name, count in rows.items()
        if name not in weak
    ]
    return Completed(tuple(metrics), no_findings(), coverage=coverage)


def _outcome(regime: str, clause: str, result: object) -> tuple[str, dict[str, int]]:
    (found,) = [r for r in assess(result) if r.regime.name == regime]
    (item,) = [c for c in found.clauses if c.clause.id == clause]
    return item.outcome, dict(item.rows)


def test_safe_harbor_has_its_eighteen_identifiers() -> None:
    (hipaa,) = [regime for regime in load_compliance() if regime.name == "HIPAA"]
    assert [clause.id for clause in hipaa.clauses] == [f"({letter})" for letter in "ABCDEFGHIJKLMNOPQR"]


def test_every_personal_entity_is_named_by_some_regime() -> None:
    entities = read_yaml(resource_dir("rules") / "pii" / "entities.yaml")
    named = {name for regime in load_compliance() for clause in regime.clauses for name in clause.entities}
    personal = {name for name, item in entities.items() if item["kind"] != "none"}
    assert personal - named == {"QUASI_IDENTIFIER", "UNCHECKED"}


def test_found_not_found_and_covered_by_no_rule() -> None:
    result = _result(EMAIL_ADDRESS=3, LOCATION=2)
    assert _outcome("HIPAA", "(F)", result) == ("found", {"EMAIL_ADDRESS": 3})
    assert _outcome("HIPAA", "(G)", result) == ("not found", {})
    assert _outcome("HIPAA", "(P)", result) == ("covered by no rule", {})
    assert _outcome("GDPR", "Art. 9 health", result) == ("covered by no rule", {})


def test_names_are_not_looked_for_where_no_tagger_ran() -> None:
    result = _result(replace(ALL, tagged_rows=0, tagger=None), STREET_ADDRESS=1)
    assert _outcome("HIPAA", "(A)", result) == ("not looked for", {})
    assert _outcome("HIPAA", "(B)", result) == ("found", {"STREET_ADDRESS": 1})
    assert _outcome("HIPAA", "(A)", _result()) == ("not found", {})


def test_weak_evidence_is_possible_and_no_absence() -> None:
    result = _result(weak=("PHONE_NUMBER",), PHONE_NUMBER=4)
    assert _outcome("HIPAA", "(D)", result) == ("possible", {})
    (hipaa,) = [r for r in assess(result) if r.regime.name == "HIPAA"]
    (phones,) = [c for c in hipaa.clauses if c.clause.id == "(D)"]
    assert dict(phones.possible) == {"PHONE_NUMBER": 4}


def test_what_a_tagger_found_is_never_asserted() -> None:
    result = _result(weak=TAGGED, PERSON=4, LOCATION=3, NRP=2)
    assert _outcome("HIPAA", "(A)", result) == ("estimated", {})
    assert _outcome("HIPAA", "(B)", result) == ("possible", {})
    assert _outcome("GDPR", "Art. 9 origin and belief", result) == ("possible", {})
    both = _result(weak=TAGGED, PERSON=4, US_SSN=1)
    assert _outcome("GDPR", "Art. 4(1) identity", both) == ("found", {"US_SSN": 1})
    (gdpr,) = [r for r in assess(both) if r.regime.name == "GDPR"]
    assert dict(gdpr.clauses[0].estimated) == {"PERSON": 4}


def test_a_column_that_was_not_searched_leaves_no_clause_as_not_found() -> None:
    left = replace(ALL, columns_left=("customer_email",))
    outcomes = {item.outcome for regime in assess(_result(left, EMAIL_ADDRESS=1)) for item in regime.clauses}
    assert outcomes == {"found", "not looked for", "covered by no rule"}


def test_an_audit_without_coverage_found_nothing_absent() -> None:
    old = replace(_result(), coverage=None)
    assert all(item.outcome != "not found" for regime in assess(old) for item in regime.clauses)


def test_a_failed_check_looked_for_nothing() -> None:
    for regime in assess(Failed(message("a library is missing"))):
        assert {item.outcome for item in regime.clauses} <= {"not looked for", "covered by no rule"}


def test_the_table_never_says_compliant() -> None:
    assert "compliant" not in (resource_dir("rules") / "compliance.yaml").read_text("utf-8").lower()


def test_an_unknown_entity_is_refused_with_the_nearest(tmp_path: Path) -> None:
    file = tmp_path / "table.yaml"
    file.write_text(
        'version: "1"\nregimes:\n  X:\n    title: {en: X, zh: X}\n    source: {en: X, zh: X}\n    clauses:\n'
        "    - {id: a, title: {en: A, zh: A}, entities: [EMAIL_ADRESS], action: mask}\n"
    )
    with pytest.raises(InputError) as caught:
        load_compliance(file)
    assert "EMAIL_ADDRESS" in caught.value.fix
