"""VII. Privacy."""

from __future__ import annotations

import pytest

from tests.faults.oracles import CANARIES, FAST, TOLD, Program, csv_of, rows


@pytest.mark.case(78)
def test_no_canary_leaves_any_verb(program: Program) -> None:
    program.write("a.csv", csv_of(rows(16)))
    program.write("ragged.csv", csv_of(rows(16)) + f"{TOLD[0]},late,{TOLD[1]},{TOLD[2]}\n")
    program.run("run", "a.csv", "-o", "run", *FAST, "--no-benchmark", "--augment", "none", rows_in=20)
    program.run("scan", "ragged.csv", "-o", "ragged", *FAST, "--select", "PII", rows_in=21)
    program.run("scan", "ragged.csv", "-o", "x", "--on-bad-row", "fail", code=3, names=["ragged.csv:22"])
    program.run("index", "a.csv", "-o", "index")
    program.run("review", "export", "run", "--include", "keep,flag,review,mask", "-o", "queue.csv")
    for kind in ("md", "sarif", "junit", "jsonl", "json", "github"):
        program.run("report", "run", "--format", kind)
    program.run("diff", "run", "run")


@pytest.mark.case(79)
def test_debug_is_asked_for_and_says_what_it_may_quote(program: Program) -> None:
    program.write("a.csv", csv_of(rows(16)))
    program.run("--debug", "scan", "a.csv", "-o", "o", *FAST, "--select", "PII", rows_in=20)
    assert "may quote the data" in program.run("--help").stdout


@pytest.mark.case(78)
@pytest.mark.parametrize("way", ["replace", "redact", "surrogate", "mask"])
def test_no_way_of_masking_leaves_a_canary(way: str, program: Program) -> None:
    program.write("a.csv", csv_of(rows(16)))
    program.run("clean", "a.csv", "-o", "o", *FAST, "--select", "PII", "--mask", way, "--augment", "none", rows_in=20)
    assert len(program.result("o").column()) == 20
    assert len(CANARIES) == 4
