"""Grades follow their stated rules, and what was not measured is never good."""

import pytest

from auditor.config.settings import GradeSettings
from auditor.core.findings import no_findings
from auditor.core.grades import grade_all, judge_all
from auditor.core.metrics import Metric
from auditor.core.results import Completed, Coverage, Failed, Skipped
from auditor.message import message

ENOUGH = 1_000
ANY = GradeSettings(min_dimensions=1)


def completed(**values):
    metrics = tuple(Metric(name.replace("__", "."), value, "share") for name, value in values.items())
    return Completed(metrics, no_findings())


def grades(results, rows=ENOUGH, rules=ANY):
    return grade_all(results, rows, rules)


GOOD = completed(duplicates__rate=0.0)
BAD = completed(privacy__secret_rate=0.9)


def test_the_worst_metric_decides_and_is_named():
    grade = grades({"duplicates": completed(duplicates__rate=0.01, duplicates__leak_rate=0.03)})["duplicates"]
    assert (grade.letter, grade.metric) == ("D", "duplicates.leak_rate")


@pytest.mark.parametrize(
    ("results", "letter"),
    [
        ({"duplicates": GOOD}, "A"),
        ({"duplicates": GOOD, "quality": completed(quality__empty_rate=0.001)}, "B"),
        ({"duplicates": GOOD, "quality": completed(quality__empty_rate=0.0), "privacy": BAD}, "D"),
        ({"duplicates": GOOD, "labels": Skipped(message("no label"))}, "A"),
        ({"duplicates": GOOD, "labels": Failed(message("stopped"))}, None),
        ({"labels": Skipped(message("no label"))}, None),
    ],
)
def test_overall(results, letter):
    assert grades(results)["overall"].letter == letter


def test_a_measure_that_could_not_be_taken_takes_a_good_letter_away_but_not_a_bad_one():
    assert grades({"labels": completed(labels__missing_rate=0.0, labels__noise_rate=None)})["labels"].letter is None
    assert grades({"labels": completed(labels__missing_rate=0.5, labels__noise_rate=None)})["labels"].letter == "F"


def test_too_few_rows_give_no_overall_letter_and_no_good_one_but_a_bad_one_stays():
    few = grades({"duplicates": GOOD, "privacy": BAD}, rows=29)
    assert (few["overall"].letter, few["duplicates"].letter, few["privacy"].letter) == (None, None, "F")
    assert few["overall"].because == few["duplicates"].because == message("note.too_few_rows", 29, 30)
    assert grades({"duplicates": GOOD}, rows=30)["overall"].letter == "A"


def test_an_a_needs_enough_judged_dimensions_and_a_worse_letter_is_left():
    three = {
        "duplicates": GOOD,
        "quality": completed(quality__empty_rate=0.0),
        "labels": completed(labels__noise_rate=0),
    }
    assert grades(three, rules=GradeSettings())["overall"].letter == "A"
    two = grades({key: three[key] for key in ("duplicates", "quality")}, rules=GradeSettings())["overall"]
    assert (two.letter, two.because) == ("B", message("note.few_dimensions", 2, 3))
    assert grades({"privacy": BAD}, rules=GradeSettings())["overall"].letter == "F"


def test_privacy_is_no_better_than_c_where_columns_were_not_searched():
    def privacy(rate, left):
        metrics = (Metric("privacy.secret_rate", rate, "share"),)
        return {"privacy": Completed(metrics, no_findings(), coverage=Coverage(100, ("text",), left))}

    grade = grades(privacy(0.0, ("phone", "name")))["privacy"]
    assert (grade.letter, grade.because) == ("C", message("note.columns_not_searched", 2))
    assert grades(privacy(0.0, ()))["privacy"].letter == "A"
    assert grades(privacy(0.5, ("phone",)))["privacy"].letter == "F"


def test_own_bounds_decide_status_threshold_and_letter():
    results = {"duplicates": completed(duplicates__rate=0.04, duplicates__leak_rate=0.04)}
    judged = judge_all(results, {"duplicates.rate": (0.1, 0.2, 0.3, 0.4)})
    rate, leaks = judged["duplicates"].metrics
    assert (rate.status, rate.threshold) == ("pass", 0.2)
    assert leaks == results["duplicates"].metrics[1]
    assert grades({"duplicates": completed(duplicates__rate=0.04)})["overall"].letter == "C"
    only_rate = {"duplicates": Completed((rate,), no_findings())}
    assert grades(only_rate)["overall"].letter == "A"
