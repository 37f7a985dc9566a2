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
from auditor.corpus.corpus import ROLES, Corpus, Roles
from auditor.corpus.output_names import ADDED_COLUMNS
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
    roles: dict[str, Any] = {
        role: schema.names[profile.columns.index(profile.roles[role])] for role in ROLES if role in profile.roles
    }
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
    restored = Corpus(profile.name, profile.files, table, every[order], Roles(**roles))
    texts = dict(zip(ids.tolist(), written[roles["text"]].to_pylist(), strict=True))
    _check(outputs, roles["text"], texts, raw, restored.secret)
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
    others = [name for name in corpus.table.column_names if name != corpus.roles.text]
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


def _check(
    outputs: Outputs, text: str, kept: Mapping[int, str | None], raw: Mapping[str, pa.Table], secret: bytes
) -> None:
    """Every hash in the accounts against the value it is of.

    Args:
        text: name of the text column in the input.
        kept: texts of the data set by row number.
        raw: see `raw_tables`.
        secret: key of the hashes.

    The key of the hashes follows from what was restored, so if that is not the input no hash is right.
    """
    removed = {row: keyed_hash(secret, value or "") for row, value in _pairs(raw[RAW_REMOVED], text)}
    columns = (outputs.removed.column(name).to_pylist() for name in ("row_id", "text_hmac"))
    if removed != dict(zip(*columns, strict=True)):
        raise _differs()
    changed = outputs.changes.filter(pc.not_equal(outputs.changes.column("step"), "relabel"))
    ids = changed.column("row_id").unique().to_pylist()
    old = {row: keyed_hash(secret, v or "") for row, v in _pairs(raw[RAW_CHANGED], text)}
    if any(row not in kept for row in ids):
        raise _differs()
    new = {row: keyed_hash(secret, kept[row] or "") for row in ids}
    first: dict[int, str] = {}
    last: dict[int, str] = {}
    for change in changed.to_pylist():
        row = change["row_id"]
        if first.setdefault(row, change["old_hmac"]) and last.get(row, change["old_hmac"]) != change["old_hmac"]:
            raise _differs()  # the chain of steps is broken
        last[row] = change["new_hmac"]
    if any(old.get(row) != value for row, value in first.items()) or new != last:
        raise _differs()


def _pairs(raw: pa.Table, name: str) -> list[tuple[int, str | None]]:
    """(row number, value) of a column."""
    return list(zip(raw.column(0).to_pylist(), raw.column(name).to_pylist(), strict=True))


def _differs() -> SafetyError:
    return SafetyError(
        "The outputs and the raw values do not belong together: their hashes differ.",
        where="undo",
        fix="Give the run and the input as they were.",
    )
