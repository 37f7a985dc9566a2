"""The origin of the value of each setting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from auditor.config.settings import Settings

Place = Literal["flag", "environment", "auditor.toml", "--config", "[tool.auditor]", "preset", "default"]


@dataclass(frozen=True)
class Origin:
    """The place where a value was set."""

    place: Place
    name: str = ""
    """The flag, variable or file."""

    def __str__(self) -> str:
        """Such as ``flag --ner``."""
        return f"{self.place} {self.name}".rstrip()


DEFAULT = Origin("default")


@dataclass(frozen=True)
class Loaded:
    """The settings of a run, and their origins."""

    settings: Settings
    origins: Mapping[str, Origin] = field(default_factory=dict)
    """The origin by dotted key, including keys within tables; defaults are not listed."""

    def origin(self, key: str) -> Origin:
        """The origin of the value at a dotted key; for a table, the one of highest precedence."""
        latest = reversed(list(self.origins.items()))
        return next((origin for given, origin in latest if _is_within(key, given) or _is_within(given, key)), DEFAULT)


def _is_within(key: str, table: str) -> bool:
    return f"{key}.".startswith(f"{table}.")


def leaves(tree: Mapping[str, object], before: str = "") -> Iterator[str]:
    """The dotted keys of all values in nested tables."""
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, f"{before}{key}.")
        else:
            yield f"{before}{key}"
