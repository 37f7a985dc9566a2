"""The gate: what an audit holds and what is asked of it decide the exit code, and every reason is named."""

import pytest

from auditor.config.settings import Settings
from auditor.core.audit import Audit, CorpusProfile, Grade
from auditor.core.findings import findings, no_findings
from auditor.core.gate import judge
from auditor.core.metrics import Metric
from auditor.core.results import Completed, Failed, Skipped
from auditor.message import message

RATE = Metric("duplicates.rate", 0.076, "share", "fail", 0.02)


def audit(*metrics, letter="D", read=100, rejected=0, found=None, failed=False):
    results = {
        "duplicates": Completed(metrics, no_findings() if found is None else found),
        "labels": Failed(message("stopped")) if failed else Skipped(message("there is no label column")),
    }
    grades = {
        "duplicates": Grade(letter, message("overall.mean")),
        "labels": Grade(None, message("reason.skipped")),
        "overall": Grade(letter, message("overall.mean")),
    }
    profile = CorpusProfile("d", ("d.csv",), read, rejected, ("text",), {"text": "text"}, {}, "en", 1, "0")
    return Audit(profile, results, grades, {}, {})


def verdict(made, **asked):
    found = judge(made, Settings.model_validate(asked))
    return found.code, [reason.key for reason in found.reasons]


def found(severity, code="DUP001"):
    return findings(code, severity, [1, 2])


@pytest.mark.parametrize(
    ("made", "asked", "expected"),
    [
        (audit(RATE), {}, (0, [])),
        (audit(RATE), {"fail_on": "fail"}, (1, ["metric.fail"])),
        (audit(RATE, found=found("warn")), {"fail_on": "fail"}, (1, ["metric.fail"])),
        (audit(RATE, found=found("warn")), {"fail_on": "warn"}, (1, ["metric.fail", "findings"])),
        (audit(Metric("duplicates.rate", 0.03, "share", "warn", 0.02)), {"fail_on": "fail"}, (0, [])),
        (audit(Metric("duplicates.rate", 0.03, "share", "warn", 0.02)), {"fail_on": "warn"}, (1, ["metric.warn"])),
        (audit(found=found("info")), {"fail_on": "info"}, (1, ["findings"])),
        (audit(Metric("duplicates.clusters", 3, "count")), {"fail_on": "info"}, (0, [])),  # stated, not judged
        (audit(RATE), {"min_grade": "D"}, (0, [])),
        (audit(RATE), {"min_grade": "C"}, (1, ["grade"])),
        (audit(RATE), {"limits": {"duplicates.rate": 0.076}}, (0, [])),
        (audit(RATE), {"limits": {"duplicates.rate": "7%"}}, (1, ["limit"])),
        (audit(RATE), {"limits": {"labels.noise_rate": 0.1}}, (5, ["not_measured"])),
        (audit(RATE, letter=None), {"min_grade": "D"}, (5, ["not_judged"])),
        (audit(RATE, letter=None), {"fail_on": "never"}, (0, [])),
        (audit(letter="A", read=1), {"fail_on": "fail"}, (5, ["few_rows"])),
        (audit(RATE, read=1), {"fail_on": "fail"}, (1, ["metric.fail"])),
        (audit(RATE, failed=True), {}, (5, ["failed"])),
        (audit(read=0), {}, (3, ["no_rows"])),
        (audit(read=32, rejected=32), {}, (3, ["no_rows"])),
        (audit(read=32, rejected=17), {}, (3, ["rejected"])),
        (audit(read=320, rejected=160), {"fail_on": "fail"}, (1, ["metric.fail"])),
        (audit(read=1_000, rejected=5), {"fail_on": "warn"}, (1, ["metric.warn"])),
        (audit(read=1_000, rejected=1), {"fail_on": "warn"}, (0, [])),
    ],
)  # fmt: skip
def test_verdicts(made, asked, expected):
    assert verdict(made, **asked) == expected
