"""Mask the findings in a corpus, and search the masked texts again until nothing more is found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, TypeVar

import numpy as np
import pyarrow as pa

from auditor.corpus.cells import Cell, leaves, with_leaves
from auditor.corpus.columns import column_texts, heading_of
from auditor.corpus.corpus import Corpus
from auditor.errors import SafetyError
from auditor.pii.masking.key import Key
from auditor.pii.masking.masker import Masked, Masker, Span, TokenMasker

ROUNDS = 64
"""Maximum number of searches before the run is rejected: masking can create new hits (two numbers become adjacent).
Only texts with hits are searched again; a table of numbers yields a few new hits per search."""
_SLICE = 20_000
"""Texts per search, which builds a table of their lines."""
_DISTINCT = ("id", "source", "label", "annotator")
"""Roles whose values are masked with one token per value: identifiers, sources, classes, annotators stay distinct."""
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


class Rescan(Protocol):
    """A search for personal data that would be masked, in each of several texts."""

    def __call__(self, texts: Sequence[str], heading: str | None = None) -> Sequence[Sequence[Span]]:
        """Spans in each text; `heading` is the name of the column that the texts come from, None for the text."""


Name = TypeVar("Name", bound=Hashable)
Step = Callable[[Name, Masked], Masked]
"""A step applied to the text of a row after masking."""


@dataclass
class MaskedColumn:
    """Masked cells of a column other than the text, by position.

    Attributes:
        values: the new cells; strings, or lists and structs with masked strings in them.
        inserted: spans of replacements in the cell's text (its strings joined by line feeds).
    """

    values: dict[int, Cell] = field(default_factory=dict)
    inserted: dict[int, tuple[Span, ...]] = field(default_factory=dict)


def found_spans(corpus: Corpus, found: pa.Table) -> dict[str, dict[int, list[Span]]]:
    """Spans by column and row (position); findings without a span are skipped."""
    place = {row_id: i for i, row_id in enumerate(corpus.row_id.tolist())}
    spans: dict[str, dict[int, list[Span]]] = defaultdict(lambda: defaultdict(list))
    names = ("row_id", "column", "start", "end", "entity")
    for row_id, column, start, end, entity in zip(*(found.column(n).to_pylist() for n in names), strict=True):
        if start is not None:
            spans[column or corpus.roles.text][place[row_id]].append((start, end, entity))
    return spans


def column_masker(corpus: Corpus, column: str, masker: Masker, group: str | None = None) -> Masker:
    """The masker of a column: tokens if values must stay distinct, else the run's masker.

    Without a secret key the tokens are keyed by the content of the corpus, as the hashes of the accounts are.
    """
    distinct = {getattr(corpus.roles, role) for role in _DISTINCT} | {group}
    if column not in distinct or column == corpus.roles.text:
        return masker
    return TokenMasker(masker.key if masker.key.is_secret else Key(corpus.secret, is_secret=False))


def mask_columns(
    corpus: Corpus,
    spans: Mapping[str, Mapping[int, Sequence[Span]]],
    masker: Masker,
    rescan: Rescan | None,
    group: str | None = None,
) -> dict[str, MaskedColumn]:
    """Masked cells of the columns other than the text and its fields.

    Raises:
        SafetyError: see `mask_to_fixpoint`.
    """
    result: dict[str, MaskedColumn] = {}
    for column, rows in sorted(spans.items()):
        if column not in corpus.text_columns:
            result[column] = _masked_column(corpus, column, rows, column_masker(corpus, column, masker, group), rescan)
    return result


def _masked_column(
    corpus: Corpus, column: str, rows: Mapping[int, Sequence[Span]], masker: Masker, rescan: Rescan | None
) -> MaskedColumn:
    cells, texts = _cells(corpus, column, sorted(rows))
    pieces = {
        (row, k): masker(Masked(text), clipped)
        for row, searched in texts.items()
        for k, (text, clipped) in enumerate(zip(searched, by_leaf(searched, rows[row]), strict=True))
    }
    look = partial(rescan, heading=heading_of(corpus, column)) if rescan is not None else None
    pieces = mask_to_fixpoint(pieces, masker, look, column)
    result = MaskedColumn()
    for row, searched in texts.items():
        masked = [pieces[row, k] for k in range(len(searched))]
        result.inserted[row] = joined_places(masked)
        new = [masked_text.text for masked_text in masked]
        result.values[row] = new[0] if cells is None else with_leaves(cells[row], new)
    return result


def _cells(corpus: Corpus, column: str, rows: Sequence[int]) -> tuple[dict[int, Cell] | None, dict[int, list[str]]]:
    """The cells of nested columns (None for others), and the strings of each cell."""
    table = corpus.table.column(column)
    if not pa.types.is_nested(table.type):
        values = column_texts(corpus, column)
        return None, {row: [values[row]] for row in rows}
    cells = dict(zip(rows, table.take(pa.array(rows, pa.int64())).to_pylist(), strict=True))
    return cells, {row: leaves(cell) for row, cell in cells.items()}


def by_leaf(texts: Sequence[str], spans: Sequence[Span]) -> list[list[Span]]:
    """The spans of a cell's text cut at the borders of its strings, each with offsets in its string."""
    result: list[list[Span]] = []
    first = 0
    for text in texts:
        cut = [(max(start - first, 0), min(end - first, len(text)), entity) for start, end, entity in spans]
        result.append([span for span in cut if span[0] < span[1]])
        first += len(text) + 1
    return result


def joined_places(pieces: Sequence[Masked]) -> tuple[Span, ...]:
    """Spans of replacements in the text of a cell whose strings are `pieces`."""
    places: list[Span] = []
    first = 0
    for piece in pieces:
        places += [(first + start, first + end, entity) for start, end, entity in piece.inserted]
        first += len(piece.text) + 1
    return tuple(places)


def mask_to_fixpoint(
    masked: Mapping[Name, Masked],
    masker: Masker,
    rescan: Rescan | None,
    column: str,
    step: Step[Name] = lambda row, masked_text: masked_text,
) -> dict[Name, Masked]:
    """`masked` with all further hits of the search that made the findings masked as well.

    Args:
        masked: the masked texts by row.
        masker: what replaces a value.
        rescan: the search; None: no search.
        column: column name for the error.
        step: applied to every text that was masked again.

    Raises:
        SafetyError: there are still hits after `ROUNDS` searches.
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
    way: Callable[[str, str], str],
    names: Mapping[str, str],
    kept: np.ndarray,
) -> pa.Table:
    """`MASKS_SCHEMA`: spans of replacements in kept rows, in row order.

    Args:
        columns: spans of replacements by column and row.
        way: masking method by column and type.
        names: name of each column in the data set.
        kept: bool, one per row.
    """
    rows = [
        (int(corpus.row_id[row]), names.get(column, column), *span, way(column, span[2]))
        for column, places in columns.items()
        for row, inserted in places.items()
        if kept[row]
        for span in inserted
    ]
    arrays = zip(*sorted(rows), strict=True) if rows else [[] for _ in MASKS_SCHEMA]
    return pa.table(dict(zip(MASKS_SCHEMA.names, map(list, arrays), strict=True)), MASKS_SCHEMA)
