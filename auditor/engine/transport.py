"""What crosses from one process to another: tasks, the values they share, results, errors."""

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
_HELD: dict[int, object] = {}
"""Shared values of this process by key."""


@dataclass(frozen=True)
class Held(Generic[T]):
    """A handle on a value that each process holds by a key."""

    key: int

    def get(self) -> T:
        """The value."""
        return cast(T, _HELD[self.key])


def new_key() -> int:
    """A key that no value of this process has had."""
    return next(_KEYS)


def hold(key: int, value: object) -> None:
    """Keep a value in this process."""
    _HELD[key] = value


def value(key: int) -> object:
    """A shared value of this process."""
    return _HELD[key]


def drop(key: int) -> None:
    """Let go of a value in this process."""
    _HELD.pop(key, None)


class _Pickler(pickle.Pickler):
    """Notes which shared values the object names."""

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream, protocol=pickle.HIGHEST_PROTOCOL)
        self.keys: list[int] = []

    def persistent_id(self, obj: object) -> None:
        if isinstance(obj, Held) and obj.key not in self.keys:
            self.keys.append(obj.key)


def packed(value: object) -> tuple[bytes, list[int]]:
    """A value as bytes, and the keys of the shared values it names."""
    stream = io.BytesIO()
    pickler = _Pickler(stream)
    pickler.dump(value)
    return stream.getvalue(), pickler.keys


def unpacked(content: bytes) -> Task[object]:
    """A task out of bytes of this program's own."""
    return cast(Task[object], pickle.loads(content))  # noqa: S301


def portable(error: BaseException) -> BaseException:
    """An error that pickles, with its traceback as a note for ``--debug``.

    One that does not pickle becomes one of a class with the same name: what is said of an error is its class.
    """
    error.add_note("".join(traceback.format_exception(error)))
    try:
        if type(pickle.loads(pickle.dumps(error))) is type(error):  # noqa: S301 - its own bytes
            return error
    except Exception:  # noqa: BLE001, S110 - whatever a class does when it is pickled: it does not pickle
        pass
    return UnportableError(type(error).__name__, str(error), tuple(error.__notes__))


class UnportableError(RuntimeError):
    """Stands for an error that does not pickle until it has arrived; see `arrived`."""

    def __init__(self, name: str, text: str, notes: tuple[str, ...]) -> None:
        super().__init__(name, text, notes)
        self.name, self.text, self.notes = name, text, notes


def arrived(error: BaseException) -> BaseException:
    """An error out of another process; `UnportableError` ones get a class of their own name."""
    if not isinstance(error, UnportableError):
        return error
    made: BaseException = type(error.name, (RuntimeError,), {})(error.text)
    for note in error.notes:
        made.add_note(note)
    return made
