"""The findings of a run: one Arrow table with a fixed schema; it never contains raw text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal, TypedDict

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.message import Message

Severity = Literal["info", "warn", "fail"]
SEVERITIES: tuple[Severity, ...] = ("info", "warn", "fail")
_MANY = 1_000_000
"""Number of findings from which their table is not copied into one piece."""

FINDINGS_SCHEMA = pa.schema(
    [
        pa.field("code", pa.string(), nullable=False),
        pa.field("row_id", pa.int64()),  # null: the finding concerns the corpus, not a row
        pa.field("column", pa.string()),
        pa.field("start", pa.int32()),  # code points, half-open, in the row's text
        pa.field("end", pa.int32()),
        pa.field("score", pa.float32()),  # on the scale of the check; see `auditor rules CODE`
        pa.field("severity", pa.string(), nullable=False),
        pa.field("confidence", pa.float32()),  # 0 to 1
        pa.field("group", pa.int64()),  # duplicate cluster
        pa.field("ref_row", pa.int64()),  # the other row: the one kept, the leaked one
        pa.field("suggestion", pa.string()),  # suggested label or action
        pa.field("value", pa.string()),  # English description for people; programs read the columns below
        pa.field("entity", pa.string()),  # kind of personal data
        pa.field("label", pa.string()),  # the questioned class, if the row has several
        pa.field("is_safe", pa.bool_()),  # whether it is safe to act on it without a review
        pa.field("kept_because", pa.string()),  # why the other row of the pair is kept
        pa.field("detail", pa.string()),  # the message behind `value`, as JSON
        pa.field("file", pa.int32()),  # index of the row's file among the files of the corpus
        pa.field("line", pa.int64()),  # first line of the row in that file, from 1; null: unknown
        pa.field("content", pa.string()),  # hash of the row, see `auditor.checks.contents`
        pa.field("is_new", pa.bool_()),  # whether the baseline lacks the finding; null: no baseline
    ]
)


class FindingRow(TypedDict):
    """A row of `FINDINGS_SCHEMA` as Python values."""

    code: str
    severity: Severity
    row_id: int | None
    column: str | None
    start: int | None
    end: int | None
    value: str | None
    score: float | None
    confidence: float | None
    group: int | None
    ref_row: int | None
    suggestion: str | None
    entity: str | None
    label: str | None
    is_safe: bool | None
    kept_because: str | None
    detail: str | None
    file: int | None
    line: int | None
    content: str | None
    is_new: bool | None


def findings(code: str, severity: Severity, row_id: Sequence[int | None] | np.ndarray, **columns: object) -> pa.Table:
    """Build a findings table for one code.

    Args:
        code: finding code, such as ``DUP001``.
        severity: severity of all findings; `columns` may contain ``severity_each`` with one per finding instead.
        row_id: one entry per finding.
        columns: further columns of `FINDINGS_SCHEMA`, each a scalar or one value per finding.

    Raises:
        ValueError: an unknown column, or a column of the wrong length.
    """
    n = len(row_id)
    severities = columns.pop("severity_each", None)
    severities = severity if severities is None else severities
    values: dict[str, object] = {"code": code, "severity": severities, "row_id": row_id, **columns}
    unknown = set(values) - set(FINDINGS_SCHEMA.names)
    if unknown:
        raise ValueError(f"unknown finding columns: {sorted(unknown)}")
    arrays = []
    for schema_field in FINDINGS_SCHEMA:
        value = values.get(schema_field.name)
        if value is None or isinstance(value, (str, int, float)):
            array = pa.array([value] * n, schema_field.type)
        else:
            array = pa.array(value, schema_field.type)
        if len(array) != n:
            raise ValueError(f"column {schema_field.name}: {len(array)} values for {n} findings")
        arrays.append(array)
    return pa.Table.from_arrays(arrays, schema=FINDINGS_SCHEMA)


def with_all_columns(table: pa.Table) -> pa.Table:
    """Convert a findings table of this or an earlier version to `FINDINGS_SCHEMA`."""
    if table.column_names == FINDINGS_SCHEMA.names:
        return table
    if "detail" in table.column_names:
        nulls = (f for f in FINDINGS_SCHEMA if f.name not in table.column_names)
        for f in nulls:
            table = table.append_column(f, pa.nulls(len(table), f.type))
        return table.select(FINDINGS_SCHEMA.names)
    columns = {name: table.column(name) for name in table.column_names}
    code, value = columns["code"], columns["value"]

    def where(mask: pa.ChunkedArray, values: pa.ChunkedArray) -> pa.ChunkedArray:
        return pc.if_else(mask, values, pa.scalar(None, values.type))

    columns["entity"] = where(pc.starts_with(code, "PII"), value)
    columns["label"] = where(pc.is_in(code, pa.array(["LBL009", "LBL010"])), value)
    columns["is_safe"] = where(pc.equal(code, "LBL001"), pc.equal(value, "safe"))
    columns["kept_because"] = where(pc.is_in(code, pa.array(["DUP001", "DUP002", "DUP003"])), value)
    for field in FINDINGS_SCHEMA:
        columns.setdefault(field.name, pa.nulls(len(table), field.type))
    return pa.table([columns[field.name].cast(field.type) for field in FINDINGS_SCHEMA], schema=FINDINGS_SCHEMA)


def detail_of(description: Message) -> str:
    """A message as JSON, for the column ``detail``."""
    return json.dumps(description.to_json(), ensure_ascii=False)


def no_findings() -> pa.Table:
    """An empty findings table."""
    return FINDINGS_SCHEMA.empty_table()


def merge_findings(tables: Sequence[pa.Table]) -> pa.Table:
    """All findings in one table, sorted by code, row and position, so that equal audits give equal files.

    Findings are sorted code by code, and those already in order are not copied: there may be millions.
    """
    parts: dict[str, list[pa.Table]] = {}
    for table in tables:
        for code, part in _by_code(table):
            parts.setdefault(code, []).append(part)
    merged = pa.concat_tables([no_findings(), *(_in_order(pa.concat_tables(parts[code])) for code in sorted(parts))])
    return merged.combine_chunks() if len(merged) < _MANY else merged


def _by_code(table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """The findings of each code; slices of the table if the findings of a code follow each other."""
    coded = table.column("code").combine_chunks().dictionary_encode()
    codes, names = coded.indices.to_numpy(), coded.dictionary.to_pylist()
    starts = np.flatnonzero(np.diff(codes, prepend=-1)).tolist()
    if len(starts) == len(names):
        for start, stop in pairwise([*starts, len(codes)]):
            yield names[codes[start]], table.slice(start, stop - start)
        return
    for number, name in enumerate(names):
        yield name, table.filter(pa.array(codes == number))


def _in_order(table: pa.Table) -> pa.Table:
    """Findings of one code by row and position."""
    if table.column("row_id").null_count == 0 and table.column("start").null_count in (0, len(table)):
        row, start = table.column("row_id").to_numpy(), table.column("start").fill_null(0).to_numpy()
        if np.all((row[1:] > row[:-1]) | ((row[1:] == row[:-1]) & (start[1:] > start[:-1]))):
            return table
    return table.sort_by([(name, "ascending") for name in ("row_id", "start", "end", "value", "column")])
