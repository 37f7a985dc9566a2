"""VI. Reports."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.oracles import FAST, TOLD, Program
from tests.report.test_html import assert_inert

PAYLOADS = (
    "<script>alert(1)</script>",
    '"><svg onload=alert(2)>',
    "<img src=x onerror=alert(3)>",
    "javascript:alert(4)",
)


@pytest.mark.case(71)
def test_hundreds_of_scripts_in_a_corpus_stay_texts(program: Program, nasty: Callable[[str], Path]) -> None:
    listed = (nasty("xss") / "Intruder" / "xss-payload-list.txt").read_text("utf-8", "replace").splitlines()
    lines = [line for line in listed if line.strip()]
    payloads = lines[:: max(1, len(lines) // 500)][:500]
    table = [(f"{text} {i} {TOLD[i % 4]}", PAYLOADS[i % 4], text) for i, text in enumerate(payloads)]
    stream = io.StringIO()
    csv.writer(stream).writerows([("text", PAYLOADS[0], PAYLOADS[1]), *table])
    program.write("<img src=x onerror=alert(5)>.csv", stream.getvalue())
    program.write("<b>.yaml", f"recognizers:\n- {{name: '{PAYLOADS[2]}', supported_entity: X, patterns: [{{name: '{PAYLOADS[0]}', regex: alert, score: 0.9}}]}}\n")  # fmt: skip
    program.run(
        "scan", "<img src=x onerror=alert(5)>.csv", "-o", "o", *FAST, "--text", "text", "--label", PAYLOADS[0],
        "--set", "pii.rules=<b>.yaml", "--select", "PII,QLT,BAL,DUP", rows_in=500,
    )  # fmt: skip
    assert_inert((program.folder / "o" / "report.html").read_text("utf-8"))
    for words in (
        ["scan", "<script>.csv"],
        ["scan", "<b>.yaml", "--text", "<script>"],
        ["scan", ".", "--set", "<script>=1"],
    ):
        done = program._run(*words, "-o", "e", cwd=program.folder, environment=program.environment, timeout=60)
        assert done.returncode in (2, 3) and "unexpected" not in done.stderr, done.stderr
