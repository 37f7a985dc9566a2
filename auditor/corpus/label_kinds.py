"""Types of labels before their conversion to strings: mixed types, and labels that are equal only as strings."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from auditor.corpus.cells import is_text
from auditor.corpus.readers.base import FileRows
from auditor.corpus.readers.blocks import KINDS, Kind

_NAMES = {str: "text", bool: "boolean", int: "integer", float: "decimal", list: "list", dict: "object"}
_KINDS = {KINDS[kind]: name for kind, name in _NAMES.items()}
_TYPES: tuple[tuple[Callable[[pa.DataType], bool], str], ...] = (
    (is_text, "text"),
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_integer, "integer"),
    (pa.types.is_floating, "decimal"),
    (pa.types.is_list, "list"),
    (pa.types.is_struct, "object"),
)
_ROWS = 8_192


@dataclass(frozen=True)
class LabelKinds:
    """The types in a label column.

    Attributes:
        rows: number of rows by type, most frequent first; empty if all labels have the same type.
        alike: labels that occur in several types and are equal as strings, such as 1 and "1".
    """

    rows: Mapping[str, int] = field(default_factory=dict)
    alike: tuple[str, ...] = ()


def label_kinds(rows: Sequence[FileRows], label: str | None) -> LabelKinds:
    """The types of the label column's values in its files; empty for typed columns and for columns of one type."""
    counts: dict[str, int] = defaultdict(int)
    names: dict[str, set[str]] = defaultdict(set)
    for file in rows:
        for kind, count, texts in _values(file, label):
            if count:
                counts[kind] += count
            for text in texts:
                names[text].add(kind)
    if len(counts) < 2:
        return LabelKinds()
    return LabelKinds(_by_size(counts.items()), tuple(sorted(text for text, kinds in names.items() if len(kinds) > 1)))


def _values(file: FileRows, label: str | None) -> Iterator[tuple[str, int, set[str]]]:
    """Type, number and distinct texts of the labels of a file."""
    column = file.columns.get(label) if label is not None else None
    if isinstance(column, list):
        by_kind: dict[str, list[str]] = defaultdict(list)
        for value in column:
            if value is not None:
                by_kind[_NAMES.get(type(value), "other")].append(_text(value))
        yield from ((kind, len(texts), set(texts)) for kind, texts in by_kind.items())
    elif column is not None and file.values is not None and not file.values.is_typed:
        kinds = file.values.kinds.get(label or "")
        for start in range(0, len(column), _ROWS):
            values = column.slice(start, _ROWS)
            if kinds is None:
                kind_name = next((name for test, name in _TYPES if test(column.type)), "other")
                distinct = values.to_pylist() if pa.types.is_nested(column.type) else values.unique().to_pylist()
                count = len(values) - values.null_count
                yield kind_name, count, {_text(value) for value in distinct if value is not None}
                continue
            numbers = kinds.slice(start, _ROWS).to_numpy()
            for kind in np.unique(numbers[numbers != Kind.MISSING]).tolist():
                texts = values.filter(pa.array(numbers == kind))
                yield _KINDS[Kind(kind)], len(texts), set(texts.unique().to_pylist())


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _by_size(items: Iterable[tuple[str, int]]) -> dict[str, int]:
    return dict(sorted(items, key=lambda item: (-item[1], item[0])))
