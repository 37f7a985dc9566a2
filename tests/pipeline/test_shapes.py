"""Rows of several texts end to end: audited, masked in their cells, written in their shape, and undone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from auditor.cli.main import cli

N = 40
MAIL = "jane.roe@example-mail.org"
_A = ["kettle", "novel", "bridge", "garden", "lamp", "harbour", "ticket", "violin"]
_B = ["leaks", "ends well", "was closed", "needs rain", "flickers", "freezes over", "got lost", "sounds warm"]


def line(i: int, word: str) -> str:
    return f"{word} {i}: the {_A[i % 8]} beside {_A[(i // 8 + 3) % 8]} {_B[(i * 5 + i // 8) % 8]} on day {i * 7}"


def with_mail(i: int, text: str) -> str:
    return f"{text}, write to {MAIL}" if i == 5 else text


def messages(i: int) -> list[dict[str, str]]:
    return [
        {"role": "user", "content": line(i, "Ask")},
        {"role": "assistant", "content": with_mail(i, line(i + 3, "Answer"))},
    ]


SHAPES: dict[str, dict[str, list[Any]]] = {
    "pair": {
        "premise": [line(i // 2, "First") for i in range(N)],
        "hypothesis": [with_mail(i, line(i, "Second")) for i in range(N)],
        "label": [("yes", "no")[i % 2] for i in range(N)],
    },
    "question-answer": {
        "question": [line(i, "Ask") for i in range(N)],
        "answer": [with_mail(i, line(i + 2, "Answer")) for i in range(N)],
    },
    "preference": {
        "prompt": [line(i, "Ask") for i in range(N)],
        "chosen": [with_mail(i, line(i + 2, "Good")) for i in range(N)],
        "rejected": [line(i + 9, "Bad") for i in range(N)],
    },
    "chat": {"messages": [messages(i) for i in range(N)], "topic": ["a"] * N},
    "chat as json": {"messages": [json.dumps(messages(i)) for i in range(N)]},
    "words": {
        "tokens": [with_mail(i, line(i, "Say")).split() for i in range(N)],
        "ner_tags": [[0] * len(with_mail(i, line(i, "Say")).split()) for i in range(N)],
    },
}


def run(*words: str) -> str:
    result = CliRunner().invoke(cli, list(words), standalone_mode=False)
    assert result.exception is None, result.exception
    return result.output


@pytest.fixture(params=SHAPES)
def cleaned(request, tmp_path: Path, monkeypatch) -> tuple[str, pa.Table, Path]:
    monkeypatch.chdir(tmp_path)
    table = pa.table(SHAPES[request.param])
    table = pa.concat_tables([table, table.slice(0, 2)])  # two rows come twice
    pq.write_table(table, "in.parquet")
    run("clean", "in.parquet", "-o", "out", "--ner", "off", "--ignore", "LBL,BIA,DIV,STL")
    return request.param, table, tmp_path / "out"


def test_rows_are_written_in_their_shape_and_undone(cleaned):
    name, table, out = cleaned
    written = pa.concat_tables([pq.read_table(path) for path in sorted((out / "dataset").glob("*.parquet"))])
    written = written.sort_by("row_id")
    assert written.num_rows == N  # of the equal rows one of each is kept
    assert [written.schema.field(n).type for n in table.column_names if n != "messages"] == [
        written.schema.field(n).type for n in table.column_names if n != "messages"
    ]
    text = repr(written.select(table.column_names).to_pydict())
    assert MAIL not in text
    assert text.count("<EMAIL_ADDRESS>") == 1
    for path in out.rglob("*"):
        assert MAIL.encode() not in (path.read_bytes() if path.is_file() else b""), path
    run("clean", "in.parquet", "--undo", "out", "-o", "back.parquet")
    assert pq.read_table("back.parquet").to_pydict() == table.to_pydict()
    if name.startswith("chat"):
        cell = written.column("messages").to_pylist()[0]
        first = json.loads(cell)[0] if isinstance(cell, str) else cell[0]
        assert first == {"role": "user", "content": line(0, "Ask")}


def test_findings_name_the_cell(cleaned):
    name, table, out = cleaned
    found = [f for f in pq.read_table(out / "findings.parquet").to_pylist() if f["code"] == "PII001"]
    assert len(found) == 1
    cell = table.column(found[0]["column"]).to_pylist()[5]
    cell = json.loads(cell) if name == "chat as json" else cell
    leaves = (
        [cell] if isinstance(cell, str) else [v for m in cell for v in (m.values() if isinstance(m, dict) else [m])]
    )
    assert "\n".join(leaves)[found[0]["start"] : found[0]["end"]] == MAIL


def test_one_side_that_repeats_costs_no_row_though_another_row_is_repaired(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    passages = [" ".join(line(i + 11 * k, "Long") for k in range(8)) for i in range(N // 4)]
    columns = {
        "premise": [passages[i // 4] for i in range(N)],
        "hypothesis": [with_mail(i, line(i, "Second")) for i in range(N)],
        "label": [("yes", "no")[i % 2] for i in range(N)],
    }
    columns["hypothesis"][9] = "The cafÃ© is closed today for all of us."
    pq.write_table(pa.table(columns), "in.parquet")
    run("clean", "in.parquet", "-o", "out", "--ner", "off", "--ignore", "LBL,BIA,DIV,STL")
    written = pa.concat_tables(
        [pq.read_table(path) for path in sorted((tmp_path / "out" / "dataset").glob("*.parquet"))]
    )
    assert written.num_rows == N
    assert "The café is closed today for all of us." in written.column("hypothesis").to_pylist()


def test_one_broken_cell_of_json_among_thousands_is_kept_and_masked(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cells = [json.dumps(messages(i)) for i in range(6, 3_006)]
    cells[2_500] = '[{"role": "user", "content": "Write to ' + MAIL + ", it is cut here"
    cells[2_501] = json.dumps(messages(7_000)).replace('"content"', f'"content": "{MAIL}", "content"', 1)
    pq.write_table(pa.table({"messages": cells}), "in.parquet")
    run("clean", "in.parquet", "-o", "out", "--ner", "off", "--select", "PII")
    rows = [row for p in (tmp_path / "out" / "dataset").glob("*.parquet") for row in pq.read_table(p).to_pylist()]
    assert len(rows) == 3_000
    found = {row["row_id"]: row["messages"] for row in rows}
    assert found[2_500] == cells[2_500].replace(MAIL, "<EMAIL_ADDRESS>")
    assert found[2_501] == cells[2_501].replace(MAIL, "<EMAIL_ADDRESS>")
    run("clean", "in.parquet", "--undo", "out", "-o", "back.parquet")
    assert pq.read_table("back.parquet").column("messages").to_pylist() == cells
