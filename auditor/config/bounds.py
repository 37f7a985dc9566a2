"""Types of settings with numbers by metric name: limits and grade bounds, given as TOML, text or Python values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator


def _flat(tree: object, leaves: frozenset[str] = frozenset()) -> object:
    """Flatten nested tables to one table with dotted names; a table whose keys are all in `leaves` is a value."""
    if not isinstance(tree, Mapping):
        return tree
    flat: dict[str, object] = {}
    for key, value in tree.items():
        inner = _flat(value, leaves)
        if isinstance(inner, dict) and not (inner and leaves.issuperset(inner)):
            flat.update({f"{key}.{name}": leaf for name, leaf in inner.items()})
        else:
            flat[str(key)] = value
    return flat


def _limits(value: object) -> object:
    flat = _flat(value)
    return {name: as_number(item) for name, item in flat.items()} if isinstance(flat, dict) else flat


def _bounds(value: object) -> object:
    flat = _flat(value, frozenset("ABCD"))
    if not isinstance(flat, dict):
        return flat
    return {name: _four(item) for name, item in flat.items()}


def _four(value: object) -> object:
    """Bounds given as a list, as a table by letter, or as comma-separated text."""
    if isinstance(value, Mapping):
        value = [value.get(letter) for letter in "ABCD"]
    elif isinstance(value, str):
        value = value.split(",")
    return [as_number(item) for item in value] if isinstance(value, (list, tuple)) else value


def as_number(value: object) -> object:
    """Convert a text such as ``1%`` to 0.01; other values are returned unchanged."""
    if isinstance(value, str) and value.strip().endswith("%"):
        return f"{value.strip()[:-1].strip()}e-2"
    return value


def _rising(bounds: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    if list(bounds) != sorted(bounds):
        raise ValueError("bounds are four numbers in ascending order, for A, B, C and D")
    return bounds


Limits = Annotated[dict[str, float], BeforeValidator(_limits)]
Bounds = Annotated[tuple[float, float, float, float], AfterValidator(_rising)]
Thresholds = Annotated[dict[str, Bounds], BeforeValidator(_bounds)]
