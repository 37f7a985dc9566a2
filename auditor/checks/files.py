"""The files of a run with the results of the checks."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.core.audit import Audit
from auditor.core.results import Completed
from auditor.corpus.corpus import Corpus
from auditor.dedup.tables import clusters_table
from auditor.pii.masking.columns import found_spans, mask_columns
from auditor.pii.masking.masker import Masker
from auditor.pii.redaction import Redaction
from auditor.runs.scan import Scan
from auditor.store import RunFolder


def write_scan(folder: RunFolder, scan: Scan, masker: Masker, audit: Audit, names: Redaction) -> None:
    """Write the results of a scan.

    Args:
        folder: the run's folder.
        scan: the results.
        masker: of the run.
        audit: the audit of `scan`, masked for display.
        names: the replacements of names that contain personal data.
    """
    folder.write_json("audit.json", audit.to_json())
    folder.write_table("findings.parquet", audit.findings())
    rows = rows_table(scan.corpus, scan.audit, masker, scan.contents)
    folder.write_table("rows.parquet", names.table(rows, but=("content",)))
    folder.write_table("clusters.parquet", clusters_table(scan.corpus, scan.clusters))
    folder.write_lines("rejects.jsonl", [names.value(reject.to_json()) for reject in scan.corpus.rejects])


def rows_table(corpus: Corpus, audit: Audit, masker: Masker, contents: pa.Array | None = None) -> pa.Table:
    """``rows.parquet``: one row per readable row with its codes and the checks' per-row columns.

    Args:
        masker: the run's masker; identifiers with personal data are replaced by its tokens, as in the data set.
        contents: string, a hash of each row; None if there is none.
    """
    found = audit.findings()
    ids = _ids(corpus, found, masker)
    nothing = pa.nulls(len(corpus))
    columns: dict[str, object] = {
        "row_id": pa.array(corpus.row_id),
        "id": nothing.cast(pa.large_string()) if ids is None else ids.cast(pa.large_string()),
        "codes": _codes(corpus, found),
    }
    kinds = {
        "label_score": pa.float32(),
        "suggested_label": pa.string(),
        "duplicate_cluster": pa.int64(),
        "pii_count": pa.int32(),
        "age_days": pa.int32(),
    }
    per_row = {n: c for r in audit.results.values() if isinstance(r, Completed) for n, c in r.per_row.items()}
    for name, kind in kinds.items():
        columns[name] = per_row[name].cast(kind) if name in per_row else nothing.cast(kind)
    lines = corpus.file_places.first_lines(corpus.row_id)
    columns["file"] = pa.array(corpus.file_places.files(corpus.row_id).astype(np.int32))
    columns["line"] = pa.array(lines, mask=lines == 0)
    columns["content"] = nothing.cast(pa.string()) if contents is None else contents
    columns.update({name: column for name, column in per_row.items() if name not in kinds})
    return pa.table(columns)


def _codes(corpus: Corpus, found: pa.Table) -> pa.ListArray:
    """``list<string>``, one per row: the distinct codes of its findings, in the order of the findings."""
    rows = pc.fill_null(found.column("row_id"), -1).to_numpy()
    coded = pc.dictionary_encode(found.column("code").combine_chunks())
    pairs = corpus.positions(rows) * max(len(coded.dictionary), 1) + coded.indices.to_numpy()
    first = np.unique(pairs, return_index=True)[1]
    first = np.sort(first[corpus.positions(rows[first]) >= 0])
    positions = corpus.positions(rows[first])
    order = np.argsort(positions, kind="stable")
    offsets = np.searchsorted(positions[order], np.arange(len(corpus) + 1)).astype(np.int32)
    codes = coded.dictionary.take(coded.indices.take(pa.array(first[order])))
    return pa.ListArray.from_arrays(pa.array(offsets), codes)


def _ids(corpus: Corpus, found: pa.Table, masker: Masker) -> pa.Array | None:
    """The identifiers, masked if anything was found in them; None without such a column."""
    column = corpus.role("id")
    if column is None:
        return None
    name = str(corpus.roles.id)
    personal = found.filter(pc.starts_with(found.column("code"), "PII"))
    masked = mask_columns(corpus, {name: found_spans(corpus, personal).get(name, {})}, masker, None)
    column = column.cast(pa.large_string()).combine_chunks()
    new = masked[name].values
    if not new:
        return column
    changed = np.zeros(len(column), bool)
    changed[list(new)] = True
    values = pa.array([new[row] for row in sorted(new)], pa.large_string())
    return pc.replace_with_mask(column, pa.array(changed), values)
