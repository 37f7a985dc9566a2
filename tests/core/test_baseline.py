"""Findings and metrics beside those of an earlier audit: known ones are no reason to fail."""

from __future__ import annotations

import pytest

from auditor.config.settings import Settings
from auditor.core.audit import Audit, CorpusProfile, Grade
from auditor.core.baseline import Baseline, against, counts, gone
from auditor.core.findings import findings
from auditor.core.gate import judge
from auditor.core.metrics import Metric
from auditor.core.results import Completed
from auditor.errors import UsageError
from auditor.message import message


def audit(contents, rate=0.03, status="warn", made="1 x", letter="D") -> Audit:
    table = findings("DUP001", "warn", range(len(contents)), content=list(contents))
    profile = CorpusProfile("d", ("d.csv",), 100, 0, ("text",), {"text": "text"}, {}, "en", 1, "0", content=made)
    result = Completed((Metric("duplicates.rate", rate, "share", status, 0.02),), table)
    grades = {name: Grade(letter, message("overall.mean")) for name in ("duplicates", "overall")}
    return Audit(profile, {"duplicates": result}, grades, {}, {})


def test_a_finding_is_known_by_code_and_content_however_often_it_occurs() -> None:
    old, new = audit(["a", "b", "c"]), audit(["c", "a", "a", "d"])
    table = against(new, Baseline(old)).findings()
    is_new = dict(zip(table.column("row_id").to_pylist(), table.column("is_new").to_pylist(), strict=True))
    assert is_new == {0: False, 1: False, 2: True, 3: True}
    assert counts(table) == (2, 2)
    assert gone(new, Baseline(old)).column("content").to_pylist() == ["b"]


@pytest.mark.parametrize("made", ["", "1 y"])
def test_other_hashes_are_refused(made: str) -> None:
    with pytest.raises(UsageError, match="cannot be compared"):
        against(audit(["a"]), Baseline(audit(["a"], made=made), "runs/old"))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (audit("ab"), audit("ba"), (0, [])),
        (audit("ab"), audit("abc"), (1, ["new_findings"])),
        (audit("ab", 0.03), audit("ab", 0.09, "fail"), (1, ["limit", "metric.fail"])),
        (audit("ab", 0.09, "fail"), audit("ab", 0.03), (0, [])),
        (audit("ab", 0.03), audit("ab", 0.031), (1, ["limit"])),
        (audit("ab", 0.001, "pass"), audit("ab", 0.03), (1, ["limit", "metric.warn"])),
    ],
)
def test_the_gate_asks_for_what_is_new_or_worse(old: Audit, new: Audit, expected: tuple[int, list[str]]) -> None:
    baseline = Baseline(old)
    settings = Settings.model_validate({"fail_on": "warn", "limits": {"duplicates.rate": 0.02}})
    found = judge(against(new, baseline), settings, baseline)
    assert (found.code, [reason.key for reason in found.reasons]) == expected


def test_the_least_grade_is_asked_of_the_whole() -> None:
    baseline = Baseline(audit("a"))
    found = judge(against(audit("a"), baseline), Settings(min_grade="B"), baseline)
    assert [reason.key for reason in found.reasons] == ["grade"]
