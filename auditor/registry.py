"""Registries of the implementations of an extension point, built in or added by plug-ins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from auditor.errors import UsageError, nearest

T = TypeVar("T")


class Registry(Generic[T]):
    """Implementations of one extension point, in the order of registration, with unique keys.

    Args:
        kind: their name in error messages, such as ``report format``.
        keys: returns the keys of an entry.
        entries: the built-in ones.

    Raises:
        UsageError: two entries share a key.
    """

    def __init__(self, kind: str, keys: Callable[[T], Iterable[str]], entries: Iterable[T]) -> None:
        self._kind, self._keys = kind, keys
        self._by_key: dict[str, T] = {}
        for entry in entries:
            self.register(entry)

    def register(self, entry: T) -> None:
        """Add an entry.

        Raises:
            UsageError: it has no key, or a key is taken; nothing is added.
        """
        keys = tuple(self._keys(entry))
        if not keys or not all(keys):
            raise UsageError(
                f"No name is given for a {self._kind}.",
                where=_name(entry),
                fix="Give it one: see docs/extending.md.",
            )
        taken = [key for key in keys if key in self._by_key]
        if taken or len(set(keys)) < len(keys):
            raise UsageError(
                f"The {self._kind} {', '.join(taken or keys)} already exists.",
                where=_name(entry),
                fix="Give it another name, or do not register it twice.",
            )
        self._by_key.update(dict.fromkeys(keys, entry))

    def unregister(self, entry: T) -> None:
        """Remove an entry, if it is registered."""
        self._by_key = {key: known for key, known in self._by_key.items() if known is not entry}

    def names(self) -> tuple[str, ...]:
        """All keys, in the order of registration."""
        return tuple(self._by_key)

    def find(self, key: str) -> T | None:
        """The entry with this key, if any."""
        return self._by_key.get(key)

    def get(self, key: str, where: str) -> T:
        """The entry with this key.

        Args:
            key: the key.
            where: the option or setting that names it, for the error.

        Raises:
            UsageError: there is no such entry.
        """
        if key not in self._by_key:
            raise UsageError(
                f"There is no such {self._kind}.", where=f"{where} {key}".strip(), fix=nearest(key, self._by_key)
            )
        return self._by_key[key]

    def __iter__(self) -> Iterator[T]:
        """Each entry once, in the order of registration."""
        return iter({id(entry): entry for entry in self._by_key.values()}.values())


def _name(entry: object) -> str:
    """The name of an entry's class; the entry may be a class itself."""
    return entry.__name__ if isinstance(entry, type) else type(entry).__name__
