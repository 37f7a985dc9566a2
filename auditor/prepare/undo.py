"""Rebuild the input of a run from its outputs.

The data set has the columns of the input in their order, then the added ones. Columns are therefore identified by
position, whatever their names in the data set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.core.audit import CorpusProfile
from auditor.corpus.cells import written_form
from auditor.corpus.corpus import Corpus, Roles
from auditor.corpus.output_names import ADDED_COLUMNS
from auditor.corpus.shape import Shape, ShapeKind
from auditor.errors import SafetyError
from auditor.prepare.audit_trail import RAW_CHANGED, RAW_COLUMNS, RAW_REMOVED, keyed_hash, raw_of


@dataclass(frozen=True)
class Outputs:
    """The outputs of a run: the parts of the data set, and the tables of `auditor.prepare.ledger` and `raw_tables`.

    Attributes:
        left_out: indices of the columns of the input that the data set lacks.
    """

    parts: Sequence[pa.Table]
    removed: pa.Table
    changes: pa.Table
    raw: Mapping[str, pa.Table]
    left_out: Sequence[int] = ()


def restore(outputs: Outputs, profile: CorpusProfile, corpus: Corpus | None) -> Corpus:
    """Rebuild the input of a run.

    Args:
        outputs: outputs of the run.
        profile: profile of the input in the audit.
        corpus: the input, read again; None: the raw tables hold the values that the data set lacks.

    Raises:
        SafetyError: outputs and raw values contradict each other.
    """
    raw = outputs.raw if corpus is None else _raw_of(corpus, outputs)
    schema = _plain(raw[RAW_REMOVED].schema)
    names = {name: schema.names[index] for index, name in enumerate(profile.columns)}
    roles: dict[str, Any] = {role: names[name] for role, name in profile.roles.items() if name in names}
    shape = Shape(
        ShapeKind(profile.shape),
        tuple(names[name] for name in profile.text_columns),
        tuple(names[name] for name in profile.json_columns),
        profile.text_keys,
    )
    if shape.is_composed:
        roles["text"] = shape.name
    ids, output_columns = _kept(outputs, schema)
    columns = {**output_columns, **_cells(raw[RAW_COLUMNS], ids)}
    changed = _ids(raw[RAW_CHANGED])
    for name, cells in _cells(raw[RAW_CHANGED], changed).items():
        columns[name] = _with_cells(columns[name], _positions(ids, changed), cells)
    if any(name not in columns for name in schema.names):
        raise _differs()
    kept = pa.table([_typed(columns[field.name], field.type) for field in schema], schema=schema)
    removed = pa.table(raw[RAW_REMOVED].columns[1:], schema=schema)
    all_ids = np.concatenate([ids, _ids(raw[RAW_REMOVED])])
    order = np.argsort(all_ids, kind="stable")
    table = pa.concat_tables([kept, removed]).take(pa.array(order)).combine_chunks()
    restored = Corpus(profile.name, profile.files, table, all_ids[order], Roles(**roles), shape=shape)
    _check(outputs, restored, ids, output_columns)
    return restored


def _kept(outputs: Outputs, schema: pa.Schema) -> tuple[np.ndarray, dict[str, pa.ChunkedArray]]:
    """Row ids of the input rows in the data set, and the data set's values of the input's columns, by input name.

    Raises:
        SafetyError: the data set has more or fewer columns than the input.
    """
    names = [name for place, name in enumerate(schema.names) if place not in outputs.left_out]
    if not outputs.parts:
        return np.zeros(0, np.int64), {n: pa.chunked_array([], schema.field(n).type) for n in names}
    table = pa.concat_tables(outputs.parts)
    if table.num_columns != len(names) + len(ADDED_COLUMNS):
        raise _differs()
    table = table.filter(pc.is_valid(table.column(len(names))))
    return table.column(len(names)).to_numpy(), dict(zip(names, table.columns, strict=False))


def _raw_of(corpus: Corpus, outputs: Outputs) -> dict[str, pa.Table]:
    """The raw tables, from the input."""
    ids = pa.array(corpus.row_id)
    removed = np.asarray(pc.is_in(ids, outputs.removed.column("row_id").combine_chunks()))
    changed = np.asarray(pc.is_in(ids, outputs.changes.column("row_id").unique()))
    others = [name for name in corpus.table.column_names if name != corpus.roles.text]  # includes fields of the text
    return raw_of(corpus, ~removed, changed, others)


def _plain(schema: pa.Schema) -> pa.Schema:
    """Names and types of the columns after the row number."""
    return pa.schema([pa.field(field.name, field.type) for field in schema][1:])


def _ids(raw: pa.Table) -> np.ndarray:
    return np.asarray(raw.column(0).to_numpy())


def _cells(raw: pa.Table, ids: np.ndarray) -> dict[str, pa.ChunkedArray]:
    """The columns after the row number, for the rows with the given ids, in that order."""
    if raw.num_columns == 1:
        return {}
    raw = raw.take(pa.array(_positions(_ids(raw), ids)))
    return dict(zip(raw.column_names[1:], raw.columns[1:], strict=True))


def _typed(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """The column in its original type; Parquet names the items of lists differently."""
    if str(column.type) == str(kind):  # list types compare equal whatever the names of their items
        return column
    try:
        cast = column.cast(kind)
        cast.validate()  # casting lists of nulls can give offsets beyond the values
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        cast = None
    if cast is not None and str(cast.type) == str(kind):
        return cast
    return pa.chunked_array([pa.array(column.to_pylist(), kind)], kind)


def _with_cells(column: pa.ChunkedArray, positions: np.ndarray, cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """`column` with `cells` at some positions; uses `take`, since Arrow cannot replace lists with a mask."""
    if len(positions) == 0:
        return column
    index = np.arange(len(column))
    index[positions] = len(column) + np.arange(len(positions))
    combined = [*column.chunks, *_typed(cells, column.type).chunks]
    return pa.chunked_array(combined, column.type).take(pa.array(index))


def _positions(ids: np.ndarray, row_ids: np.ndarray) -> np.ndarray:
    """Positions of `row_ids` in `ids`.

    Raises:
        SafetyError: a row id is missing.
    """
    order = np.argsort(ids)
    index = np.minimum(np.searchsorted(ids[order], row_ids), max(len(ids) - 1, 0))
    if len(row_ids) and (len(ids) == 0 or (ids[order][index] != row_ids).any()):
        raise _differs()
    return np.asarray(order[index])


def _check(outputs: Outputs, restored: Corpus, ids: np.ndarray, written: Mapping[str, pa.ChunkedArray]) -> None:
    """Verify every hash in the tables against the restored values.

    Args:
        outputs: outputs of the run.
        restored: the rebuilt input; the key of the hashes is derived from it, so no hash matches if it differs.
        ids: row ids of the rows of the data set.
        written: columns of the data set, by their names in the input.

    Raises:
        SafetyError: a hash differs.
    """
    secret = restored.secret
    row_ids = outputs.removed.column("row_id").to_pylist()
    positions = restored.positions(row_ids).tolist()
    if [keyed_hash(secret, restored.texts[i]) for i in positions] != outputs.removed.column("text_hmac").to_pylist():
        raise _differs()
    changed = outputs.changes.filter(pc.not_equal(outputs.changes.column("step"), "relabel"))
    index = {row_id: k for k, row_id in enumerate(ids.tolist())}
    new_names = _names_in(outputs, written)
    for column in changed.column("column").unique().to_pylist():
        name = new_names.get(column)
        if name is None or name not in written:
            raise _differs()
        chains = _chains(changed.filter(pc.equal(changed.column("column"), column)))
        if not chains.keys() <= index.keys():
            raise _differs()
        rows = sorted(chains)
        old = restored.table.column(name).take(pa.array(restored.positions(rows))).to_pylist()
        new = written[name].take(pa.array([index[row] for row in rows])).to_pylist()
        for row, before, after in zip(rows, old, new, strict=True):
            if chains[row] != tuple(keyed_hash(secret, written_form(cell)) for cell in (before, after)):
                raise _differs()


def _names_in(outputs: Outputs, written: Mapping[str, pa.ChunkedArray]) -> dict[str, str]:
    """Input name of each column of the data set."""
    return dict(zip(outputs.parts[0].column_names, written, strict=False)) if outputs.parts else {}


def _chains(changes: pa.Table) -> dict[int, tuple[str, str]]:
    """The hashes of the first and last value of each changed row.

    Raises:
        SafetyError: a step does not start from the value that the previous step gave.
    """
    chains: dict[int, tuple[str, str]] = {}
    for change in changes.select(["row_id", "old_hmac", "new_hmac"]).to_pylist():
        first, last = chains.get(change["row_id"], (change["old_hmac"],) * 2)
        if last != change["old_hmac"]:
            raise _differs()
        chains[change["row_id"]] = (first, change["new_hmac"])
    return chains


def _differs() -> SafetyError:
    return SafetyError(
        "The outputs and the raw values do not belong together: their hashes differ.",
        where="undo",
        fix="Give the run and the input as they were.",
    )
