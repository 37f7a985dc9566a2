"""Tables of removed rows and changed values, as hashes; with raw values only on request.

A plain hash of a short text is not secret: trying all telephone numbers reveals the one that was removed. The hashes
are therefore HMACs with a key derived from the whole content of the input (`Corpus.secret`): equal runs give equal
bytes, undo needs no key file, and guesses cannot be tested with the tables alone. Someone who has the whole input
except for a few short values can still test guesses by trying inputs; the published digest of the corpus allows that
anyway, and no key derived from the data can prevent it.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from auditor.core.actions import Action
from auditor.corpus.corpus import Corpus
from auditor.corpus.label_sets import labels_to_json
from auditor.dedup.clusters import Clusters
from auditor.dedup.tables import similarity_to
from auditor.prepare.ledger import CHANGES_SCHEMA, REMOVED_SCHEMA
from auditor.prepare.plan import Plan
from auditor.prepare.references import references

ROW = "auditor:row_id"
"""Column of row numbers beside the columns of the input, which can include one named ``row_id``."""
RAW_REMOVED, RAW_CHANGED, RAW_COLUMNS = "removed", "changed", "columns"


def keyed_hash(secret: bytes, text: str) -> str:
    """Hex HMAC-SHA-256 of a text's UTF-8."""
    return hmac.digest(secret, text.encode("utf-8", "replace"), "sha256").hex()


def removed_table(corpus: Corpus, plan: Plan, clusters: Clusters) -> pa.Table:
    """One row per removed row, with a hash of its text."""
    rows = np.flatnonzero(plan.actions() == Action.DROP)
    picked = plan.table.take(pa.array(rows))
    kept = references(plan, corpus)[rows]  # `ref_row` of a label finding is evidence, not a row kept instead
    similarity = similarity_to(clusters, rows, kept)
    return pa.table(
        {
            **{name: picked.column(name) for name in ("row_id", "part", "code", "rule", "reason")},
            "kept_row_id": pa.array(corpus.row_id[kept.clip(0)], mask=kept < 0),
            "similarity": pa.array(similarity, pa.float32(), mask=np.isnan(similarity)),
            "text_hmac": [keyed_hash(corpus.secret, corpus.texts[i]) for i in rows.tolist()],
        },
        schema=REMOVED_SCHEMA,
    )


def changes_table(corpus: Corpus, plan: Plan, kept: np.ndarray, names: Mapping[str, str]) -> pa.Table:
    """One row per step that changed a kept row's text, in order, and one per new label.

    Args:
        names: name in the data set of each column of the input.
    """
    rows: list[tuple[int, str, str, str, str]] = []
    secret = corpus.secret
    for row, changes in plan.cleaned.changes.items():
        if kept[row]:
            rows += [
                (row, names[c.column], c.step, keyed_hash(secret, c.old), keyed_hash(secret, c.new)) for c in changes
            ]
    if corpus.roles.label is not None:
        relabelled = np.flatnonzero(plan.actions() == Action.RELABEL)
        labels = plan.table.column("label").take(pa.array(relabelled)).to_pylist()
        if (sets := corpus.label_sets) is not None:  # JSON on both sides, whatever the form of the column
            raw = [labels_to_json(sets[row] or ()) for row in relabelled.tolist()]
        else:
            raw = corpus.table.column(corpus.roles.label).take(pa.array(relabelled)).cast(pa.large_string()).to_pylist()
            labels = corpus.class_codes(labels)
        rows += [
            (
                row,
                names.get(corpus.roles.label, corpus.roles.label),
                "relabel",
                keyed_hash(secret, old or ""),
                keyed_hash(secret, new or ""),
            )
            for row, old, new in zip(relabelled.tolist(), raw, labels, strict=True)
        ]
    rows.sort(key=lambda item: item[0])  # stable: steps stay in order, the label is last
    positions = np.array([row for row, *_ in rows], np.int64)
    picked = plan.table.select(["row_id", "part"]).take(pa.array(positions))
    others = zip(*[item[1:] for item in rows], strict=True) if rows else [[] for _ in range(4)]
    columns = [picked.column("row_id"), picked.column("part"), *(pa.array(c, pa.string()) for c in others)]
    return pa.table([c.cast(f.type) for c, f in zip(columns, CHANGES_SCHEMA, strict=True)], schema=CHANGES_SCHEMA)


def raw_tables(
    corpus: Corpus, plan: Plan, changed: np.ndarray, kept: np.ndarray, left_out: tuple[str, ...]
) -> dict[str, pa.Table]:
    """The raw values that `undo` needs to rebuild the input from the outputs alone.

    Returns:
        Tables with the row number first: ``removed``: all columns of removed rows; ``changed``: original text and
        label of changed rows; ``columns``: omitted or masked columns of kept rows.
    """
    return raw_of(corpus, kept, changed, [*left_out, *plan.cleaned.columns])


def raw_of(corpus: Corpus, kept: np.ndarray, changed: np.ndarray, columns: Sequence[str]) -> dict[str, pa.Table]:
    """See `raw_tables`; `columns` are included for all kept rows."""
    roles = (corpus.roles.text, corpus.roles.label, *corpus.label_columns)
    cells = [n for n in corpus.table.column_names if n in roles and n not in columns]
    beside = [n for n in corpus.table.column_names if n in columns]
    return {
        RAW_REMOVED: _numbered(corpus, corpus.table.column_names, ~kept),
        RAW_CHANGED: _numbered(corpus, cells, changed),
        RAW_COLUMNS: _numbered(corpus, beside, kept),
    }


def _numbered(corpus: Corpus, names: Sequence[str], rows: np.ndarray) -> pa.Table:
    """The columns of some rows, preceded by the row number under a name that no column of the input has."""
    row_column = ROW
    while row_column in corpus.table.column_names:
        row_column += "_"
    table = corpus.table.select(list(names)).add_column(0, row_column, pa.array(corpus.row_id))
    return table.filter(pa.array(rows))
