"""Serialization of tasks, shared values, results and errors between processes."""

from __future__ import annotations

import io
import itertools
import pickle
import traceback
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from auditor.engine.base import Task

T = TypeVar("T")
_KEYS = itertools.count()
_VALUES: dict[int, object] = {}
"""Shared values present in this process, by key."""


@dataclass(frozen=True)
class SharedValue(Generic[T]):
    """A handle on a value that each process stores under the same key."""

    key: int

    def get(self) -> T:
        """The value."""
        return cast(T, _VALUES[self.key])


def new_key() -> int:
    """A key not used before in this process."""
    return next(_KEYS)


def hold(key: int, value: object) -> None:
    """Store a shared value in this process."""
    _VALUES[key] = value


def value(key: int) -> object:
    """A shared value of this process."""
    return _VALUES[key]


def drop(key: int) -> None:
    """Delete a shared value in this process."""
    _VALUES.pop(key, None)


class _Pickler(pickle.Pickler):
    """Records the keys of the shared values that the pickled object refers to."""

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream, protocol=pickle.HIGHEST_PROTOCOL)
        self.keys: list[int] = []

    def persistent_id(self, obj: object) -> None:
        if isinstance(obj, SharedValue) and obj.key not in self.keys:
            self.keys.append(obj.key)


def dump(value: object) -> tuple[bytes, list[int]]:
    """Pickle a value; returns the bytes and the keys of the shared values it refers to."""
    stream = io.BytesIO()
    pickler = _Pickler(stream)
    pickler.dump(value)
    return stream.getvalue(), pickler.keys


def load_task(content: bytes) -> Task[object]:
    """Unpickle a task from bytes that this program wrote."""
    return cast(Task[object], pickle.loads(content))  # noqa: S301


def picklable_error(error: BaseException) -> BaseException:
    """The error if it pickles, otherwise an `UnportableError` in its place.

    Its traceback is attached as a note for ``--debug``.
    """
    error.add_note("".join(traceback.format_exception(error)))
    try:
        if type(pickle.loads(pickle.dumps(error))) is type(error):  # noqa: S301 - pickled on the same line
            return error
    except Exception:  # noqa: BLE001, S110 - pickling runs code of the class, which may raise anything
        pass
    return UnportableError(type(error).__name__, str(error), tuple(error.__notes__))


class UnportableError(RuntimeError):
    """Carries class name, text and notes of an error that does not pickle; see `restored_error`."""

    def __init__(self, name: str, text: str, notes: tuple[str, ...]) -> None:
        super().__init__(name, text, notes)
        self.name, self.text, self.notes = name, text, notes


def restored_error(error: BaseException) -> BaseException:
    """An error received from another process; an `UnportableError` becomes an error of a class with the same name."""
    if not isinstance(error, UnportableError):
        return error
    restored: BaseException = type(error.name, (RuntimeError,), {})(error.text)
    for note in error.notes:
        restored.add_note(note)
    return restored
