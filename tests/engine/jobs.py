"""Tasks for engines: in a file that workers import as a plug-in."""

import os
import signal
import time
from pathlib import Path

import numpy as np

from auditor.engine.task_progress import report_progress
from auditor.errors import InputError
from auditor.message import Text


def place(*_):
    return os.getpid()


def double(number):
    return 2 * number


def total(values):
    return int(values.get().sum()), os.getpid()


def told(count):
    for done in range(count):
        report_progress("told", done + 1, count)
    return os.getpid()


def end_once(marker):
    """End the process at the first call."""
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def end_always():
    os.kill(os.getpid(), signal.SIGKILL)


def fail_by_input():
    raise InputError(Text("A file with {0} rows.", 3), where="here", fix="Do this.")


class LocalError(ValueError):
    """Cannot be pickled: it needs more than its text."""

    def __init__(self, one, two):
        super().__init__(f"{one} {two}")


def fail_oddly():
    raise LocalError(1, 2)


def sleep(seconds):
    time.sleep(seconds)


def fill(megabytes):
    held = np.ones(megabytes << 17)
    time.sleep(3)
    return held.nbytes


def rows_of(batch):
    return batch.column("row_id").to_pylist(), batch.column("text").to_pylist(), os.getpid()
