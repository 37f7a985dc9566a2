"""The run as an OpenLineage event, for data catalogues and orchestrators.

One `RunEvent` (spec 2-0-2) with the input as data set: `dataQualityMetrics` has its numbers of rows and files,
`dataQualityAssertions` one assertion per graded metric. Nothing is sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from auditor.core.audit import Audit
from auditor.core.grades import grade_rule_of
from auditor.core.metrics import Metric
from auditor.core.results import Completed, Failed
from auditor.report.excerpts import visible
from auditor.report.formats.base import Report
from auditor.report.messages import Messages
from auditor.version import __version__

_SPEC = "https://openlineage.io/spec"
_PRODUCER = f"urn:auditor:{__version__}"
_EPOCH = "1970-01-01T00:00:00+00:00"
"""Event time if the time is unknown, as for an audit without a run folder."""
_SEVERITIES = {"fail": "error", "warn": "warn"}


class OpenLineageFormat:
    """See `ReportFormat`."""

    name, suffix, is_page = "openlineage", ".json", False

    def render(self, report: Report) -> str:
        """One event."""
        return json.dumps(run_event(report), ensure_ascii=False, indent=1) + "\n"


def run_event(report: Report) -> dict[str, object]:
    """A `RunEvent`: COMPLETE, or FAIL if a check could not run."""
    audit = report.audit
    failed = any(isinstance(result, Failed) for result in audit.results.values())
    identity = json.dumps([audit.corpus.digest, report.finished, report.summary.folder])
    return {
        "eventType": "FAIL" if failed else "COMPLETE",
        "eventTime": report.finished or _EPOCH,
        "producer": _PRODUCER,
        "schemaURL": f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": str(uuid5(NAMESPACE_URL, identity)), "facets": {}},
        "job": {"namespace": "auditor", "name": f"audit.{visible(audit.corpus.name)}", "facets": {}},
        "inputs": [_input(audit, Messages(report.lang))],
        "outputs": list(_outputs(report)),
    }


def _facet(version: str, name: str, **values: object) -> dict[str, object]:
    url = f"{_SPEC}/facets/{version}/{name}.json#/$defs/{name}"
    return {"_producer": _PRODUCER, "_schemaURL": url, **values}


def _input(audit: Audit, messages: Messages) -> dict[str, object]:
    corpus = audit.corpus
    paths = corpus.paths or corpus.files
    metrics = _facet("1-0-3", "DataQualityMetricsInputDatasetFacet", rowCount=corpus.rows_read - corpus.rows_rejected,
                     fileCount=len(paths), columnMetrics={})  # fmt: skip
    assertions = [assertion.to_json() for assertion in _assertions(audit, messages)]
    columns = [{"name": visible(column)} for column in corpus.columns]
    return {
        "namespace": "file",
        "name": paths[0] if len(paths) == 1 else corpus.name,
        "facets": {"schema": _facet("1-2-0", "SchemaDatasetFacet", fields=columns)},
        "inputFacets": {
            "dataQualityMetrics": metrics,
            "dataQualityAssertions": _facet("1-1-0", "DataQualityAssertionsDatasetFacet", assertions=assertions),
        },
    }


@dataclass(frozen=True)
class Assertion:
    """A graded metric, or a check that could not run.

    Attributes:
        name: name of the metric or the dimension.
        success: whether it passes.
        description: description in words.
        severity: ``error`` or ``warn``; empty if it passes.
        expected, actual: the bound and the value; empty if there are none.
    """

    name: str
    success: bool
    description: str
    severity: str = ""
    expected: str = ""
    actual: str = ""

    def to_json(self) -> dict[str, object]:
        """The assertion in the format of the facet, without empty values."""
        more = {"severity": self.severity, "expected": self.expected, "actual": self.actual}
        return {
            "assertion": self.name,
            "success": self.success,
            "name": self.name,
            "description": self.description,
            **{key: value for key, value in more.items() if value},
        }


def _assertions(audit: Audit, messages: Messages) -> Iterator[Assertion]:
    for key, result in audit.results.items():
        if isinstance(result, Failed):
            reason = visible(messages.message(result.reason))
            yield Assertion(key, False, f"{messages.either(f'dimension.{key}', key)}: {reason}", "error")
        elif isinstance(result, Completed):
            yield from filter(None, (_assertion(metric, messages) for metric in result.metrics))


def _assertion(metric: Metric, messages: Messages) -> Assertion | None:
    """The assertion about a metric; None if it is not graded or was not measured."""
    rule = grade_rule_of(metric)
    if rule is None or metric.value is None:
        return None
    return Assertion(
        name=metric.name,
        success=metric.status not in _SEVERITIES,
        description=messages.either(f"metric.{metric.name}", metric.name),
        severity=_SEVERITIES.get(metric.status, ""),
        expected=f"<= {rule.limit:g}",
        actual=f"{metric.value:g}",
    )


def _outputs(report: Report) -> Iterator[dict[str, object]]:
    """The data set that was written, if any."""
    prepared = report.summary.prepared
    if prepared is not None:
        rows = _facet("1-0-2", "OutputStatisticsOutputDatasetFacet", rowCount=prepared.accounts.rows_out)
        name = "/".join(filter(None, (report.summary.folder, "dataset")))
        yield {"namespace": "file", "name": name, "facets": {}, "outputFacets": {"outputStatistics": rows}}
