"""The input again, from what was made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.corpus.corpus import ROLES, Corpus, Roles
from auditor.errors import SafetyError
from auditor.findings import CorpusProfile
from auditor.prepare.records import RAW_CHANGED, RAW_COLUMNS, RAW_REMOVED, ROW, keyed_hash
from auditor.prepare.tables import ADDED_COLUMNS


@dataclass(frozen=True)
class Outputs:
    """What a run wrote: the data set's parts, and the tables of `auditor.prepare.ledger` and `raw_tables`."""

    parts: Sequence[pa.Table]
    removed: pa.Table
    changes: pa.Table
    raw: Mapping[str, pa.Table]


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
    kept = _kept(outputs.parts, profile) if outputs.parts else raw[RAW_REMOVED].slice(0, 0)
    rows = kept
    for name in (profile.roles["text"], profile.roles.get("label")):
        if name is not None:
            kept = _put(kept, name, raw[RAW_CHANGED])
    beside = raw[RAW_COLUMNS].sort_by(ROW)
    kept = kept.sort_by(ROW)
    for name in beside.column_names:
        if name not in kept.column_names:
            kept = kept.append_column(name, beside.column(name))
        elif name != ROW:  # it was masked
            kept = kept.set_column(kept.column_names.index(name), name, beside.column(name))
    table = (
        pa.concat_tables([t.select([ROW, *profile.columns]) for t in (kept, raw[RAW_REMOVED])])
        .sort_by(ROW)
        .combine_chunks()
    )
    row_id = table.column(ROW).to_numpy()
    given: dict[str, Any] = {role: profile.roles.get(role) for role in ROLES}
    restored = Corpus(profile.name, profile.files, table.drop_columns([ROW]), row_id, Roles(**given))
    _check(outputs, profile, rows, raw, restored.secret)
    return restored


def _kept(parts: Sequence[pa.Table], profile: CorpusProfile) -> pa.Table:
    """Input rows of the data set, with the user's columns under their own names."""
    tables = []
    for part in parts:
        own = part.filter(pc.is_valid(part.column("row_id")))
        names = {f"{n}_input" if n in ADDED_COLUMNS else n: n for n in profile.columns}
        present = [name for name in own.column_names if name in names]
        table = own.select(present).rename_columns([names[name] for name in present])
        tables.append(table.add_column(0, ROW, own.column("row_id")))
    return pa.concat_tables(tables)


def _raw_of(corpus: Corpus, outputs: Outputs) -> dict[str, pa.Table]:
    """The raw tables, from the input."""
    table = corpus.table.add_column(0, ROW, pa.array(corpus.row_id))
    removed = pc.is_in(table.column(ROW), outputs.removed.column("row_id").combine_chunks())
    changed = pc.is_in(table.column(ROW), outputs.changes.column("row_id").unique())
    others = [n for n in corpus.table.column_names if n not in (corpus.roles.text, corpus.roles.label)]
    return {
        RAW_REMOVED: table.filter(removed),
        RAW_CHANGED: table.filter(changed),
        RAW_COLUMNS: table.select([ROW, *others]).filter(pc.invert(removed)),
    }


def _put(kept: pa.Table, name: str, raw: pa.Table) -> pa.Table:
    """`kept` with the raw values of the column `name` in changed rows."""
    if len(raw) == 0:
        return kept
    at = _at(kept, raw.column(ROW).to_numpy())
    place = np.arange(len(kept))
    place[at] = len(kept) + np.arange(len(raw))  # taken, as lists of labels cannot be replaced by a mask
    both = pa.chunked_array([*kept.column(name).chunks, *raw.column(name).chunks], kept.column(name).type)
    column = both.take(pa.array(place))
    return kept.set_column(kept.column_names.index(name), name, column)


def _at(table: pa.Table, row_ids: np.ndarray) -> np.ndarray:
    """Positions in `table` of rows by number.

    Raises:
        SafetyError: it does not have one.
    """
    ids = table.column(ROW).to_numpy()
    order = np.argsort(ids)
    place = np.minimum(np.searchsorted(ids[order], row_ids), max(len(ids) - 1, 0))
    if len(row_ids) and (len(ids) == 0 or (ids[order][place] != row_ids).any()):
        raise _differs()
    return order[place]


def _check(
    outputs: Outputs, profile: CorpusProfile, kept: pa.Table, raw: Mapping[str, pa.Table], secret: bytes
) -> None:
    """Every hash in the accounts against the value it stands for.

    The key of the hashes follows from what was restored, so if that is not the input no hash is right.
    """
    text = profile.roles["text"]
    removed = {row: keyed_hash(secret, value or "") for row, value in _pairs(raw[RAW_REMOVED], text)}
    told = dict(_pairs(outputs.removed, "text_hmac", "row_id"))
    if removed != told:
        raise _differs()
    changed = outputs.changes.filter(pc.equal(outputs.changes.column("column"), text))
    ids = changed.column("row_id").unique()
    old = {row: keyed_hash(secret, v or "") for row, v in _pairs(raw[RAW_CHANGED], text)}
    new_rows = kept.filter(pc.is_in(kept.column(ROW), ids))
    new = {row: keyed_hash(secret, v or "") for row, v in _pairs(new_rows, text)}
    first: dict[int, str] = {}
    last: dict[int, str] = {}
    for change in changed.to_pylist():
        row = change["row_id"]
        if first.setdefault(row, change["old_hmac"]) and last.get(row, change["old_hmac"]) != change["old_hmac"]:
            raise _differs()  # the chain of steps is broken
        last[row] = change["new_hmac"]
    if any(old.get(row) != value for row, value in first.items()) or new != last:
        raise _differs()


def _pairs(table: pa.Table, column: str, key: str = ROW) -> list[tuple[int, str | None]]:
    return list(zip(table.column(key).to_pylist(), table.column(column).to_pylist(), strict=True))


def _differs() -> SafetyError:
    return SafetyError(
        "The outputs and the raw values do not belong together: their hashes differ.",
        where="undo",
        fix="Give the run and the input as they were.",
    )
