"""The shipped samples: what was planted is found. Bounds are those of docs/results.md with a little room."""

import json
from functools import lru_cache
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from auditor.config.settings import Settings
from auditor.core.audit import Audit
from auditor.pipeline import run
from auditor.store import read_run

SAMPLES = Path(__file__).resolve().parents[2] / "sample_data"
NAMES = ("banking_en", "service_zh")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    @lru_cache
    def get(name):
        out = tmp_path_factory.mktemp("runs") / name
        settings = Settings.model_validate(
            {"staleness": {"as_of": "2026-11-01"}, "lang": "zh" if "zh" in name else "en"}
        )
        run([str(SAMPLES / f"{name}.csv")], settings, out=out, command="test", stages=("scan", "plan", "clean"),
            progress=lambda stage, done, total: None)  # fmt: skip
        return out

    return get


@pytest.fixture(scope="module")
def found(runs):
    @lru_cache
    def get(name):
        ids = {r["row_id"]: r["id"] for r in pq.read_table(runs(name) / "rows.parquet").to_pylist()}
        by_code = {}
        for f in pq.read_table(runs(name) / "findings.parquet").to_pylist():
            by_code.setdefault(f["code"], []).append({**f, "id": ids.get(f["row_id"])})
        truth = json.loads((SAMPLES / f"{name}.truth.json").read_text("utf-8"))
        return by_code, truth

    return get


def hits(by_code, *codes):
    return {f["id"] for code in codes for f in by_code.get(code, [])}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("code", "kind"),
    [("STL001", "old_dates"), ("STL002", "impossible_dates"), ("STL003", "future_dates"), ("STL004", "missing_dates"),
     ("STL006", "placeholder_dates"), ("QLT001", "empty")],
)  # fmt: skip
def test_dates_and_empty_texts_exactly(found, name, code, kind):
    by_code, truth = found(name)
    found_here = hits(by_code, code) | (
        hits(by_code, "STL007") if code == "STL006" else set()
    )  # 1970-01-01 is epoch zero
    assert found_here == set(truth[kind])


@pytest.mark.parametrize("name", NAMES)
def test_every_copy_and_leak_is_found_and_hardly_anything_else(found, runs, name):
    by_code, truth = found(name)
    ids = {r["row_id"]: r["id"] for r in pq.read_table(runs(name) / "rows.parquet").to_pylist()}
    cluster = {ids[r["row_id"]]: r["cluster"] for r in pq.read_table(runs(name) / "clusters.parquet").to_pylist()}
    planted = [pair for kind in ("exact_duplicates", "near_duplicates", "leaks", "conflicts") for pair in truth[kind]]
    assert all(a in cluster and cluster[a] == cluster.get(b) for a, b in planted)
    assert len(cluster) <= 1.02 * len({row for pair in planted for row in pair})
    assert hits(by_code, "DUP004") == {copy for _, copy in truth["leaks"]}
    assert {row for pair in truth["conflicts"] for row in pair} <= hits(by_code, "DUP005")


@pytest.mark.parametrize(("name", "recall", "precision"), [("banking_en", 0.95, 0.83), ("service_zh", 0.92, 0.9)])
def test_flipped_labels(found, name, recall, precision):
    by_code, truth = found(name)
    flagged, flipped = hits(by_code, "LBL001"), set(truth["label_errors"])
    assert len(flagged & flipped) >= recall * len(flipped)
    assert len(flagged & flipped) >= precision * len(flagged)


@pytest.mark.parametrize(("name", "share"), [("banking_en", 0.95), ("service_zh", 0.98)])
def test_personal_data_is_found_where_it_stands(found, name, share):
    by_code, truth = found(name)
    spans = {}
    for code, items in by_code.items():
        if code.startswith("PII"):
            for f in items:
                spans.setdefault(f["id"], []).append((f["value"], f["start"], f["end"]))
    whole = [
        any(e == entity and s < end and start < t for e, s, t in spans.get(row, []))
        for row, planted in truth["personal_data"].items()
        for entity, start, end in planted
        if entity != "PERSON"
    ]
    assert sum(whole) >= share * len(whole)
    assert set(truth["secrets"]) <= {f["id"] for code in by_code if code.startswith("PII9") for f in by_code[code]}


@pytest.mark.parametrize("name", NAMES)
def test_rare_classes_are_named(found, name):
    by_code, truth = found(name)
    assert {f["value"] for f in by_code["BAL002"]} == set(truth["rare_classes"])


@pytest.mark.parametrize("name", NAMES)
def test_the_audit_round_trips_and_the_report_can_be_drawn_again(runs, name):
    from auditor.report.redraw import redraw

    _, data, table = read_run(runs(name))
    audit = Audit.from_json(data, table)
    assert json.loads(json.dumps(audit.to_json())) == data
    lang = "zh" if "zh" in name else "en"
    assert redraw(runs(name), lang, "html") == (runs(name) / "report.html").read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_masked_rows_hold_nothing_that_the_scan_finds(runs, name):
    from auditor.pii.spans import find_spans

    changed = set(pq.read_table(runs(name) / "changes.parquet").column("row_id").to_pylist())
    texts = [
        row["text"]
        for path in sorted((runs(name) / "dataset").glob("*.parquet"))
        for row in pq.read_table(path).to_pylist()
        if row["row_id"] in changed
    ]
    assert len(texts) > 50
    left = find_spans(texts, Settings(), "zh" if "zh" in name else "en", ner=False)
    assert [s.entity for spans in left for s in spans if s.entity not in ("URL", "DATE_TIME")] == []


def test_a_diff_names_what_got_worse_and_a_broken_run_is_refused(runs, tmp_path):
    from click.testing import CliRunner

    from auditor.cli.diff import command
    from auditor.errors import InputError

    one, other = (str(runs(name)) for name in NAMES)
    same = CliRunner().invoke(command, [one, one, "--fail-on-worse"], standalone_mode=False)
    assert same.return_value == 0
    changed = CliRunner().invoke(command, [one, other, "--fail-on-worse"], standalone_mode=False)
    assert changed.return_value == 1
    assert len(changed.output) > len(same.output)
    with pytest.raises(InputError):
        CliRunner().invoke(command, [one, str(tmp_path)], standalone_mode=False, catch_exceptions=False)
