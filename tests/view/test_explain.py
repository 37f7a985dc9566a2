"""One row in the terminal."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.view.conftest import CANARY_ROW, MAIL, MadeRun

Run = Callable[..., Any]


def explained(auditor_cli: Run, run: MadeRun, row: int, *more: object) -> str:
    done = auditor_cli("explain", run.folder, row, *more)
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


def test_what_was_found_planned_and_done(auditor_cli: Run, made_run: MadeRun) -> None:
    said = explained(auditor_cli, made_run, CANARY_ROW)
    assert said.startswith(f"Row {CANARY_ROW} · ") and "class fruit" in said.splitlines()[0]
    assert "PII001" in said and "rule personal-data" in said and "row kept, changed" in said
    assert re.search(r"masked: \S.* \(text\)", said) and "The melon is gone." in said
    assert MAIL not in said


def test_a_dropped_duplicate_names_the_row_it_repeats(auditor_cli: Run, made_run: MadeRun) -> None:
    said = explained(auditor_cli, made_run, 34, made_run.input) + explained(auditor_cli, made_run, 30, made_run.input)
    assert "row removed" in said and "rule duplicates" in said and "other row 3" in said and "the same text" in said


def test_chinese(auditor_cli: Run, made_run: MadeRun) -> None:
    said = explained(auditor_cli, made_run, CANARY_ROW, "--lang", "zh")
    assert "处理结果" in said and not re.search(r"\b(Found|Done|Planned|row)\b", said)


@pytest.mark.parametrize("inputs", [False, True])
def test_raw_texts_need_the_input_and_are_written_down(auditor_cli: Run, made_run: MadeRun, inputs: bool) -> None:
    log = made_run.folder / "view.log"
    log.unlink(missing_ok=True)
    done = auditor_cli("explain", made_run.folder, CANARY_ROW, *([made_run.input] if inputs else []), "--reveal")
    assert (done.returncode == 0) == inputs == (MAIL in done.stdout) == log.exists()
    assert inputs or "Give the run's input" in done.stderr


def test_a_row_that_is_not_there(auditor_cli: Run, made_run: MadeRun) -> None:
    done = auditor_cli("explain", made_run.folder, 9_999)
    assert done.returncode == 3 and "no such row" in done.stderr
