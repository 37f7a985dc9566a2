"""A worker process: runs the tasks it receives, one after the other, until its connection is closed.

This module imports no heavy library at the top, so that `ONE_THREAD` is in the environment before any is loaded.
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
from auditor.engine.task_progress import report_to
from auditor.engine.transport import drop, dump, hold, picklable_error

Sent: TypeAlias = tuple[str, int, bytes]
"""Message to a worker (kind, number, content): ``hold`` (key, value), ``drop`` (key, nothing), ``run`` (number,
task)."""
Answer: TypeAlias = tuple[str, int, bytes, tuple[float, float, float, int]]
"""Message from a worker (kind, task number, content, resources used): ``ready``; ``progress``; ``done`` with the result
or ``failed`` with the error; ``unread``: the task cannot be unpickled in the worker."""
_NOTHING = (0.0, 0.0, 0.0, 0)


def work(connection: Connection, plugins: tuple[str, ...]) -> None:
    """Run the tasks that arrive on `connection` until it is closed.

    Args:
        connection: to the parent process.
        plugins: modules to import first, since checks may be defined in them.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole process group; the parent ends its workers
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import pyarrow as pa

    from auditor.config.plugins import import_plugins

    pa.set_cpu_count(1)
    import_plugins(plugins)

    def send_progress(stage: str, done: int, total: int, /) -> None:
        _answer(connection, ("progress", 0, pickle.dumps((stage, done, total)), _NOTHING))

    _answer(connection, ("ready", 0, b"", _NOTHING))
    with report_to(send_progress):
        while True:
            try:
                kind, number, content = pickle.loads(connection.recv_bytes())  # noqa: S301 - from the parent
            except (EOFError, OSError):
                return
            if kind == "hold":
                hold(number, pickle.loads(content))  # noqa: S301 - from the parent
            elif kind == "drop":
                drop(number)
            else:
                _answer(connection, _run(number, content))


def _run(number: int, content: bytes) -> Answer:
    clock = Stopwatch()
    try:
        task = pickle.loads(content)  # noqa: S301 - from the parent
    except Exception:  # noqa: BLE001 - the parent runs a task that cannot be unpickled here
        return "unread", number, b"\x80\x04N.", (*clock.read(), peak_bytes())
    try:
        kind, result = "done", dump(task())[0]
    except BaseException as error:  # noqa: BLE001 - sent to the parent, which raises it
        kind, result = "failed", pickle.dumps(picklable_error(error))
    usage = (*clock.read(), peak_bytes())
    if usage[1] - usage[0] > LONG_SECONDS:
        give_back_memory()
    return kind, number, result, usage


def _answer(connection: Connection, answer: Answer) -> None:
    connection.send_bytes(pickle.dumps(answer))


def _end_with_parent() -> None:
    """End this process as soon as its parent has ended, whatever it is doing."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
