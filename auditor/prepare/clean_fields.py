"""The final fields of rows that are more than one text: each text in them is masked and cleaned like a text column."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pyarrow as pa

from auditor.corpus.cells import Cell, encode_cell, leaves, with_leaves, written_form
from auditor.corpus.corpus import Corpus
from auditor.corpus.shape import ShapeKind, view_of
from auditor.pii.masking.columns import Rescan, by_leaf, joined_places, until_nothing_is_found
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
    """Mask, do the steps and look again, in every field of the corpus's shape; see `clean_rows`.

    The words of tagged rows are masked only: a step could empty one.

    Returns:
        The cells that change as `columns`; `texts` holds the views of their rows, with which rows are compared.
    """
    chosen = list(range(len(corpus))) if rows is None else sorted(rows)
    steps = () if corpus.shape.kind is ShapeKind.WORDS else steps
    cells: dict[str, dict[int, Cell]] = {}
    compared: dict[str, dict[int, Cell]] = {}
    columns: dict[str, dict[int, Cell]] = {}
    inserted: dict[str, dict[int, tuple[Span, ...]]] = {}
    changes: dict[int, list[Change]] = {}
    whole: dict[str, dict[int, Cell]] = {}
    for column in corpus.shape.columns:
        table = corpus.table.take(pa.array(chosen, pa.int64()))
        old = dict(zip(chosen, corpus.shape.cells(table, column), strict=True))
        came = dict(zip(chosen, table.column(column).to_pylist(), strict=True))
        done = _Field(column, old, came, spans.get(column, {}), steps, masker, rescan)
        cells[column], compared[column] = done.new, done.compared
        inserted[column] = done.inserted
        is_json = column in corpus.shape.json_columns
        columns[column] = {row: encode_cell(cell) if is_json else cell for row, cell in done.new.items()}
        both = {**done.new, **done.compared}
        whole[column] = {row: encode_cell(cell) if is_json else cell for row, cell in both.items()}
        for row, made in done.changes.items():
            changes.setdefault(row, []).extend(made)
    return Cleaned(
        texts=_views(corpus, cells),
        changes=dict(sorted(changes.items())),
        columns={name: dict(sorted(values.items())) for name, values in columns.items() if values},
        inserted={name: places for name, places in inserted.items() if places},
        compared_cells=whole,
        compared_texts=_views(corpus, {name: {**cells[name], **compared[name]} for name in cells}, compared),
    )


class _Field:
    """One column of the shape: its `cells`, JSON decoded, and the values as they `came`, by position.

    Attributes:
        new: the cells that change, by position.
        compared: of cells in which something was masked, what they are compared by.
        inserted: places in the cells' texts where something was put in.
        changes: what was done, by position.
    """

    def __init__(
        self,
        column: str,
        cells: Mapping[int, Cell],
        came: Mapping[int, Cell],
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
        for row, every in texts.items():
            mine = by_leaf(every, spans[row]) if row in spans else [[] for _ in every]
            for k, (text, found) in enumerate(zip(every, mine, strict=True)):
                one = Masked(text)
                done = self._stepped((row, k), masker(one, found) if found else one, text, steps)
                if found or done.text != text:
                    pieces[row, k] = done
        pieces = until_nothing_is_found(
            pieces, masker, rescan, column, lambda key, one: self._stepped(key, one, texts[key[0]][key[1]], steps)
        )
        for row in sorted({row for row, _ in pieces}):
            self._put(column, row, cells[row], written_form(came[row]), texts[row], pieces)

    def _stepped(self, key: tuple[int, int], one: Masked, original: str, steps: Sequence[str]) -> Masked:
        """Note what masking did, then do the steps."""
        self._note(key, "mask", one.text, original)
        for step, after in steps_on(one, steps):
            self._note(key, step, after.text, original)
            one = after
        return one

    def _note(self, key: tuple[int, int], step: str, new: str, original: str) -> None:
        chain = self._chains.get(key)
        if new != (chain[-1][1] if chain else original):
            self._chains.setdefault(key, []).append((step, new))

    def _put(
        self,
        column: str,
        row: int,
        cell: Cell,
        before: str,
        texts: list[str],
        pieces: Mapping[tuple[int, int], Masked],
    ) -> None:
        now, changes = list(texts), []
        for k in range(len(texts)):
            for step, text in self._chains.get((row, k), ()):
                now[k] = text
                after = written_form(with_leaves(cell, now))
                changes.append(Change(row, step, before, after, column))
                before = after
        if now != texts:
            self.new[row], self.changes[row] = with_leaves(cell, now), changes
        masked = [pieces.get((row, k), Masked(text)) for k, text in enumerate(now)]
        places = joined_places(masked)
        if places:
            self.inserted[row] = places
            self.compared[row] = with_leaves(cell, [compared_text(one) for one in masked])


def _views(
    corpus: Corpus, cells: Mapping[str, Mapping[int, Cell]], only: Mapping[str, Mapping[int, Cell]] | None = None
) -> dict[int, str]:
    """The views of the rows of which cells change, by position; with `only`, of those in which something is in it."""
    rows = sorted({row for values in (only or cells).values() for row in values})
    table = corpus.table.take(pa.array(rows, pa.int64()))
    whole: dict[str, list[Cell]] = {name: corpus.shape.cells(table, name) for name in corpus.shape.columns}
    for name, values in cells.items():
        whole[name] = [values.get(row, old) for row, old in zip(rows, whole[name], strict=True)]
    return {
        row: view_of(corpus.shape.segments_of({name: whole[name][k] for name in whole})) for k, row in enumerate(rows)
    }
