"""What was removed and what was changed, as hashes; raw values only where they are asked for.

A plain hash of a short text is no secret: whoever tries all telephone numbers finds the one that was removed. So the
hashes are HMACs whose key follows from the whole content of the input (`Corpus.secret`): equal runs give equal bytes,
undo needs no key file, and who has the accounts alone can test no guess. Who has the whole input but for a few short
values still can, by trying inputs; the published digest of the corpus allows that in any case, and no key that comes
from the data can prevent it.
"""

from __future__ import annotations

import hmac

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.corpus.clusters import Clusters
from auditor.corpus.corpus import Corpus
from auditor.corpus.label_sets import set_text
from auditor.prepare.ledger import CHANGES_SCHEMA, REMOVED_SCHEMA
from auditor.prepare.plan import Plan
from auditor.rules import ACTIONS

ROW = "auditor:row_id"
"""Row number beside the user's own columns, of which one may be called ``row_id``."""
RAW_REMOVED, RAW_CHANGED, RAW_COLUMNS = "removed", "changed", "columns"


def keyed_hash(secret: bytes, text: str) -> str:
    """Hex HMAC-SHA-256 of a text's UTF-8."""
    return hmac.digest(secret, text.encode("utf-8", "replace"), "sha256").hex()


def removed_table(corpus: Corpus, plan: Plan, clusters: Clusters) -> pa.Table:
    """One row a removed row; its text stays with the input, here is its hash."""
    rows = np.flatnonzero(plan.actions() == ACTIONS.index("drop"))
    picked = plan.table.take(pa.array(rows))
    return pa.table(
        {
            **{name: picked.column(name) for name in ("row_id", "part", "code", "rule", "reason")},
            # a label finding's other row is a witness, not a row kept instead
            "kept_row_id": pc.if_else(pc.starts_with(picked.column("code"), "DUP"), picked.column("ref_row"), None),
            "similarity": clusters.similarity[rows],
            "text_hmac": [keyed_hash(corpus.secret, corpus.texts[i]) for i in rows.tolist()],
        },
        schema=REMOVED_SCHEMA,
    )


def changes_table(corpus: Corpus, plan: Plan, kept: np.ndarray) -> pa.Table:
    """One row a step that changed a kept row's text, in order, and one a new label."""
    rows: list[tuple[int, str, str, str, str]] = []
    secret = corpus.secret
    for row, changes in plan.cleaned.changes.items():
        if kept[row]:
            rows += [
                (row, corpus.roles.text, c.step, keyed_hash(secret, c.old), keyed_hash(secret, c.new)) for c in changes
            ]
    if corpus.roles.label is not None:
        at = np.flatnonzero(plan.actions() == ACTIONS.index("relabel"))
        labels = plan.table.column("label").take(pa.array(at)).to_pylist()
        if (sets := corpus.label_sets) is not None:  # of both sides the labels, in whatever form the column holds them
            raw = [set_text(sets[row] or ()) for row in at.tolist()]
        else:
            raw = corpus.table.column(corpus.roles.label).take(pa.array(at)).cast(pa.large_string()).to_pylist()
        rows += [
            (row, corpus.roles.label, "relabel", keyed_hash(secret, old or ""), keyed_hash(secret, new))
            for row, old, new in zip(at.tolist(), raw, labels, strict=True)
        ]
    rows.sort(key=lambda item: item[0])  # stable: steps stay in order, the label comes last
    at = np.array([row for row, *_ in rows], np.int64)
    picked = plan.table.select(["row_id", "part"]).take(pa.array(at))
    others = zip(*[item[1:] for item in rows], strict=True) if rows else [[] for _ in range(4)]
    columns = [picked.column("row_id"), picked.column("part"), *(pa.array(c, pa.string()) for c in others)]
    return pa.table([c.cast(f.type) for c, f in zip(columns, CHANGES_SCHEMA, strict=True)], schema=CHANGES_SCHEMA)


def raw_tables(
    corpus: Corpus, plan: Plan, changed: np.ndarray, kept: np.ndarray, left_out: tuple[str, ...]
) -> dict[str, pa.Table]:
    """What `undo` needs to rebuild the input from the outputs alone.

    Returns:
        ``removed``: removed rows whole; ``changed``: text and label of changed rows as they came; ``columns``: the
        columns left out or masked, of kept rows.
    """
    table = corpus.table.add_column(0, ROW, pa.array(corpus.row_id))
    cells = [name for name in (corpus.roles.text, corpus.roles.label) if name is not None]
    return {
        RAW_REMOVED: table.filter(pa.array(~kept)),
        RAW_CHANGED: table.select([ROW, *cells]).filter(pa.array(changed)),
        RAW_COLUMNS: table.select([ROW, *left_out, *plan.cleaned.columns]).filter(pa.array(kept)),
    }
