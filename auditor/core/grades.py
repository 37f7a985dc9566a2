"""Grades computed from metrics.

The grade of a dimension is the worst letter of its graded metrics (bounds from ``rules/checks`` or the setting
``thresholds``); it has none if one of them could not be measured and the others are good. The overall grade is the mean
of the graded dimensions (A = 4 ... F = 0), rounded down; one F caps it at D, one D at C. A dimension whose check was
skipped or failed has no letter; if a check failed there is no overall letter either.

Good letters need enough data: with fewer than ``grades.min_rows`` rows no dimension gets A or B and there is no overall
letter; with fewer than ``grades.min_dimensions`` graded dimensions the overall letter is at best B; privacy is at best
C if columns were not searched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from auditor.config.settings import GradeSettings
from auditor.core.audit import Grade
from auditor.core.metrics import Metric
from auditor.core.results import CheckResult, Completed, Failed
from auditor.message import message
from auditor.rules import GradeRule, thresholds

LETTERS = "ABCDF"
"""From best to worst."""
_POINTS = {"A": 4, "B": 3, "C": 2, "D": 1, "F": 0}
_CAPS = {"F": "D", "D": "C"}
_UNSEARCHED_CAP = "C"
_FEW_DIMENSIONS_CAP = "B"

Bounds = Mapping[str, tuple[float, float, float, float]]
"""By metric: bounds of the grades A to D that replace the defaults."""


def grade_rule_of(metric: Metric) -> GradeRule | None:
    """The rule that grades `metric`: its own bounds, else the defaults; None if it is not graded."""
    rule = thresholds().get(metric.name)
    if rule is None or metric.slice is not None:
        return None
    return rule if metric.bounds is None else GradeRule(metric.bounds)


def metric_letter(metric: Metric) -> str | None:
    """The letter of a metric; None if it is not graded or has no value."""
    threshold = grade_rule_of(metric)
    return None if threshold is None or metric.value is None else threshold.letter(metric.value)


def judge_all(results: Mapping[str, CheckResult], bounds: Bounds) -> dict[str, CheckResult]:
    """The results, with the metrics named in `bounds` graded by those bounds."""
    return {
        name: replace(result, metrics=tuple(_judged(metric, bounds) for metric in result.metrics))
        if isinstance(result, Completed)
        else result
        for name, result in results.items()
    }


def _judged(metric: Metric, bounds: Bounds) -> Metric:
    if metric.name not in bounds or metric.slice is not None or metric.value is None:
        return metric
    rule = GradeRule(bounds[metric.name])
    return replace(metric, status=rule.status(metric.value), threshold=rule.limit, bounds=rule.bounds)


def grade_all(results: Mapping[str, CheckResult], rows: int, rules: GradeSettings) -> dict[str, Grade]:
    """Grade of every dimension and ``overall``.

    Args:
        results: by dimension.
        rows: readable rows.
        rules: minimum numbers of rows and dimensions.
    """
    grades = {name: _grade(result, rows, rules) for name, result in results.items()}
    grades["overall"] = _overall(results, grades, rows, rules)
    return grades


def _too_few_rows(rows: int, rules: GradeSettings) -> Grade:
    return Grade(None, message("note.too_few_rows", rows, rules.min_rows))


def _grade(result: CheckResult, rows: int, rules: GradeSettings) -> Grade:
    if not isinstance(result, Completed):
        return Grade(None, message("reason.failed" if isinstance(result, Failed) else "reason.skipped"))
    worst: tuple[str, str] | None = None
    unknown = None
    for metric in result.metrics:
        rule = grade_rule_of(metric)
        if rule is None:
            continue
        if metric.value is None:
            unknown = metric.name
            continue
        letter = rule.letter(metric.value)
        if worst is None or is_below(letter, worst[0]):
            worst = (letter, metric.name)
    if worst is None or (unknown and worst[0] in "AB"):
        if unknown is None:
            return Grade(None, message("reason.not_judged"))
        return Grade(None, message("reason.unknown_metric", message(f"metric.{unknown}")), unknown)
    unsearched = result.coverage.columns_left if result.coverage is not None else ()
    if unsearched and is_below(_UNSEARCHED_CAP, worst[0]):
        return _if_enough_rows(
            Grade(_UNSEARCHED_CAP, message("note.columns_not_searched", len(unsearched))), rows, rules
        )
    letter, name = worst
    return _if_enough_rows(Grade(letter, message("grade.metric", message(f"metric.{name}")), name), rows, rules)


def _if_enough_rows(grade: Grade, rows: int, rules: GradeSettings) -> Grade:
    """The grade, or none if it is good but there are too few rows to be sure."""
    return _too_few_rows(rows, rules) if rows < rules.min_rows and grade.letter in ("A", "B") else grade


def is_below(letter: str, other: str) -> bool:
    """Whether `letter` is a worse grade than `other`."""
    return LETTERS.index(letter) > LETTERS.index(other)


def _overall(results: Mapping[str, CheckResult], grades: Mapping[str, Grade], rows: int, rules: GradeSettings) -> Grade:
    failed = tuple(name for name, result in results.items() if isinstance(result, Failed))
    if failed:
        return Grade(None, message("overall.failed"), dimensions=failed)
    if rows < rules.min_rows:
        return _too_few_rows(rows, rules)
    letters = {name: grade.letter for name, grade in grades.items() if grade.letter is not None}
    if not letters:
        return Grade(None, message("reason.not_judged"))
    mean = sum(_POINTS[letter] for letter in letters.values()) // len(letters)
    letter = next(name for name, points in _POINTS.items() if points == mean)
    for bad, cap in _CAPS.items():
        worst = tuple(name for name, other in letters.items() if other == bad)
        if worst and is_below(cap, letter):
            return Grade(cap, message("overall.capped", bad), dimensions=worst)
    if len(letters) < rules.min_dimensions and is_below(_FEW_DIMENSIONS_CAP, letter):
        return Grade(_FEW_DIMENSIONS_CAP, message("note.few_dimensions", len(letters), rules.min_dimensions))
    return Grade(letter, message("overall.mean"))
