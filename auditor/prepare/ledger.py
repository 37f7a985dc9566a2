"""The ledger: one line for every input row and every added row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.corpus.corpus import Corpus
from auditor.errors import CheckError
from auditor.prepare.plan import Plan

LEDGER_SCHEMA = pa.schema(
    [
        pa.field("row_id", pa.int64()),  # null for added rows
        pa.field("parent_row_id", pa.int64()),  # the row that an added row was made from
        pa.field("outcome", pa.string(), nullable=False),  # kept, changed, removed, rejected, added
        pa.field("part", pa.string()),
        pa.field("code", pa.string()),
        pa.field("rule", pa.string()),
        pa.field("reason", pa.string()),
    ]
)
REMOVED_SCHEMA = pa.schema(
    [
        pa.field("row_id", pa.int64(), nullable=False),
        pa.field("part", pa.string()),
        pa.field("code", pa.string()),
        pa.field("rule", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("kept_row_id", pa.int64()),
        pa.field("similarity", pa.float32()),
        pa.field("text_hmac", pa.string()),
    ]
)
CHANGES_SCHEMA = pa.schema(
    [
        pa.field("row_id", pa.int64(), nullable=False),
        pa.field("part", pa.string()),
        pa.field("column", pa.string()),
        pa.field("step", pa.string()),  # mask, relabel, or a text step; in order of application
        pa.field("old_hmac", pa.string()),
        pa.field("new_hmac", pa.string()),
    ]
)


@dataclass(frozen=True)
class AddedRow:
    """A generated row: position of its parent, its text, and its recipe."""

    parent: int
    text: str
    recipe: str


def build_ledger(corpus: Corpus, plan: Plan, changed: np.ndarray, added: Sequence[AddedRow]) -> pa.Table:
    """One row per input row in input order, then one per added row of the train part.

    Args:
        corpus: readable and rejected rows.
        plan: decisions for the readable rows.
        changed: bool, rows whose text or label changed.
        added: generated rows.
    """
    table = plan.table
    action = table.column("action").combine_chunks()
    removed, review = pc.equal(action, "drop"), pc.equal(action, "review")
    outcome = pc.if_else(removed, "removed", pc.if_else(pa.array(changed), "changed", "kept"))
    reason = table.column("reason").combine_chunks()
    readable = {
        "row_id": table.column("row_id"),
        "parent_row_id": pa.nulls(len(table), pa.int64()),
        "outcome": outcome,
        "part": pc.if_else(removed, None, table.column("part").combine_chunks()),
        "code": table.column("code"),
        "rule": table.column("rule"),
        "reason": pc.if_else(review, pc.binary_join_element_wise("queued for review: ", reason, ""), reason),
    }
    rejects = corpus.rejects
    rejected = {
        "row_id": [r.row_id for r in rejects],
        "outcome": ["rejected"] * len(rejects),
        "rule": ["read"] * len(rejects),
        "reason": [r.reason for r in rejects],
    }
    generated = {
        "parent_row_id": corpus.row_id[[row.parent for row in added]],
        "outcome": ["added"] * len(added),
        "part": ["train"] * len(added),
        "rule": [row.recipe for row in added],
        "reason": [f"made by {row.recipe}" for row in added],
    }
    lines = pa.concat_tables([_lines(readable, len(table)), _lines(rejected, len(rejects))]).sort_by("row_id")
    return pa.concat_tables([lines, _lines(generated, len(added))]).combine_chunks()


def _lines(columns: dict[str, object], rows: int) -> pa.Table:
    arrays = []
    for f in LEDGER_SCHEMA:
        value = columns.get(f.name)
        if value is None:
            arrays.append(pa.nulls(rows, f.type))
        elif isinstance(value, (pa.Array, pa.ChunkedArray)):
            arrays.append(value.cast(f.type))
        else:
            arrays.append(pa.array(value, f.type))
    return pa.table(arrays, schema=LEDGER_SCHEMA)


def check_accounts(ledger: pa.Table, corpus: Corpus, rows_out: int) -> None:
    """Check that rows in = kept + removed + rejected, and rows out = kept + added.

    Raises:
        CheckError: the accounts do not add up; nothing must be written.
    """
    counted = pc.value_counts(ledger.column("outcome")).to_pylist()
    outcomes = Counter({item["values"]: item["counts"] for item in counted})
    kept = outcomes["kept"] + outcomes["changed"]
    rows_in = kept + outcomes["removed"] + outcomes["rejected"]
    if rows_in != corpus.rows_read or rows_out != kept + outcomes["added"]:
        raise CheckError(
            f"The accounts do not add up: {corpus.rows_read} rows in, {rows_in} accounted for; "
            f"{rows_out} rows out, {kept + outcomes['added']} accounted for.",
            where="ledger",
            fix="This is a fault of the program; please report it with the settings of the run.",
        )
