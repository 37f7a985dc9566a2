"""Which rows of a data set are new, changed or gone, by the hashes of rows of two runs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class RowChanges:
    """The rows of two runs beside each other.

    Attributes:
        added: ``row_id`` of rows of the later run that the earlier one has not.
        changed: ``row_id`` of rows of the later run that have the identifier, or the text, of a row of the earlier one,
            and not its content.
        removed: ``row_id`` of rows of the earlier run that the later one has not.
        unchanged: number of rows that both have, in whatever order.
    """

    added: frozenset[int]
    changed: frozenset[int]
    removed: frozenset[int]
    unchanged: int

    def kind_of(self, row_id: int) -> str:
        """``added``, ``changed`` or ``unchanged``, of a row of the later run."""
        return "added" if row_id in self.added else "changed" if row_id in self.changed else "unchanged"


def row_changes(before: pa.Table, after: pa.Table) -> RowChanges:
    """Compare the rows of two runs.

    Args:
        before, after: the columns ``row_id``, ``id`` and ``content`` of ``rows.parquet``.
    """
    old, new = _rows(before), _rows(after)
    left = Counter(content for _, _, content in old)
    fresh = []
    for row in new:
        if left[row[2]] > 0:
            left[row[2]] -= 1
        else:
            fresh.append(row)
    lost = []
    for row in reversed(old):  # of equal rows the last ones are those that are gone
        if left[row[2]] > 0:
            left[row[2]] -= 1
            lost.append(row)
    changed, fresh, lost = _matched(fresh, lost)
    more, by_text, lost_texts = _matched(_by_text(fresh), _by_text(lost))
    unchanged = len(new) - len(changed) - len(more) - len(by_text)
    return RowChanges(_ids(by_text), frozenset({*changed, *more}), _ids(lost_texts), unchanged)


_Row = tuple[int, str | None, str]


def _rows(table: pa.Table) -> list[_Row]:
    columns = (table.column(name).to_pylist() for name in ("row_id", "id", "content"))
    return [(row_id, key, content or "") for row_id, key, content in zip(*columns, strict=True)]


def _ids(rows: Iterable[_Row]) -> frozenset[int]:
    return frozenset(row[0] for row in rows)


def _by_text(rows: Iterable[_Row]) -> list[_Row]:
    """Rows with the hash of their text as key."""
    return [(row_id, content.partition(".")[0], content) for row_id, _, content in rows]


def _matched(new: list[_Row], old: list[_Row]) -> tuple[list[int], list[_Row], list[_Row]]:
    """New rows that have the key of an old one, and what is left of both; a row without a key has no match."""
    waiting: dict[object, list[_Row]] = defaultdict(list)
    for row in old:
        if row[1] is not None:
            waiting[row[1]].append(row)
    found, rest = list[int](), list[_Row]()
    for row in new:
        matches = waiting.get(row[1]) if row[1] is not None else None
        if matches:
            matches.pop()
            found.append(row[0])
        else:
            rest.append(row)
    left = {row[0] for rows in waiting.values() for row in rows}
    return found, rest, [row for row in old if row[0] in left or row[1] is None]
