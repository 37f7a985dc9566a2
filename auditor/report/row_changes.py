"""Added, changed and removed rows between two runs, by the hashes of the rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class RowChanges:
    """Differences between the rows of two runs.

    Attributes:
        added: ``row_id`` of rows that only the later run has.
        changed: ``row_id`` of rows of the later run with the identifier or text of a row of the earlier one, but
            another content.
        removed: ``row_id`` of rows that only the earlier run has.
        unchanged: number of rows that both have, in any order.
    """

    added: frozenset[int]
    changed: frozenset[int]
    removed: frozenset[int]
    unchanged: int

    def kind_of(self, row_id: int) -> str:
        """``added``, ``changed`` or ``unchanged``, for a row of the later run."""
        return "added" if row_id in self.added else "changed" if row_id in self.changed else "unchanged"


def row_changes(before: pa.Table, after: pa.Table) -> RowChanges:
    """Compare the rows of two runs.

    Args:
        before, after: the columns ``row_id``, ``id`` and ``content`` of ``rows.parquet``.
    """
    old, new = _rows(before), _rows(after)
    remaining = Counter(content for _, _, content in old)
    new_only = []
    for row in new:
        if remaining[row[2]] > 0:
            remaining[row[2]] -= 1
        else:
            new_only.append(row)
    old_only = []
    for row in reversed(old):  # of equal rows, the last ones count as removed
        if remaining[row[2]] > 0:
            remaining[row[2]] -= 1
            old_only.append(row)
    changed, new_only, old_only = _matched(new_only, old_only)
    changed_texts, by_text, removed = _matched(_by_text(new_only), _by_text(old_only))
    unchanged = len(new) - len(changed) - len(changed_texts) - len(by_text)
    return RowChanges(_ids(by_text), frozenset({*changed, *changed_texts}), _ids(removed), unchanged)


_Row = tuple[int, str | None, str]


def _rows(table: pa.Table) -> list[_Row]:
    columns = (table.column(name).to_pylist() for name in ("row_id", "id", "content"))
    return [(row_id, key, content or "") for row_id, key, content in zip(*columns, strict=True)]


def _ids(rows: Iterable[_Row]) -> frozenset[int]:
    return frozenset(row[0] for row in rows)


def _by_text(rows: Iterable[_Row]) -> list[_Row]:
    """The rows with the hash of their text as key."""
    return [(row_id, content.partition(".")[0], content) for row_id, _, content in rows]


def _matched(new: list[_Row], old: list[_Row]) -> tuple[list[int], list[_Row], list[_Row]]:
    """Ids of new rows with the key of an old row, and the unmatched rows of both; rows without a key do not match."""
    by_key: dict[object, list[_Row]] = defaultdict(list)
    for row in old:
        if row[1] is not None:
            by_key[row[1]].append(row)
    matched, unmatched = list[int](), list[_Row]()
    for row in new:
        matches = by_key.get(row[1]) if row[1] is not None else None
        if matches:
            matches.pop()
            matched.append(row[0])
        else:
            unmatched.append(row)
    unmatched_ids = {row[0] for rows in by_key.values() for row in rows}
    return matched, unmatched, [row for row in old if row[0] in unmatched_ids or row[1] is None]
