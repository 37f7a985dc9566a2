"""The accounts: one line for every input row and every added row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pyarrow as pa

from auditor.corpus.corpus import Corpus
from auditor.errors import CheckError
from auditor.prepare.plan import Plan

LEDGER_SCHEMA = pa.schema(
    [
        pa.field("row_id", pa.int64()),  # null for added rows
        pa.field("parent_row_id", pa.int64()),  # the row an added row was made from
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
        pa.field("text_sha256", pa.string()),
    ]
)
CHANGES_SCHEMA = pa.schema(
    [
        pa.field("row_id", pa.int64(), nullable=False),
        pa.field("part", pa.string()),
        pa.field("step", pa.string()),
        pa.field("old_sha256", pa.string()),
        pa.field("new_sha256", pa.string()),
    ]
)


def build_ledger(corpus: Corpus, plan: Plan, changed: set[int], added: Sequence[tuple[int, str, str]]) -> pa.Table:
    """One row an input row in input order, then one an added row.

    Args:
        corpus: readable and rejected rows.
        plan: decisions for the readable rows.
        changed: positions of kept rows whose text changed.
        added: (position of the parent, recipe, part) of each added row.
    """
    lines: list[tuple[int | None, int | None, str, str | None, str | None, str | None, str | None]] = []
    for place, decision in enumerate(plan.table.to_pylist()):
        outcome = "removed" if decision["action"] == "drop" else "changed" if place in changed else "kept"
        part = None if outcome == "removed" else decision["part"]
        reason = decision["reason"]
        if decision["action"] == "review":
            reason = f"queued for review: {reason}"
        lines.append((decision["row_id"], None, outcome, part, decision["code"], decision["rule"], reason))
    lines += [(r.row_id, None, "rejected", None, None, "read", r.reason) for r in corpus.rejects]
    lines.sort(key=lambda line: line[0] if line[0] is not None else -1)
    ids = corpus.row_id
    lines += [(None, int(ids[p]), "added", part, None, recipe, f"made by {recipe}") for p, recipe, part in added]
    columns = zip(*lines, strict=True) if lines else [[] for _ in LEDGER_SCHEMA]
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, LEDGER_SCHEMA, strict=True)], schema=LEDGER_SCHEMA)


def check_accounts(ledger: pa.Table, corpus: Corpus, rows_out: int) -> None:
    """Rows in = kept + removed + rejected, and rows out = kept + added.

    Raises:
        CheckError: the accounts do not add up; nothing may be written.
    """
    outcomes = Counter(ledger.column("outcome").to_pylist())
    kept = outcomes["kept"] + outcomes["changed"]
    rows_in = kept + outcomes["removed"] + outcomes["rejected"]
    if rows_in != corpus.rows_read or rows_out != kept + outcomes["added"]:
        raise CheckError(
            f"The accounts do not add up: {corpus.rows_read} rows in, {rows_in} accounted for; "
            f"{rows_out} rows out, {kept + outcomes['added']} accounted for.",
            where="ledger",
            fix="This is a fault of the program; please report it with the settings of the run.",
        )
