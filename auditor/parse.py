"""Convert plain data from JSON, YAML and TOML to typed values, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")
_ADAPTERS: dict[object, TypeAdapter[Any]] = {}


def parse(kind: type[T], data: object) -> T:
    """Convert plain data to `kind`: a dataclass, or a container of typed values.

    Unknown keys are ignored, so that files of other versions can be read.

    Raises:
        ValueError: the data does not match `kind`. The error quotes the data and must not be printed.
    """
    return _adapter(kind).validate_python(data)


def plain(value: object) -> dict[str, object]:
    """Convert a dataclass to plain JSON data; the inverse of `parse`."""
    data: dict[str, object] = _adapter(type(value)).dump_python(value, mode="json")
    return data


def _adapter(kind: type[T]) -> TypeAdapter[T]:
    """The pydantic adapter of `kind`, built once."""
    from pydantic import TypeAdapter

    adapter: TypeAdapter[T] = _ADAPTERS.setdefault(kind, _ADAPTERS.get(kind) or TypeAdapter(kind))
    return adapter
