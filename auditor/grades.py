"""Letters from metrics, by stated rules.

A dimension has the worst letter among its judged metrics (``rules/thresholds.yaml``); where one of them could not
be measured and the others are good, it has none. The overall grade is the
mean of the judged dimensions (A = 4 ... F = 0), rounded down; one F caps it at D, one D at C. Dimensions that
were skipped or failed have no letter, and a failed one takes the overall letter away.
"""

from __future__ import annotations

from collections.abc import Mapping

from auditor.findings import CheckResult, Completed, Failed, Grade
from auditor.rules import thresholds

_POINTS = {"A": 4, "B": 3, "C": 2, "D": 1, "F": 0}
_CAPS = {"F": "D", "D": "C"}


def grade_all(results: Mapping[str, CheckResult]) -> dict[str, Grade]:
    """Grade of every dimension and ``overall``."""
    grades = {name: _grade(result) for name, result in results.items()}
    grades["overall"] = _overall(results, grades)
    return grades


def _grade(result: CheckResult) -> Grade:
    if not isinstance(result, Completed):
        return Grade(None, "failed" if isinstance(result, Failed) else "skipped")
    worst: tuple[int, str] | None = None
    unknown = None
    for metric in result.metrics:
        rule = thresholds().get(metric.name)
        if rule is None or metric.slice is not None:
            continue
        if metric.value is None:
            unknown = metric.name
            continue
        points = _POINTS[rule.letter(metric.value)]
        if worst is None or points < worst[0]:
            worst = (points, metric.name)
    if worst is None or (unknown and worst[0] >= _POINTS["B"]):
        return Grade(None, "not judged" if unknown is None else f"unknown: {unknown}")
    return Grade(next(letter for letter, points in _POINTS.items() if points == worst[0]), worst[1])


def _overall(results: Mapping[str, CheckResult], grades: Mapping[str, Grade]) -> Grade:
    failed = [name for name, result in results.items() if isinstance(result, Failed)]
    if failed:
        return Grade(None, f"failed: {', '.join(failed)}")
    letters = {name: grade.letter for name, grade in grades.items() if grade.letter is not None}
    if not letters:
        return Grade(None, "not judged")
    mean = sum(_POINTS[letter] for letter in letters.values()) // len(letters)
    letter = next(name for name, points in _POINTS.items() if points == mean)
    for bad, cap in _CAPS.items():
        worst = [name for name, own in letters.items() if own == bad]
        if worst and _POINTS[letter] > _POINTS[cap]:
            return Grade(cap, f"capped by {', '.join(worst)} = {bad}")
    return Grade(letter, "mean")
