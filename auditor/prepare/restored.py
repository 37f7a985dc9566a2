"""Serialize a restored input in the format given by the file name."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from auditor.errors import UsageError

SUFFIXES = (".parquet", ".csv", ".tsv", ".jsonl", ".json")
_JSON = (".jsonl", ".json")
_SLICE = 20_000


def restored_bytes(table: pa.Table, path: Path) -> bytes:
    """The content of a file with the same columns, values and order as the table.

    CSV and TSV write a null as an empty field and an empty text as two quotation marks. JSON has no dates: they are
    written as ISO 8601 strings. A JSON file is an array with one object per line.

    Raises:
        UsageError: the format is unknown, or cannot hold a column or value.
    """
    suffix = path.suffix.lower()
    refuse_unknown_format(path)
    if suffix == ".parquet":
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd", use_compliant_nested_type=False)
        return bytes(sink.getvalue().to_pybytes())
    for field in table.schema:
        if not _fits(field.type, nested=suffix in _JSON):
            raise UsageError(
                f"A {suffix} file cannot hold a column of the input ({field.type}).",
                where=f"column {table.column_names.index(field.name) + 1} of {table.num_columns}, -o {path}",
                fix="Give -o FILE.parquet.",
            )
    if suffix in _JSON:
        lines = _json_lines(table) if suffix == ".jsonl" else _json_array(table)
    else:
        lines = _separated(table, "\t" if suffix == ".tsv" else ",")
    try:
        return "".join(lines).encode("utf-8")
    except ValueError:
        raise UsageError(
            "A JSON file cannot hold a number of the input: it is not a number, or infinite.",
            where=f"-o {path}",
            fix="Give -o FILE.parquet.",
        ) from None


def refuse_unknown_format(path: Path) -> None:
    """Refuse a file name with an unknown suffix.

    Raises:
        UsageError: the suffix is not one of `SUFFIXES`.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            "The file's format does not follow from its name.",
            where=f"-o {path}",
            fix=f"End the name with one of {', '.join(SUFFIXES)}.",
        )


def _fits(kind: pa.DataType, *, nested: bool) -> bool:
    """Whether a text format can hold values of a type; `nested`: whether it can hold lists and objects."""
    types = pa.types
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return nested and _fits(kind.value_type, nested=True)
    if types.is_struct(kind):
        return nested and all(_fits(kind.field(i).type, nested=True) for i in range(kind.num_fields))
    plain = (types.is_string, types.is_large_string, types.is_integer, types.is_floating, types.is_boolean)
    return any(test(kind) for test in (*plain, types.is_null, types.is_date, types.is_timestamp, types.is_time))


def _rows(table: pa.Table) -> Iterator[dict[str, object]]:
    for start in range(0, len(table), _SLICE):
        yield from table.slice(start, _SLICE).to_pylist()


def _json_lines(table: pa.Table) -> Iterator[str]:
    for row in _rows(table):
        yield json.dumps(row, ensure_ascii=False, default=_iso, allow_nan=False) + "\n"


def _json_array(table: pa.Table) -> Iterator[str]:
    between = "[\n"
    for line in _json_lines(table):
        yield between + line.removesuffix("\n")
        between = ",\n"
    yield "\n]\n" if between == ",\n" else "[]\n"


def _iso(value: dt.date | dt.time) -> str:
    return value.isoformat()


def _separated(table: pa.Table, delimiter: str) -> Iterator[str]:
    """Lines of a CSV or TSV file."""
    yield _line(table.column_names, delimiter)
    for row in _rows(table):
        yield _line([_cell(value) for value in row.values()], delimiter)


def _cell(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else str(value)


def _line(cells: list[str | None] | list[str], delimiter: str) -> str:
    fields = ["" if cell is None else _quoted(cell, delimiter) for cell in cells]
    if fields == [""]:  # readers skip an empty line
        fields = ['""']
    return delimiter.join(fields) + "\n"


def _quoted(cell: str, delimiter: str) -> str:
    """The cell, quoted if it is empty or contains a delimiter, quotation mark or line break."""
    if cell and not any(special in cell for special in (delimiter, '"', "\n", "\r")):
        return cell
    return '"' + cell.replace('"', '""') + '"'
