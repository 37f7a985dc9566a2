"""Mask what was found in a corpus, and look through the masked texts again until nothing more is found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pyarrow as pa

from auditor.corpus.columns import column_texts
from auditor.corpus.corpus import Corpus
from auditor.errors import SafetyError
from auditor.prepare.mask import Masked, Masker, Span

ROUNDS = 64
"""Masking can show what it hid (two numbers become neighbours); so many looks are enough or the run is refused. Only
texts in which something was found are looked at again, and a table of numbers gives up a few of them a look."""
_SLICE = 20_000
"""Texts looked through at once: the search keeps a table of their lines."""
MASKS_SCHEMA = pa.schema(
    [
        pa.field("row_id", pa.int64(), nullable=False),
        pa.field("column", pa.string(), nullable=False),
        pa.field("start", pa.int32(), nullable=False),  # characters (code points), half open, in the final text
        pa.field("end", pa.int32(), nullable=False),
        pa.field("entity", pa.string(), nullable=False),
        pa.field("way", pa.string(), nullable=False),
    ]
)

Rescan = Callable[[Sequence[str]], Sequence[Sequence[Span]]]
"""Personal data that would be masked, in each of several texts."""
Step = Callable[[int, Masked], Masked]
"""What is done to the text of a row after it was masked."""


def found_spans(corpus: Corpus, found: pa.Table) -> dict[str, dict[int, list[Span]]]:
    """Spans by column and row (position); findings without one are passed over."""
    place = {row_id: i for i, row_id in enumerate(corpus.row_id.tolist())}
    spans: dict[str, dict[int, list[Span]]] = defaultdict(lambda: defaultdict(list))
    names = ("row_id", "column", "start", "end", "value")
    for row_id, column, start, end, entity in zip(*(found.column(n).to_pylist() for n in names), strict=True):
        if start is not None:
            spans[column or corpus.roles.text][place[row_id]].append((start, end, entity))
    return spans


def mask_columns(
    corpus: Corpus, spans: Mapping[str, Mapping[int, Sequence[Span]]], masker: Masker, rescan: Rescan | None
) -> dict[str, dict[int, Masked]]:
    """Masked values of the columns beside the text, by column and row.

    Raises:
        SafetyError: see `until_nothing_is_found`.
    """
    result: dict[str, dict[int, Masked]] = {}
    for column, rows in sorted(spans.items()):
        if column == corpus.roles.text:
            continue
        values = column_texts(corpus, column)
        masked = {row: masker(Masked(values[row]), rows[row]) for row in sorted(rows)}
        result[column] = until_nothing_is_found(masked, masker, rescan, column)
    return result


def until_nothing_is_found(
    masked: Mapping[int, Masked],
    masker: Masker,
    rescan: Rescan | None,
    column: str,
    step: Step = lambda row, one: one,
) -> dict[int, Masked]:
    """`masked` with whatever the search that made the findings still finds masked as well.

    Args:
        masked: by row.
        masker: what stands for a value.
        rescan: the search; None: it is not made.
        column: for the error.
        step: done to every text that was masked once more.

    Raises:
        SafetyError: after `ROUNDS` looks there is still something.
    """
    result = dict(masked)
    left = list(result)
    if rescan is None:
        return result
    for _ in range(ROUNDS):
        again = []
        for start in range(0, len(left), _SLICE):
            some = left[start : start + _SLICE]
            for row, spans in zip(some, rescan([result[row].text for row in some]), strict=True):
                new = masker(result[row], spans)
                if new != result[row]:
                    result[row] = step(row, new)
                    again.append(row)
        left = again
        if not left:
            return result
    raise SafetyError(
        f"In {len(left):,} rows masking left something that the same search finds.",
        where=f"column {column}",
        fix="Mask with `replace`, or drop the rows (--mask drop); please report the rules used.",
    )


def masks_table(
    corpus: Corpus,
    columns: Mapping[str, Mapping[int, Sequence[Span]]],
    masker_way: Callable[[str], str],
    kept: np.ndarray,
) -> pa.Table:
    """`MASKS_SCHEMA`: where something was put into kept rows, in row order.

    Args:
        columns: inserted places by column and row.
        masker_way: the way of masking a type (`Masker.way`).
        kept: bool, one a row.
    """
    rows = [
        (int(corpus.row_id[row]), column, *span, masker_way(span[2]))
        for column, places in columns.items()
        for row, inserted in places.items()
        if kept[row]
        for span in inserted
    ]
    arrays = zip(*sorted(rows), strict=True) if rows else [[] for _ in MASKS_SCHEMA]
    return pa.table(dict(zip(MASKS_SCHEMA.names, map(list, arrays), strict=True)), MASKS_SCHEMA)
