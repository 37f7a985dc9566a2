"""A run that was interrupted says so in its report, with the command that resumes it."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.benchmark.stage import StageOutcome
from auditor.config.settings import Settings
from auditor.pipeline import run
from auditor.report.redraw import redraw


@pytest.mark.parametrize("is_interrupted", [True, False])
def test_an_interrupted_benchmark_is_said_in_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_interrupted: bool
) -> None:
    file, out = tmp_path / "my data.parquet", tmp_path / "out"
    texts = [f"text number {i} about {'cards' if i % 2 else 'loans'}" for i in range(80)]
    pq.write_table(pa.table({"text": texts, "label": ["a", "b"] * 40}), file)
    stopped = StageOutcome(interrupted=is_interrupted)
    monkeypatch.setattr(sys.modules["auditor.pipeline.run"], "run_stage", lambda *_: stopped)
    command = shlex.join(["auditor", "run", str(file), "--seeds", "3", "-o", "elsewhere"])
    settings = Settings(ignore=("LBL", "DIV", "BIA"), pii={"ner": "off"}, keep_state=False)
    run([str(file)], settings, out=out, command=command, stages=("scan", "plan", "clean", "benchmark"),
        progress=lambda *_: None, is_offering=False)  # fmt: skip
    pages = [(out / "report.md").read_text("utf-8"), redraw(out, "en", "md")]
    for page in pages:
        assert ("interrupted" in page) is is_interrupted
        assert (f"`auditor run {shlex.quote(str(file))} --seeds 3 --resume " in page) is is_interrupted
        assert "elsewhere" not in page
