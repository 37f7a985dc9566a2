"""Lists, details and decisions over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from auditor.review.decisions import read_decisions
from tests.view.conftest import CANARY_ROW, NUMBER_ROW, STREET_ROW, Client, MadeRun, Opener


def rows(client: Client, query: str) -> list[int]:
    page = client.get(f"list?{query}")
    assert page["total"] >= len(page["lines"])
    return [line["row"] for line in page["lines"]]


def shown(pieces: list[list[str]]) -> str:
    return "".join(text for _, text in pieces)


def test_pages_and_orders(client: Client) -> None:
    first = client.get("list?show=all&order=row")
    assert first["total"] == 80 and [line["row"] for line in first["lines"]] == list(range(50))
    later = client.get(f"more?list={first['list']}&first=50")
    assert [line["row"] for line in later["lines"]] == list(range(50, 80))
    by_class = client.get("list?show=all&order=label")["lines"]
    assert {line["label"] for line in by_class[:40]} == {"fruit"}
    surest = client.get("list?show=found&order=confidence")["lines"]
    assert surest and all(line["codes"] for line in surest)


def test_filters_agree_with_the_tables(client: Client, made_run: MadeRun) -> None:
    found = pq.read_table(made_run.folder / "findings.parquet").to_pylist()
    for code in {one["code"] for one in found if one["row_id"] is not None}:
        wanted = sorted({one["row_id"] for one in found if one["code"] == code and one["row_id"] is not None})
        assert sorted(rows(client, f"show=all&code={code}&order=row")) == wanted[:50]
    sure = {one["row_id"] for one in found if (one["confidence"] or 0) > 0.899} - {None}
    assert client.get("list?show=all&least=0.9")["total"] == len(sure)
    assert set(rows(client, "show=all&label=tools&order=row")) == set(range(0, 80, 2))
    plan = pq.read_table(made_run.folder / "plan.parquet").to_pylist()
    tests = {one["row_id"] for one in plan if one["part"] == "test"}
    assert set(rows(client, "show=all&part=test")) == tests != set()
    assert client.get("list?show=all&source=web")["total"] == 72
    assert rows(client, "show=all&label=nothing") == rows(client, "show=all&code=XXX001") == []


def test_search_is_by_parts_of_words_in_any_case(client: Client) -> None:
    assert rows(client, "show=all&search=MELON%20is") == [CANARY_ROW]
    assert rows(client, "show=all&search=%2312") == [12]
    assert rows(client, "show=all&search=no%20such%20words") == []
    assert len(rows(client, "show=all&search=hammer")) > 3
    pieces = dict(client.get(f"texts?rows={CANARY_ROW}&search=melon")["texts"])[CANARY_ROW]
    assert ["mark", "melon"] in pieces


def test_a_row_in_full(client: Client) -> None:
    detail = client.get(f"row?row={NUMBER_ROW}")
    assert detail["labels"] == ["tools"] and detail["row"] == NUMBER_ROW
    assert "mask" in {kind for kind, _ in detail["text"]} and "hammer is lost" in shown(detail["text"])
    assert any(one["code"].startswith("PII") and one["title"] for one in detail["found"])
    assert "\n" in shown(client.get(f"row?row={CANARY_ROW}")["text"]), "lines stay lines"


def test_a_duplicate_stands_beside_its_twin(client: Client, made_run: MadeRun) -> None:
    found = pq.read_table(made_run.folder / "findings.parquet").to_pylist()
    pairs = {one["row_id"]: one["ref_row"] for one in found if one["code"] in ("DUP001", "DUP002")}
    assert pairs
    for row, other in pairs.items():
        around = client.get(f"around?row={row}")
        assert around["pairs"][0]["row"] == other
    near = next(row for row in pairs if 20 in (row, pairs[row]))
    marked = [text for kind, text in client.get(f"around?row={near}")["pairs"][0]["own"] if kind == "mark"]
    assert marked in (["note"], ["word"])


def test_neighbours_are_found_where_the_run_names_none(client: Client) -> None:
    near = client.server.viewer._details._nearest
    assert near is not None
    found = near.of(20, 3)
    assert found[0] == 22 and 20 not in found


def test_decisions_and_undo(client: Client, tmp_path: Path) -> None:
    assert client.post("decide", {"row": 3, "decision": "drop"})["own"]["decision"] == "drop"
    client.post("decide", {"row": 4, "decision": "relabel", "label": "fruit"})
    client.post("decide", {"row": 4, "decision": "keep"})
    assert rows(client, "show=all&state=decided&order=row") == [3, 4]
    assert client.get("list?show=all&state=open")["total"] == 78
    page = client.get("list?show=all&order=row")
    assert page["decided"] == 2 and page["lines"][3]["own"]["decision"] == "drop"
    undone = client.post("undo", {})
    assert undone["row"] == 4 and undone["own"]["label"] == "fruit"
    assert client.post("undo", {})["own"] is None
    client.post("undo", {})
    assert client.post("undo", {}) == {"row": None, "own": None}
    assert rows(client, "show=all&state=decided") == []


def test_two_reviewers_see_each_other_and_where_they_disagree(opener: Opener, tmp_path: Path) -> None:
    ann, bob = opener(reviewer="ann"), opener(reviewer="bob")
    for one in (ann, bob):
        one.enter()
    ann.post("decide", {"row": 7, "decision": "drop"})
    bob.post("decide", {"row": 7, "decision": "keep"})
    bob.post("decide", {"row": 9, "decision": "keep"})
    assert rows(ann, "show=all&state=disputed") == [7]
    assert rows(ann, "show=all&state=decided") == [7]
    assert {one["reviewer"] for one in ann.get("row?row=7")["decided"]} == {"ann", "bob"}
    digest = ann.server.viewer.decisions._digest
    found = read_decisions(tmp_path / "decisions.json", digest, range(80), {"fruit", "tools"})
    assert {one.row_id: one.action for one in found} == {7: "review", 9: "keep"}


def test_clean_carries_decisions_out(client: Client, made_run: MadeRun, tmp_path: Path, auditor_cli: Any) -> None:
    plan = {one["row_id"]: one for one in pq.read_table(made_run.folder / "plan.parquet").to_pylist()}
    assert plan[STREET_ROW]["action"] == plan[STREET_ROW + 2]["action"] == "flag", "the policy masks neither"
    client.post("decide", {"row": 3, "decision": "drop"})
    client.post("decide", {"row": 11, "decision": "relabel", "label": "tools"})
    client.post("decide", {"row": NUMBER_ROW, "decision": "keep"})
    client.post("decide", {"row": STREET_ROW, "decision": "mask"})
    client.post("decide", {"row": 12, "decision": "mask"})  # nothing is found in it
    done = auditor_cli(
        "clean", made_run.input, "--review", tmp_path / "decisions.json", "-o", tmp_path / "out", "--ner", "off", "-q"
    )
    assert done.returncode == 0, done.stderr
    plan = {one["row_id"]: one for one in pq.read_table(tmp_path / "out" / "plan.parquet").to_pylist()}
    assert plan[3]["action"] == "drop" and plan[11]["action"] == "relabel" and plan[11]["label"] == "tools"
    assert plan[STREET_ROW]["action"] == plan[12]["action"] == "mask" and plan[NUMBER_ROW]["action"] == "keep"
    kept = [one for path in (tmp_path / "out" / "dataset").glob("*.parquet") for one in pq.read_table(path).to_pylist()]
    texts = {one["row_id"]: one["text"] for one in kept}
    assert "219-09" not in texts[NUMBER_ROW] and "hammer is lost" in texts[NUMBER_ROW]
    assert "12 Baker" not in texts[STREET_ROW] and "14 Baker Street" in texts[STREET_ROW + 2]


def test_a_run_without_a_plan_can_be_looked_at(
    made_run: MadeRun, opener: Opener, tmp_path: Path, auditor_cli: Any
) -> None:
    done = auditor_cli("scan", made_run.input, "-o", tmp_path / "scanned", "--ner", "off", "-q")
    assert done.returncode == 0, done.stderr
    for inputs in ((str(made_run.input),), ()):
        client = opener(run=tmp_path / "scanned", inputs=inputs)
        client.enter()
        assert b'value="review"' not in client.ask("GET", "/")[2]
        assert client.get("list?show=all")["total"] == 80
        detail = client.get(f"row?row={CANARY_ROW}")
        assert detail["text"] and not any(b"canary" in answer for answer in client.seen)
