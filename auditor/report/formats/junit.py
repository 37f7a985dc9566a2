"""The audit as a JUnit result for build servers: one test case per graded metric."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from auditor.report.formats.base import Report
from auditor.report.view import AuditView
from auditor.report.view.model import Dimension, Metric


class JunitFormat:
    """See `ReportFormat`."""

    name, suffix, is_page = "junit", ".xml", False

    def render(self, report: Report) -> str:
        """One test suite per dimension."""
        return render_junit(report.view)


def render_junit(view: AuditView) -> str:
    """One suite per dimension. D and F fail; a check that did not run is skipped or an error, never a pass."""
    root = Element("testsuites", name=f"auditor {view.name}")
    for dimension in view.dimensions:
        _add_suite(root, dimension)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _add_suite(root: Element, dimension: Dimension) -> None:
    graded = [metric for metric in dimension.metrics if metric.grade]
    status = dimension.grade.status
    suite = SubElement(
        root,
        "testsuite",
        name=dimension.name,
        tests=str(max(len(graded), 1)),
        failures=str(sum(_fails(metric) for metric in graded)),
        errors=str(int(status == "failed")),
        skipped=str(int(not graded and status != "failed")),
    )
    for metric in graded:
        _add_case(suite, dimension, metric)
    if not graded:
        case = SubElement(suite, "testcase", classname=f"auditor.{dimension.key}", name=dimension.name)
        SubElement(case, "error" if status == "failed" else "skipped", message=dimension.reason or dimension.grade.word)


def _fails(metric: Metric) -> bool:
    return metric.grade is not None and metric.grade.status == "fail"


def _add_case(suite: Element, dimension: Dimension, metric: Metric) -> None:
    case = SubElement(suite, "testcase", classname=f"auditor.{dimension.key}", name=metric.label)
    letter = metric.grade.letter if metric.grade else ""
    description = f"{metric.label}: {metric.value} ({letter}; A ≤ {metric.bounds[0]}, C ≤ {metric.bounds[2]})"
    if _fails(metric):
        SubElement(case, "failure", message=description, type=metric.name)
    else:
        SubElement(case, "system-out").text = description
