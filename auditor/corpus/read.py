"""One reader a format. Each gives columns of plain values and the rows it had to reject.

Values are kept as they stand in the file: no guessing of numbers, dates or nulls in text formats (``NA``,
``007`` and ``1e5`` stay texts).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from auditor.config.settings import CorpusSettings
from auditor.corpus.files import decode, kind, read_bytes
from auditor.corpus.header import looks_like_data, title_lines
from auditor.corpus.rejects import Reason
from auditor.corpus.role_names import usual_names
from auditor.errors import InputError

_HEAD_BYTES, _HEAD_LINES = 4_000_000, 500
"""How much of a CSV file is looked at to find its delimiter and its header."""


@dataclass
class FileRows:
    """What one file holds.

    Attributes:
        columns: values a column, all of equal length.
        places: for each good row its place among all rows of the file, from 0.
        lines: for each good row its first line in the file, from 1; empty for formats without lines.
        bad: (place, line, reason) of each rejected row.
    """

    columns: dict[str, Any]
    places: list[int]
    bad: list[tuple[int, int, Reason]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


def read_file(path: Path, settings: CorpusSettings, txt_lines: bool) -> FileRows:
    """Read one file of any known kind.

    Raises:
        InputError: the file cannot be used as a whole.
    """
    suffix = kind(path)
    if suffix == ".parquet":
        return _read_parquet(path, settings)
    keep_bad = settings.on_bad_row == "reject"
    text = decode(read_bytes(path, settings.max_decoded_bytes), path, settings.encoding, keep_bad)
    if suffix == ".txt":
        rows = _read_txt(text, path, txt_lines)
    elif suffix in (".jsonl", ".ndjson"):
        rows = _read_jsonl(text, path, settings)
    else:
        rows = _read_csv(text, path, settings, "\t" if suffix == ".tsv" else None)
    if rows.bad and settings.on_bad_row == "fail":
        _, line, reason = rows.bad[0]
        raise InputError(
            f"A row cannot be read ({reason}).", where=f"{path}:{line}", fix="Correct it, or give --on-bad-row reject."
        )
    if rows.bad and not rows.places:
        raise InputError(
            f"No row can be read: all {len(rows.bad)} were rejected ({rows.bad[0][2]}).",
            where=f"{path}:{rows.bad[0][1]}",
            fix="Check the delimiter, the header and the format.",
        )
    return rows


def _read_parquet(path: Path, settings: CorpusSettings) -> FileRows:
    batches, size = [], 0
    try:
        file = pq.ParquetFile(path)
        schema = file.schema_arrow
        for batch in file.iter_batches(batch_size=8192):
            size += batch.nbytes
            if size > settings.max_decoded_bytes:
                raise InputError(
                    f"The file decodes to more than {settings.max_decoded_bytes:,} bytes.",
                    where=str(path),
                    fix="Split it, or raise the limit with --set corpus.max_decoded_bytes=N.",
                )
            batches.append(batch)
    except (OSError, pa.ArrowException, ValueError):
        raise InputError(
            "The file is not valid Parquet.",
            where=str(path),
            fix="It is damaged or cut short; write or fetch it again.",
        ) from None
    if len(set(schema.names)) != len(schema.names):
        raise _double(schema.names, path)
    table = pa.Table.from_batches(batches, schema)
    return FileRows({name: table.column(name) for name in table.column_names}, list(range(table.num_rows)))


def _double(names: list[str], path: Path) -> InputError:
    name = next(n for n in names if names.count(n) > 1)
    places = [str(i + 1) for i, n in enumerate(names) if n == name]
    return InputError(
        f"The column name {name!r} stands {len(places)} times.",
        where=f"{path}, columns {' and '.join(places)}",
        fix="Give each column a name of its own.",
    )


def _read_txt(text: str, path: Path, lines: bool) -> FileRows:
    if not lines:
        bad: Reason | None = _flaw(text)
        return FileRows({"text": [] if bad else [text]}, [] if bad else [0], [(0, 1, bad)] if bad else [])
    rows = FileRows({"text": []}, [])
    place = 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            _add(rows, place, number, {"text": line}, _flaw(line))
            place += 1
    return rows


def _flaw(value: str) -> Reason | None:
    """Characters that no UTF-8 output can hold: undecoded bytes (see `files.decode`) or lone surrogates."""
    if value.isascii():
        return None
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        return "not_utf8" if 0xDC80 <= ord(value[error.start]) <= 0xDCFF else "surrogate"
    return None


def _add(rows: FileRows, place: int, line: int, values: dict[str, Any], reason: Reason | None) -> None:
    if reason is not None:
        rows.bad.append((place, line, reason))
        return
    for name, value in values.items():
        rows.columns[name].append(value)
    rows.places.append(place)
    rows.lines.append(line)


def _read_csv(text: str, path: Path, settings: CorpusSettings, delimiter: str | None) -> FileRows:
    delimiter = delimiter or _delimiter(text)
    csv.field_size_limit(settings.max_field_bytes)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = next(row for row in reader if row)
    except (csv.Error, StopIteration):
        raise InputError(
            "The header cannot be read.", where=f"{path}:1", fix="Give a header line with column names."
        ) from None
    if settings.header == "no":
        names = [f"column_{number}" for number in range(1, len(header) + 1)]
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    else:
        names = [name.strip() for name in header]
        _require_header(header, text, delimiter, path, settings)
    if len(set(names)) != len(names):
        raise _double(names, path)
    rows = FileRows({name: [] for name in names}, [])
    for place, (line, fields, fault) in enumerate(_csv_rows(reader)):
        reason = fault
        if reason is None and len(fields) != len(names):
            reason = "missing_field" if len(fields) < len(names) else "extra_field"
        if reason is None:
            reason = next((flaw for value in fields if (flaw := _flaw(value))), None)
        _add(rows, place, line, dict(zip(names, fields, strict=False)), reason)
    return rows


def _delimiter(text: str) -> str:
    """The mark that is most frequent in the first line; where that has none, in the lines below it."""
    lines = [line for line in text[:_HEAD_BYTES].splitlines() if line.strip()][:_HEAD_LINES]
    for counted in (lines[:1], lines if lines and "|" not in lines[0] else []):
        counts = {mark: sum(line.count(mark) for line in counted) for mark in ",;\t"}
        if any(counts.values()):
            return max(counts, key=lambda mark: (counts[mark], mark == ","))
    return ","


def _require_header(header: list[str], text: str, delimiter: str, path: Path, settings: CorpusSettings) -> None:
    """See that the first line holds column names.

    Raises:
        InputError: lines of a title stand above it, or it looks like a row. Nothing of the line is quoted.
    """
    reader = csv.reader(io.StringIO(text[:_HEAD_BYTES], newline=""), delimiter=delimiter, strict=True)
    rows = [(line, fields) for line, fields, fault in _csv_rows(reader) if fault is None][: _HEAD_LINES + 1]
    piped = len(header) == 1 and "|" in header[0]  # another delimiter: the widths of the rows say nothing
    above = 0 if piped else title_lines([fields for _, fields in rows], usual_names())
    if above:
        raise InputError(
            f"The first line has {len(header)} field{'s' * (len(header) != 1)}, most rows have {len(rows[above][1])}.",
            where=f"{path}:1; the column names seem to be in line {rows[above][0]}",
            fix="Remove the lines above the column names, and quote fields that hold the delimiter.",
        )
    body = [fields for _, fields in rows[1:]]
    if settings.header == "auto" and looks_like_data(header, body, usual_names()):
        raise InputError(
            "The first line looks like data, not like column names.",
            where=f"{path}:1",
            fix="Give --no-header to read it as a row, or --header if it does hold the column names.",
        )


def _csv_rows(reader: Any) -> Iterator[tuple[int, list[str], Reason | None]]:
    """(first line, fields, fault) of each row; blank lines are not rows."""
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, [], "field_too_long" if "field larger" in str(error) else "unclosed_quote"
            continue
        if fields:
            yield line, fields, None


def _read_jsonl(text: str, path: Path, settings: CorpusSettings) -> FileRows:
    rows = FileRows({}, [])
    place = 0
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        values, reason = _json_row(line, settings.max_field_bytes)
        for name in values:
            if name not in rows.columns:
                rows.columns[name] = [None] * len(rows.places)
        if reason is None:
            values = {name: values.get(name) for name in rows.columns}
        _add(rows, place, number, values, reason)
        place += 1
    if not rows.columns and not rows.bad:
        raise InputError("The file has no row.", where=str(path), fix="Give one JSON object a line.")
    return rows


class _DuplicateKeyError(ValueError):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise _DuplicateKeyError
    return values


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _json_row(line: str, max_field: int) -> tuple[dict[str, Any], Reason | None]:
    if reason := _flaw(line):
        return {}, reason
    try:
        # NaN and Infinity are not JSON, though Python's parser takes them
        values = json.loads(line, object_pairs_hook=_unique, parse_constant=_no_constant)
    except _DuplicateKeyError:
        return {}, "duplicate_key"
    except (ValueError, RecursionError):
        return {}, "not_json"
    if not isinstance(values, dict):
        return {}, "not_an_object"
    for name, value in values.items():
        if isinstance(value, str):
            if len(value) > max_field:
                return {}, "field_too_long"
            if reason := _flaw(value) or _flaw(name):
                return {}, reason
    return values, None


def to_array(values: Any) -> pa.ChunkedArray:
    """A column as Arrow: strings as ``large_string``; what has no common type as its JSON text."""
    if isinstance(values, pa.ChunkedArray):
        if pa.types.is_dictionary(values.type):
            values = values.cast(values.type.value_type)
        if pa.types.is_string(values.type) or pa.types.is_string_view(values.type):
            values = values.cast(pa.large_string())
        return values
    if all(value is None or isinstance(value, str) for value in values):
        return pa.chunked_array([pa.array(values, pa.large_string())])
    try:
        if len({type(value) for value in values if value is not None}) == 1:
            return pa.chunked_array([pa.array(values)])
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        pass
    texts = [
        value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in values
    ]
    return pa.chunked_array([pa.array(texts, pa.large_string())])
