"""Fixtures of the fault cases; `@pytest.mark.case(N)` gives a test the number of its case."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.command_server import CommandServer
from tests.faults.injected import library
from tests.faults.oracles import Program, Reading

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def program(auditor: Callable, tmp_path: Path) -> Iterator[Program]:
    """The command line over a folder of its own, judged by the oracles."""
    made = Program(auditor, tmp_path)
    yield made
    made.assert_inputs_unchanged()


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    """Reads files as the program does, judged by the oracles."""
    return Reading(tmp_path)


@pytest.fixture(scope="session")
def nasty() -> Callable[[str], Path]:
    """A function from a name to its path in the folder of nasty inputs; skips where it is absent."""
    base = Path(os.environ.get("AUDITOR_SHARED", ROOT.parent / "shared")) / "corpora"

    def find(name: str) -> Path:
        if not (base / name).exists():
            pytest.skip(f"the nasty inputs {name} are not here (set AUDITOR_SHARED)")
        return base / name

    return find


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandServer]:
    """Runs commands in whose system calls faults can be put, see `tests.faults.injected`."""
    made = library(tmp_path_factory.mktemp("calls"))
    if made is None:
        pytest.skip("no C compiler, or no Linux, to put faults into system calls")
    opened = CommandServer({"LD_PRELOAD": str(made)})
    atexit.register(opened.close)
    yield opened
    atexit.unregister(opened.close)
    opened.close()
