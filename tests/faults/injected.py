"""Faults put into a command that the server of the tests runs: a system call fails, or the process dies at it.

The calls are caught by `system_calls.c`, compiled where there is a compiler and preloaded into the server, so that
those of libraries in C, C++ and Rust are caught too.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "AUDITOR_TEST_FAULT"
KINDS = {"write": 1, "fsync": 2, "rename": 4, "remove": 8, "make": 16}
"""What is done to what lies below a folder: written or cut, synced, renamed or linked, removed, made."""
HOW = {"count": 0, "kill": 1, "torn": 2, "fail": 3, "full": 4}
"""Count only; die before the call; die when half is written; fail once; fail from there on."""


@dataclass(frozen=True)
class Fault:
    """What happens at which call.

    Attributes:
        kind: of calls, see `KINDS`.
        number: of the call, from 1.
        how: see `HOW`.
        error: number of the error, for ``fail`` and ``full``.
    """

    kind: str
    number: int = 0
    how: str = "count"
    error: int = 0

    def environment(self, below: Path, counted: Path) -> dict[str, str]:
        """That of a command which shall meet the fault in files below `below`; `counted` gets a byte for each call."""
        return {VARIABLE: f"{self.kind}:{self.number}:{self.how}:{self.error}:{below}:{counted}"}


def library(folder: Path) -> Path | None:
    """The compiled library, in `folder`; None where it cannot be made."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not sys.platform.startswith("linux"):
        return None
    made = folder / "system_calls.so"
    source = Path(__file__).with_name("system_calls.c")
    words = [compiler, "-O1", "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", made, source, "-ldl"]
    return made if subprocess.run(words, check=False, capture_output=True).returncode == 0 else None


def install() -> None:
    """Put the fault of the environment into this process."""
    asked = os.environ.pop(VARIABLE, None)
    if asked is None:
        return
    kind, number, how, error, below, counted = asked.split(":", 5)
    handle = os.open(counted, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    put = ctypes.CDLL(None).auditor_fault
    put.argtypes = [ctypes.c_char_p, *[ctypes.c_int, ctypes.c_long, ctypes.c_int, ctypes.c_int, ctypes.c_int]]
    put.restype = None
    put(os.fsencode(below), KINDS[kind], int(number), HOW[how], int(error), handle)
