"""A run that was interrupted says so in its report, with the command that resumes it."""

from __future__ import annotations

import json
import os
import shlex
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.benchmark.stage import StageOutcome
from auditor.config.settings import Settings
from auditor.pipeline import run
from auditor.report.redraw import redraw
from tests.command_server import Finished


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


def signalled() -> None:
    """The command line, in which a training gets the signal that the environment names."""
    from auditor.benchmark import stage
    from auditor.cli.main import main

    def train(*_: object) -> None:
        os.kill(os.getpid(), int(os.environ["SIGNAL"]))
        time.sleep(60)

    stage.run_benchmark = train  # type: ignore[assignment]
    main()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_during_the_benchmark_keeps_audit_and_data_set(
    tmp_path: Path, auditor: Callable[..., Finished], number: int, code: int
) -> None:
    texts = [f"text number {i} about {'cards' if i % 2 else 'loans'}" for i in range(80)]
    pq.write_table(pa.table({"text": texts, "label": ["a", "b"] * 40}), tmp_path / "d.parquet")
    words = ("run", "d.parquet", "-o", "out", "--ner", "off", "--ignore", "LBL,DIV,BIA", "--set", "effects=false")
    environment = {**os.environ, "SIGNAL": str(int(number))}
    done = auditor(*words, cwd=tmp_path, environment=environment, entry="tests.pipeline.test_interrupted:signalled")
    assert done.returncode == code, done.stderr
    assert f"exit {code}: " in done.stdout and "--resume out" in done.stdout
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["interrupted"] is True
    assert {"audit.json", "report.html", "dataset/README.md"} <= set(manifest["outputs"])
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
