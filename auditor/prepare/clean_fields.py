"""Mask and clean the fields of rows with several texts; each text is treated like a text column."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pyarrow as pa

from auditor.corpus.cells import Cell, encode_cell, leaves, with_leaves, written_form
from auditor.corpus.corpus import Corpus
from auditor.corpus.shape import ShapeKind, view_of
from auditor.pii.masking.columns import Rescan, by_leaf, joined_places, mask_to_fixpoint
from auditor.pii.masking.masker import Masked, Masker, Span
from auditor.prepare.cleaning import Change, Cleaned, compared_text, steps_on


def clean_fields(
    corpus: Corpus,
    spans: Mapping[str, Mapping[int, Sequence[Span]]],
    steps: Sequence[str],
    masker: Masker,
    rescan: Rescan | None,
    rows: Collection[int] | None = None,
) -> Cleaned:
    """Mask, apply the text steps and scan again, in every field of the corpus's shape; see `clean_rows`.

    The words of tagged rows are only masked, since a step could leave a word empty.

    Returns:
        The cells that change as `columns`; `texts` holds the views of their rows, which are used to compare rows.
    """
    positions = list(range(len(corpus))) if rows is None else sorted(rows)
    steps = () if corpus.shape.kind is ShapeKind.WORDS else steps
    cells: dict[str, dict[int, Cell]] = {}
    compared: dict[str, dict[int, Cell]] = {}
    columns: dict[str, dict[int, Cell]] = {}
    inserted: dict[str, dict[int, tuple[Span, ...]]] = {}
    changes: dict[int, list[Change]] = {}
    comparison_cells: dict[str, dict[int, Cell]] = {}
    for column in corpus.shape.columns:
        table = corpus.table.take(pa.array(positions, pa.int64()))
        old = dict(zip(positions, corpus.shape.cells(table, column), strict=True))
        original = dict(zip(positions, table.column(column).to_pylist(), strict=True))
        cleaned = _CleanedField(column, old, original, spans.get(column, {}), steps, masker, rescan)
        cells[column], compared[column] = cleaned.new, cleaned.compared
        inserted[column] = cleaned.inserted
        is_json = column in corpus.shape.json_columns
        columns[column] = {row: encode_cell(cell) if is_json else cell for row, cell in cleaned.new.items()}
        compared_values = {**cleaned.new, **cleaned.compared}
        comparison_cells[column] = {
            row: encode_cell(cell) if is_json else cell for row, cell in compared_values.items()
        }
        for row, row_changes in cleaned.changes.items():
            changes.setdefault(row, []).extend(row_changes)
    return Cleaned(
        texts=_views(corpus, cells),
        changes=dict(sorted(changes.items())),
        columns={name: dict(sorted(values.items())) for name, values in columns.items() if values},
        inserted={name: places for name, places in inserted.items() if places},
        compared_cells=comparison_cells,
        compared_texts=_views(corpus, {name: {**cells[name], **compared[name]} for name in cells}, compared),
    )


class _CleanedField:
    """One cleaned column of the shape.

    Args:
        column: its name.
        cells: the cells by position, with JSON decoded.
        original: the values of the column by position.
        spans, steps, masker, rescan: see `clean_rows`.

    Attributes:
        new: the cells that change, by position.
        compared: of cells with masked values, the cells used for comparison, by position.
        inserted: spans of the replacements in the texts of the cells, by position.
        changes: the changes made, by position.
    """

    def __init__(
        self,
        column: str,
        cells: Mapping[int, Cell],
        original: Mapping[int, Cell],
        spans: Mapping[int, Sequence[Span]],
        steps: Sequence[str],
        masker: Masker,
        rescan: Rescan | None,
    ) -> None:
        self.new: dict[int, Cell] = {}
        self.compared: dict[int, Cell] = {}
        self.inserted: dict[int, tuple[Span, ...]] = {}
        self.changes: dict[int, list[Change]] = {}
        self._chains: dict[tuple[int, int], list[tuple[str, str]]] = {}
        texts = {row: leaves(cell) for row, cell in cells.items()}
        pieces: dict[tuple[int, int], Masked] = {}
        for row, row_texts in texts.items():
            leaf_spans = by_leaf(row_texts, spans[row]) if row in spans else [[] for _ in row_texts]
            for k, (text, to_mask) in enumerate(zip(row_texts, leaf_spans, strict=True)):
                unmasked = Masked(text)
                cleaned = self._apply((row, k), masker(unmasked, to_mask) if to_mask else unmasked, text, steps)
                if to_mask or cleaned.text != text:
                    pieces[row, k] = cleaned
        pieces = mask_to_fixpoint(
            pieces, masker, rescan, column, lambda key, masked: self._apply(key, masked, texts[key[0]][key[1]], steps)
        )
        for row in sorted({row for row, _ in pieces}):
            self._store(column, row, cells[row], written_form(original[row]), texts[row], pieces)

    def _apply(self, key: tuple[int, int], masked: Masked, original: str, steps: Sequence[str]) -> Masked:
        """Record the effect of masking, then apply the steps."""
        self._record(key, "mask", masked.text, original)
        for step, after in steps_on(masked, steps):
            self._record(key, step, after.text, original)
            masked = after
        return masked

    def _record(self, key: tuple[int, int], step: str, new: str, original: str) -> None:
        chain = self._chains.get(key)
        if new != (chain[-1][1] if chain else original):
            self._chains.setdefault(key, []).append((step, new))

    def _store(
        self,
        column: str,
        row: int,
        cell: Cell,
        before: str,
        texts: list[str],
        pieces: Mapping[tuple[int, int], Masked],
    ) -> None:
        new_texts, changes = list(texts), []
        for k in range(len(texts)):
            for step, text in self._chains.get((row, k), ()):
                new_texts[k] = text
                after = written_form(with_leaves(cell, new_texts))
                changes.append(Change(row, step, before, after, column))
                before = after
        if new_texts != texts:
            self.new[row], self.changes[row] = with_leaves(cell, new_texts), changes
        masked = [pieces.get((row, k), Masked(text)) for k, text in enumerate(new_texts)]
        places = joined_places(masked)
        if places:
            self.inserted[row] = places
            self.compared[row] = with_leaves(cell, [compared_text(text) for text in masked])


def _views(
    corpus: Corpus, cells: Mapping[str, Mapping[int, Cell]], only: Mapping[str, Mapping[int, Cell]] | None = None
) -> dict[int, str]:
    """The views of the rows with changed cells, by position; `only`: restrict them to the rows with cells in it."""
    rows = sorted({row for values in (only or cells).values() for row in values})
    table = corpus.table.take(pa.array(rows, pa.int64()))
    columns: dict[str, list[Cell]] = {name: corpus.shape.cells(table, name) for name in corpus.shape.columns}
    for name, values in cells.items():
        columns[name] = [values.get(row, old) for row, old in zip(rows, columns[name], strict=True)]
    return {
        row: view_of(corpus.shape.segments_of({name: columns[name][k] for name in columns}))
        for k, row in enumerate(rows)
    }
