"""An interrupt that comes once the output is being replaced ends nothing and is not reported as harmless."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.command_server import run_auditor
from tests.faults.oracles import FAST, csv_of, rows, snapshot


def run_late() -> None:
    """The command line, interrupted right after the new run took the place of the earlier one."""
    from auditor.cli.main import main
    from auditor.store import folder

    exchange = folder.exchange

    def and_interrupt(*paths: Path) -> bool:
        done = exchange(*paths)
        os.kill(os.getpid(), getattr(signal, os.environ["SENT"]))
        return done

    folder.exchange = and_interrupt
    main()


@pytest.mark.parametrize("sent", ["SIGINT", "SIGTERM"])
def test_an_interrupt_after_the_output_was_replaced_comes_too_late(sent: str, tmp_path: Path) -> None:
    for name, count in (("a.csv", 8), ("b.csv", 10)):
        (tmp_path / name).write_text(csv_of(rows(count)))
    words = ("-o", "out", *FAST, "--select", "PII")
    assert run_auditor("scan", "a.csv", *words, cwd=tmp_path).returncode == 0
    before = snapshot(tmp_path / "out")
    environment = {**os.environ, "SENT": sent}
    done = run_auditor("scan", "b.csv", *words, cwd=tmp_path, environment=environment, entry=f"{__name__}:run_late")
    assert (done.returncode, "interrupted" in done.stderr) == (0, False), done.stderr
    assert snapshot(tmp_path / "out") != before
    assert [path.name for path in tmp_path.glob(".*")] == []
