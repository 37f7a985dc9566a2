"""The event for data catalogues, also as the classes of the OpenLineage client read it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from auditor.core.audit import Audit
from auditor.core.run_summary import RunSummary
from auditor.report.formats.base import Report
from auditor.report.formats.openlineage import OpenLineageFormat

TIME = "2026-11-23T10:00:00+00:00"


def event(audit: Audit, run: RunSummary, lang: str = "en") -> dict:
    text = OpenLineageFormat().render(Report(audit, run, lang, finished=TIME))
    found: dict = json.loads(text)
    return found


def test_rows_and_judged_metrics_are_facets_of_the_input(mail_audit: Audit, mail_run: RunSummary) -> None:
    made = event(mail_audit, replace(mail_run, folder="runs/mails"))
    (data,) = made["inputs"]
    assert (data["name"], data["inputFacets"]["dataQualityMetrics"]["rowCount"]) == ("spamassassin.parquet", 6044)
    assertions = {one["assertion"]: one for one in data["inputFacets"]["dataQualityAssertions"]["assertions"]}
    rate = assertions["duplicates.rate"]
    assert (rate["success"], rate["severity"], rate["actual"]) == (False, "warn", "0.0298")
    assert assertions["privacy.secret_rate"]["success"] and "severity" not in assertions["privacy.secret_rate"]
    assert "privacy.entity" not in assertions  # stated, not judged
    (output,) = made["outputs"]
    assert output["outputFacets"]["outputStatistics"]["rowCount"] == 6333
    assert made["eventType"] == "COMPLETE" and made["eventTime"] == TIME
    assert made["run"]["runId"] != event(mail_audit, mail_run)["run"]["runId"]


def test_a_check_that_could_not_run_fails_the_run(partial_audit: Audit) -> None:
    made = event(partial_audit, RunSummary(), "zh")
    assertions = made["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert made["eventType"] == "FAIL" and made["outputs"] == []
    assert [one["success"] for one in assertions if one["assertion"] == "privacy"] == [False]
    assert not any(one["assertion"].startswith("labels") for one in assertions)


def test_the_client_of_openlineage_knows_every_field(mail_audit: Audit, mail_run: RunSummary) -> None:
    client = pytest.importorskip("openlineage.client")
    facets, events = client.facet_v2, client.event_v2
    made = event(mail_audit, mail_run)

    def known(kind, values: dict, schema: str = "_schemaURL"):
        given = {name: value for name, value in values.items() if name not in (schema, "_producer")}
        one = kind(**given)
        assert getattr(one, schema) == values[schema]
        return one

    for dataset in made["inputs"]:
        own = dataset["inputFacets"]
        metrics = facets.data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet
        known(metrics, own["dataQualityMetrics"])
        quality = facets.data_quality_assertions_dataset
        for one in own["dataQualityAssertions"]["assertions"]:
            quality.Assertion(**one)
        known(quality.DataQualityAssertionsDatasetFacet, own["dataQualityAssertions"])
        known(facets.schema_dataset.SchemaDatasetFacet, dataset["facets"]["schema"])
        events.InputDataset(**dataset)
    for dataset in made["outputs"]:
        known(facets.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet,
              dataset["outputFacets"]["outputStatistics"])  # fmt: skip
        events.OutputDataset(**dataset)
    run, job = events.Run(**made["run"]), events.Job(**made["job"])
    known(events.RunEvent, {**made, "run": run, "job": job}, "schemaURL")
