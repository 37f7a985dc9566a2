"""What labels were before they became texts: types that are mixed, and labels that are equal only as texts."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

_NAMES = {str: "text", bool: "boolean", int: "integer", float: "decimal", list: "list", dict: "object"}


@dataclass(frozen=True)
class LabelKinds:
    """Types in a label column.

    Attributes:
        rows: rows by type, the most frequent first; empty where all labels are of one type.
        alike: labels that occur in several types and are equal as texts, such as 1 and "1".
    """

    rows: Mapping[str, int] = field(default_factory=dict)
    alike: tuple[str, ...] = ()


def label_kinds(columns: Sequence[object]) -> LabelKinds:
    """The types of the label column's values as its files held them; Arrow columns are of one type."""
    values = [value for column in columns if isinstance(column, list) for value in column if value is not None]
    if len({type(value) for value in values}) < 2:
        return LabelKinds()
    rows: dict[str, int] = defaultdict(int)
    types: dict[str, set[type]] = defaultdict(set)
    for value in values:
        rows[_NAMES.get(type(value), "other")] += 1
        types[value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)].add(type(value))
    return LabelKinds(_by_size(rows.items()), tuple(sorted(text for text, kinds in types.items() if len(kinds) > 1)))


def _by_size(items: Iterable[tuple[str, int]]) -> dict[str, int]:
    return dict(sorted(items, key=lambda item: (-item[1], item[0])))
