"""A scan comes out the same, byte for byte, however many processes it has, from memory and from a stored corpus."""

import json
import os
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest

from auditor.checks.run import scan_corpus
from auditor.config.settings import Settings
from auditor.core.progress import silent
from auditor.core.results import Completed
from auditor.corpus.load import load_corpus
from auditor.corpus.mapped import ROW_ID
from auditor.engine.base import Task
from auditor.engine.local import LocalEngine
from auditor.pipeline import run

SAMPLES = Path(__file__).resolve().parents[2] / "sample_data"
NAMES = ("banking_en", "service_zh")
ROWS = 1_200
SETTINGS = {"staleness": {"as_of": "2026-11-01"}, "effects": False, "pii": {"ner_sample": 50}}


@cache
def corpus_of(name):
    whole = load_corpus([str(SAMPLES / f"{name}.csv")], Settings.model_validate(SETTINGS).corpus)
    return replace(whole, table=whole.table.slice(0, ROWS), row_id=whole.row_id[:ROWS])


@pytest.fixture(scope="module")
def engine():
    with LocalEngine(2) as engine:
        engine.begin(0, 0, silent)
        engine.submit(Task("start", os.getpid)).result(60)  # the worker is there
        yield engine


def scanned(corpus, engine, settings=SETTINGS):
    heard = []
    scan = scan_corpus(corpus, Settings.model_validate(settings), engine, lambda *told: heard.append(told))
    results = {
        name: {column: values.to_pylist() for column, values in result.per_row.items()}
        for name, result in scan.audit.results.items()
        if isinstance(result, Completed)
    }
    findings = scan.audit.findings()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, findings.schema) as writer:
        writer.write_table(findings.combine_chunks())
    return sink.getvalue().to_pybytes(), json.dumps(scan.audit.to_json(), sort_keys=True), results, set(heard)


@cache
def alone(name):
    with LocalEngine(1) as engine:
        return scanned(corpus_of(name), engine)


@pytest.mark.parametrize("name", NAMES)
def test_two_processes_find_what_one_finds(name, engine):
    one, two = alone(name), scanned(corpus_of(name), engine)
    assert {used.process for used in engine.usage} == {0, 1}
    assert one[0] == two[0] and one[1:3] == two[1:3]
    assert {stage for stage, *_ in one[3]} == {stage for stage, *_ in two[3]}


def test_a_stored_corpus_is_scanned_like_one_in_memory(tmp_path, engine):
    corpus, path = corpus_of("service_zh"), tmp_path / "rows.arrow"
    table = corpus.table.append_column(ROW_ID, pa.array(corpus.row_id))
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    assert scanned(replace(corpus, stored=path), engine)[:2] == alone("service_zh")[:2]


def test_files_of_a_run_are_equal_and_the_profile_is_told_where_it_is_asked_for(tmp_path):
    own = {**SETTINGS, "excerpts": "none", "select": ["QLT", "STL", "BAL", "DUP"], "keep_state": False}
    for workers in (1, 2):
        settings = Settings.model_validate({**own, "workers": workers, "profile": workers == 2})
        run([str(SAMPLES / "banking_en.csv")], settings, out=tmp_path / str(workers), command="test", stages=("scan",),
            progress=lambda *_: None, is_offering=False)  # fmt: skip
    for file in ("findings.parquet", "rows.parquet", "clusters.parquet", "rejects.jsonl"):
        assert (tmp_path / "1" / file).read_bytes() == (tmp_path / "2" / file).read_bytes()
    audits = [json.loads((tmp_path / name / "audit.json").read_text("utf-8")) for name in "12"]
    for audit, workers in zip(audits, (1, 2), strict=True):
        assert audit["config"].pop("workers") == workers and audit["config"].pop("profile") == (workers == 2)
    assert audits[0] == audits[1]
    profile = json.loads((tmp_path / "2" / "manifest.json").read_text("utf-8"))["profile"]
    assert {"read", "scan", "excerpts"} <= {one["stage"] for one in profile}
    assert {"scan", "staleness", "quality"} <= {one["task"] for one in profile}
    assert all(one["wall_seconds"] >= 0 and one["cpu_seconds"] >= 0 for one in profile)
    pages = [(tmp_path / name / "report.html").read_text("utf-8") for name in "12"]
    assert "Where time and memory went" not in pages[0]
    assert "profile" not in json.loads((tmp_path / "1" / "manifest.json").read_text("utf-8"))
    scanning = re.search(r"Where time and memory went.*?All rows, batch by batch</th><td>([0-9.]+)<", pages[1], re.S)
    assert scanning is not None and float(scanning[1]) == round(
        next(o["wall_seconds"] for o in profile if o["task"]), 1
    )
