"""The input again, from what was made of it.

The columns of the data set are those of the input in their order, then our own: so they are identified by their place,
and neither new names nor masked names matter.
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
    """What a run wrote: the data set's parts, and the tables of `auditor.prepare.ledger` and `raw_tables`.

    Attributes:
        left_out: places of the columns of the input that the data set lacks.
    """

    parts: Sequence[pa.Table]
    removed: pa.Table
    changes: pa.Table
    raw: Mapping[str, pa.Table]
    left_out: Sequence[int] = ()


def restore(outputs: Outputs, profile: CorpusProfile, corpus: Corpus | None) -> Corpus:
    """The corpus a run was made from.

    Args:
        outputs: of the run.
        profile: what the run read.
        corpus: the input, read again; None: the raw tables hold what the data set does not.

    Raises:
        SafetyError: outputs and raw values contradict each other.
    """
    raw = outputs.raw if corpus is None else _raw_of(corpus, outputs)
    schema = _plain(raw[RAW_REMOVED].schema)
    given = {name: schema.names[place] for place, name in enumerate(profile.columns)}
    roles: dict[str, Any] = {role: given[name] for role, name in profile.roles.items() if name in given}
    shape = Shape(
        ShapeKind(profile.shape),
        tuple(given[name] for name in profile.text_columns),
        tuple(given[name] for name in profile.json_columns),
        profile.text_keys,
    )
    if shape.is_composed:
        roles["text"] = shape.name
    ids, written = _kept(outputs, schema)
    columns = {**written, **_cells(raw[RAW_COLUMNS], ids)}
    changed = _ids(raw[RAW_CHANGED])
    for name, cells in _cells(raw[RAW_CHANGED], changed).items():
        columns[name] = _put(columns[name], _at(ids, changed), cells)
    if any(name not in columns for name in schema.names):
        raise _differs()
    kept = pa.table([_typed(columns[field.name], field.type) for field in schema], schema=schema)
    removed = pa.table(raw[RAW_REMOVED].columns[1:], schema=schema)
    every = np.concatenate([ids, _ids(raw[RAW_REMOVED])])
    order = np.argsort(every, kind="stable")
    table = pa.concat_tables([kept, removed]).take(pa.array(order)).combine_chunks()
    restored = Corpus(profile.name, profile.files, table, every[order], Roles(**roles), shape=shape)
    _check(outputs, restored, ids, written)
    return restored


def _kept(outputs: Outputs, schema: pa.Schema) -> tuple[np.ndarray, dict[str, pa.ChunkedArray]]:
    """Numbers of the input rows of the data set, and the user's columns as written, by their names in the input.

    Raises:
        SafetyError: the data set has more or fewer columns than the input.
    """
    names = [name for place, name in enumerate(schema.names) if place not in outputs.left_out]
    if not outputs.parts:
        return np.zeros(0, np.int64), {n: pa.chunked_array([], schema.field(n).type) for n in names}
    own = pa.concat_tables(outputs.parts)
    if own.num_columns != len(names) + len(ADDED_COLUMNS):
        raise _differs()
    own = own.filter(pc.is_valid(own.column(len(names))))
    return own.column(len(names)).to_numpy(), dict(zip(names, own.columns, strict=False))


def _raw_of(corpus: Corpus, outputs: Outputs) -> dict[str, pa.Table]:
    """The raw tables, from the input."""
    ids = pa.array(corpus.row_id)
    removed = np.asarray(pc.is_in(ids, outputs.removed.column("row_id").combine_chunks()))
    changed = np.asarray(pc.is_in(ids, outputs.changes.column("row_id").unique()))
    others = [name for name in corpus.table.column_names if name != corpus.roles.text]  # fields of the text too
    return raw_of(corpus, ~removed, changed, others)


def _plain(schema: pa.Schema) -> pa.Schema:
    """Names and types after the row number."""
    return pa.schema([pa.field(field.name, field.type) for field in schema][1:])


def _ids(raw: pa.Table) -> np.ndarray:
    return np.asarray(raw.column(0).to_numpy())


def _cells(raw: pa.Table, ids: np.ndarray) -> dict[str, pa.ChunkedArray]:
    """The columns after the row number for the rows `ids`, in their order."""
    if raw.num_columns == 1:
        return {}
    raw = raw.take(pa.array(_at(_ids(raw), ids)))
    return dict(zip(raw.column_names[1:], raw.columns[1:], strict=True))


def _typed(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """The column in its type of the input; Parquet names the items of lists in its own way."""
    if str(column.type) == str(kind):  # types of lists are equal whatever their items are called
        return column
    try:
        cast = column.cast(kind)
        cast.validate()  # a cast of lists of nulls can give lists beyond their values
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        cast = None
    if cast is not None and str(cast.type) == str(kind):
        return cast
    return pa.chunked_array([pa.array(column.to_pylist(), kind)], kind)


def _put(column: pa.ChunkedArray, at: np.ndarray, cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """`column` with other `cells` at some rows; taken, as lists cannot be replaced by a mask."""
    if len(at) == 0:
        return column
    place = np.arange(len(column))
    place[at] = len(column) + np.arange(len(at))
    both = [*column.chunks, *_typed(cells, column.type).chunks]
    return pa.chunked_array(both, column.type).take(pa.array(place))


def _at(ids: np.ndarray, row_ids: np.ndarray) -> np.ndarray:
    """Positions in `ids` of rows by number.

    Raises:
        SafetyError: one is absent.
    """
    order = np.argsort(ids)
    place = np.minimum(np.searchsorted(ids[order], row_ids), max(len(ids) - 1, 0))
    if len(row_ids) and (len(ids) == 0 or (ids[order][place] != row_ids).any()):
        raise _differs()
    return np.asarray(order[place])


def _check(outputs: Outputs, restored: Corpus, ids: np.ndarray, written: Mapping[str, pa.ChunkedArray]) -> None:
    """Every hash in the accounts against the value it is of.

    Args:
        restored: the input; the key of the hashes follows from it, so if it is another no hash is right.
        ids: numbers of the rows of the data set.
        written: the user's columns of the data set, by their names in the input.
    """
    secret = restored.secret
    row_ids = outputs.removed.column("row_id").to_pylist()
    positions = restored.positions(row_ids).tolist()
    if [keyed_hash(secret, restored.texts[i]) for i in positions] != outputs.removed.column("text_hmac").to_pylist():
        raise _differs()
    changed = outputs.changes.filter(pc.not_equal(outputs.changes.column("step"), "relabel"))
    place = {row_id: k for k, row_id in enumerate(ids.tolist())}
    new_names = _names_in(outputs, written)
    for column in changed.column("column").unique().to_pylist():
        name = new_names.get(column)
        if name is None or name not in written:
            raise _differs()
        chains = _chains(changed.filter(pc.equal(changed.column("column"), column)))
        if not chains.keys() <= place.keys():
            raise _differs()
        rows = sorted(chains)
        old = restored.table.column(name).take(pa.array(restored.positions(rows))).to_pylist()
        new = written[name].take(pa.array([place[row] for row in rows])).to_pylist()
        for row, before, after in zip(rows, old, new, strict=True):
            if chains[row] != tuple(keyed_hash(secret, written_form(cell)) for cell in (before, after)):
                raise _differs()


def _names_in(outputs: Outputs, written: Mapping[str, pa.ChunkedArray]) -> dict[str, str]:
    """The name in the input of each column of the data set."""
    return dict(zip(outputs.parts[0].column_names, written, strict=False)) if outputs.parts else {}


def _chains(changes: pa.Table) -> dict[int, tuple[str, str]]:
    """The hashes of the first and the last value of each row that was changed.

    Raises:
        SafetyError: a step does not begin with what the step before it gave.
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
