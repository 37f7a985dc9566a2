"""Plain data, as JSON, YAML and TOML hold it, as typed values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")
_ADAPTERS: dict[object, TypeAdapter[Any]] = {}


def parse(kind: type[T], data: object) -> T:
    """Plain data as a value of `kind`: a dataclass, or a container of typed values.

    Keys that a dataclass does not have are ignored, so that files of other versions can be read.

    Raises:
        ValueError: the data are not of that kind. The error quotes the data: it must not be printed.
    """
    return _adapter(kind).validate_python(data)


def plain(value: object) -> dict[str, object]:
    """A dataclass as JSON holds it; the inverse of `parse`."""
    data: dict[str, object] = _adapter(type(value)).dump_python(value, mode="json")
    return data


def _adapter(kind: type[T]) -> TypeAdapter[T]:
    """The reader and writer of `kind`, built once."""
    from pydantic import TypeAdapter

    adapter: TypeAdapter[T] = _ADAPTERS.setdefault(kind, _ADAPTERS.get(kind) or TypeAdapter(kind))
    return adapter
