"""The pages by law: what was found, what was not looked for, what no rule covers, and no word that a law is kept."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from auditor.core.audit import Audit
from auditor.core.findings import no_findings
from auditor.core.metrics import Metric
from auditor.core.results import CheckResult, Completed, Coverage, Failed, Skipped
from auditor.core.run_summary import Fates, RunSummary
from auditor.message import message
from auditor.report.formats.html import render_html
from auditor.report.formats.markdown import render_markdown
from auditor.report.view import build_view
from auditor.report.view.model import Clause, Law


def looked(coverage: Coverage, **rows: int) -> Completed:
    metrics = tuple(
        Metric(name, 0.0 if kind in FULL.tagged_entities and "strong" in name else float(count), "rows", slice=kind)
        for kind, count in rows.items()
        for name in ("privacy.entity_rows", "privacy.entity_strong_rows")
    )
    return Completed(metrics, no_findings(), coverage=coverage)


def laws(audit: Audit, privacy: CheckResult, run: RunSummary | None = None) -> dict[str, Law]:
    changed = replace(audit, results={**audit.results, "privacy": privacy})
    return {law.key: law for law in build_view(changed, run).laws}


def clause(law: Law, title: str) -> Clause:
    return next(item for item in law.clauses if item.title == title)


FULL = Coverage(10, ("text",), tagged_rows=10, tagger="spacy", tagged_entities=("PERSON", "LOCATION", "NRP"))


def test_what_was_found_and_what_no_rule_covers(mail_audit: Audit) -> None:
    hipaa = laws(mail_audit, looked(FULL, EMAIL_ADDRESS=12, PERSON=3))["law-hipaa"]
    mail = clause(hipaa, "E-mail addresses")
    assert (mail.word, mail.done, [fact.value for fact in mail.found]) == ("Found", "", ["12 rows"])
    assert clause(hipaa, "IP addresses").word == "Not found"
    assert {fact.name for fact in hipaa.gaps} == {"(I)", "(P)", "(Q)"}
    assert {fact.name: fact.value for fact in hipaa.counts} == {
        "Found": "1", "Estimated": "1", "Not found": "13", "No rule covers this": "3",
    }  # fmt: skip
    assert [(item.name, item.value) for item in clause(hipaa, "Names").found] == [("Person's name", "about 3 rows")]


def test_what_was_tagged_in_a_sample_is_a_share_of_all_rows(mail_audit: Audit) -> None:
    sampled = replace(FULL, rows=6000, tagged_rows=300)
    looked_at = looked(sampled, PERSON=60, LOCATION=30)
    shares = tuple(
        Metric("privacy.entity", value, "share", slice=kind, low=low, high=high)
        for kind, value, low, high in (("PERSON", 0.2, 0.159, 0.249), ("LOCATION", 0.1, 0.071, 0.139))
    )
    hipaa = laws(mail_audit, replace(looked_at, metrics=(*looked_at.metrics, *shares)))["law-hipaa"]
    names, places = clause(hipaa, "Names"), clause(hipaa, "Geography smaller than a state")
    assert [item.value for item in names.found] == ["about 20.0% of rows (15.9% to 24.9%)"]
    assert (places.word, places.found) == ("Possible", ())
    assert places.remarks[0] == "possible, weak evidence: Place 10.0% of rows (7.1% to 13.9%)"


def test_names_that_nobody_looked_for_are_no_absence(mail_audit: Audit) -> None:
    off = laws(mail_audit, looked(replace(FULL, tagged_rows=0, tagger=None), EMAIL_ADDRESS=1))
    assert clause(off["law-hipaa"], "Names").word == "Not looked for"
    assert "(A)" in {fact.name for fact in off["law-hipaa"].gaps}
    assert "not looked for" in clause(off["law-gdpr"], "Names and identification numbers").remarks[0]
    sampled = laws(mail_audit, looked(replace(FULL, rows=6000, tagged_rows=300)))
    assert "sample" in clause(sampled["law-hipaa"], "Names").remarks[0]


@pytest.mark.parametrize(
    "result", [Failed(message("a library is missing")), Skipped(message("there is no text column"))]
)
def test_a_check_that_did_not_run_finds_nothing_absent(result: CheckResult, mail_audit: Audit) -> None:
    for law in laws(mail_audit, result).values():
        assert {item.word for item in law.clauses} <= {"Not looked for", "No rule covers this"}
    assert laws(mail_audit, Skipped(message("reason.not_selected"))) == {}


def test_what_the_plan_does_is_counted_by_row(mail_audit: Audit) -> None:
    fates = Fates(
        {"EMAIL_ADDRESS": {"masked": 12}, "PERSON": {"left": 2, "masked": 1}, "CREDIT_CARD": {"dropped": 1}}, {}, {}, {}
    )
    privacy = looked(FULL, EMAIL_ADDRESS=12, PERSON=3, CREDIT_CARD=1)
    hipaa = laws(mail_audit, privacy, RunSummary(fates=fates))["law-hipaa"]
    assert [clause(hipaa, title).done for title in ("E-mail addresses", "Names", "Account numbers", "IP addresses")] == [
        "masked: 12 rows", "masked: 1 row; left as they were: 2 rows", "dropped: 1 row", "",
    ]  # fmt: skip
    assert "mask" not in clause(laws(mail_audit, privacy)["law-hipaa"], "Names").done, "nothing was planned"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_report_says_that_a_law_is_kept(lang: str, mail_audit: Audit, mail_run: RunSummary) -> None:
    view = build_view(mail_audit, mail_run, lang)
    page, short = render_html(view), render_markdown(view)
    assert len(view.laws) == 4
    for law in view.laws:
        assert f'id="{law.key}"' in page
        assert law.name.partition(" ")[0] in short
    assert not re.search("complian|合规", page + short, re.I)
