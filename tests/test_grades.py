"""Grades follow their stated rules, and what was not measured is never good."""

import pytest

from auditor.findings import Completed, Failed, Metric, Skipped, no_findings
from auditor.grades import grade_all


def completed(**values):
    metrics = tuple(Metric(name.replace("__", "."), value, "share") for name, value in values.items())
    return Completed(metrics, no_findings())


GOOD = completed(duplicates__rate=0.0)
BAD = completed(privacy__identifier_rate=0.9)


def test_the_worst_metric_decides_and_is_named():
    grade = grade_all({"duplicates": completed(duplicates__rate=0.01, duplicates__leak_rate=0.03)})["duplicates"]
    assert (grade.letter, grade.because) == ("D", "duplicates.leak_rate")


@pytest.mark.parametrize(
    ("results", "letter"),
    [
        ({"duplicates": GOOD}, "A"),
        ({"duplicates": GOOD, "quality": completed(quality__empty_rate=0.001)}, "B"),
        ({"duplicates": GOOD, "quality": completed(quality__empty_rate=0.0), "privacy": BAD}, "D"),
        ({"duplicates": GOOD, "labels": Skipped("no label")}, "A"),
        ({"duplicates": GOOD, "labels": Failed("stopped")}, None),
        ({"labels": Skipped("no label")}, None),
    ],
)
def test_overall(results, letter):
    assert grade_all(results)["overall"].letter == letter


def test_a_measure_that_could_not_be_taken_takes_a_good_letter_away_but_not_a_bad_one():
    assert grade_all({"labels": completed(labels__missing_rate=0.0, labels__noise_rate=None)})["labels"].letter is None
    assert grade_all({"labels": completed(labels__missing_rate=0.5, labels__noise_rate=None)})["labels"].letter == "F"
