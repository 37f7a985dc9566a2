"""Faults put into a command that the server of the tests runs: a call of the system fails, or the process dies at it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

VARIABLE = "AUDITOR_TEST_FAULT"
"""``CALL:N:WHAT:FILE``: at the Nth `os.CALL`, WHAT is ``kill`` or the number of an error; the count goes to FILE."""


def fault(call: str, number: int, what: str, counted: Path) -> dict[str, str]:
    """The environment of a command with a fault; see `VARIABLE`. Number 0 only counts."""
    return {VARIABLE: f"{call}:{number}:{what}:{counted}"}


def install() -> None:
    """Put the fault of the environment into `os`."""
    asked = os.environ.pop(VARIABLE, None)
    if asked is None:
        return
    call, number, what, counted = asked.split(":", 3)
    calls = call.split(",")
    seen = [0]

    def wrap(real: Callable[..., object]) -> Callable[..., object]:
        def called(*words: object, **more: object) -> object:
            seen[0] += 1
            with open(counted, "w") as stream:  # noqa: PTH123 - nothing of ours may be counted
                stream.write(str(seen[0]))
            if seen[0] == int(number):
                if what == "kill":
                    os.kill(os.getpid(), signal.SIGKILL)
                raise OSError(int(what), os.strerror(int(what)))
            return real(*words, **more)

        return called

    for name in calls:
        setattr(os, name, wrap(getattr(os, name)))
