"""A worker process: runs the tasks it is sent, one after the other, until its line is closed.

This module imports no heavy library: a worker's environment says how many threads those start, and is set before.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from typing import TypeAlias

from auditor.engine.measure import LONG_SECONDS, Stopwatch, give_back_memory, peak_bytes
from auditor.engine.telling import telling
from auditor.engine.transport import drop, hold, packed, portable

Sent: TypeAlias = tuple[str, int, bytes]
"""To a worker: ``hold`` key value, ``drop`` key nothing, ``run`` number task."""
Answer: TypeAlias = tuple[str, int, bytes, tuple[float, float, float, int]]
"""From a worker: ``ready``, ``told`` progress, ``done`` or ``failed`` with number, result or error, and what it took;
``unread``: the task does not unpickle there."""
_NOTHING = (0.0, 0.0, 0.0, 0)


def work(line: Connection, plugins: tuple[str, ...]) -> None:
    """Run what comes through `line` until it is closed.

    Args:
        line: to the process that started this one.
        plugins: modules that are imported first, as that process did: a check may be defined there.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the starter ends its workers
    threading.Thread(target=_end_with_starter, daemon=True).start()
    import pyarrow as pa

    from auditor.config.plugins import import_plugins

    pa.set_cpu_count(1)
    import_plugins(plugins)

    def told(stage: str, done: int, total: int, /) -> None:
        _answer(line, ("told", 0, pickle.dumps((stage, done, total)), _NOTHING))

    _answer(line, ("ready", 0, b"", _NOTHING))
    with telling(told):
        while True:
            try:
                kind, number, content = pickle.loads(line.recv_bytes())  # noqa: S301 - from the starter
            except (EOFError, OSError):
                return
            if kind == "hold":
                hold(number, pickle.loads(content))  # noqa: S301 - from the starter
            elif kind == "drop":
                drop(number)
            else:
                _answer(line, _run(number, content))


def _run(number: int, content: bytes) -> Answer:
    clock = Stopwatch()
    try:
        task = pickle.loads(content)  # noqa: S301 - from the starter
    except Exception:  # noqa: BLE001 - what is not found here is run by the starter
        return "unread", number, b"\x80\x04N.", (*clock.read(), peak_bytes())
    try:
        kind, result = "done", packed(task())[0]
    except BaseException as error:  # noqa: BLE001 - told to the starter, which raises it
        kind, result = "failed", pickle.dumps(portable(error))
    spent = (*clock.read(), peak_bytes())
    if spent[1] - spent[0] > LONG_SECONDS:
        give_back_memory()
    return kind, number, result, spent


def _answer(line: Connection, answer: Answer) -> None:
    line.send_bytes(pickle.dumps(answer))


def _end_with_starter() -> None:
    """End this process when the one that started it is gone, whatever it is doing."""
    starter = parent_process()
    if starter is not None:
        wait([starter.sentinel])
        os._exit(1)
