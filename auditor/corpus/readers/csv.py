"""CSV and TSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from auditor.corpus.header import looks_like_data, title_lines
from auditor.corpus.readers.base import FileRows, require_different_names
from auditor.corpus.readers.input_file import InputFile
from auditor.corpus.rejects import Reason
from auditor.corpus.role_names import usual_names
from auditor.errors import InputError

_HEAD_BYTES, _HEAD_LINES = 4_000_000, 500
"""How much of a file is looked at to find its delimiter and its header."""


class CsvReader:
    """Files with a header and a delimiter; a row with more or fewer fields than the header is rejected.

    Args:
        suffixes: see `Reader`.
        delimiter: what parts fields; None: found in the first lines.
    """

    def __init__(self, suffixes: tuple[str, ...], delimiter: str | None = None) -> None:
        self.suffixes = suffixes
        self._delimiter = delimiter

    def read(self, file: InputFile) -> FileRows:
        """See `Reader.read`."""
        text = file.read_text()
        delimiter = self._delimiter or _delimiter(text)
        csv.field_size_limit(file.settings.max_field_bytes)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            header = next(row for row in reader if row)
        except (csv.Error, StopIteration):
            raise InputError(
                "The header cannot be read.", where=f"{file.path}:1", fix="Give a header line with column names."
            ) from None
        if file.settings.header == "no":
            names = [f"column_{number}" for number in range(1, len(header) + 1)]
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        else:
            names = [name.strip() for name in header]
            _require_header(header, text, delimiter, file)
        require_different_names(names, file)
        rows = FileRows({name: [] for name in names})
        for line, fields, fault in _csv_rows(reader):
            reason = fault
            if reason is None and len(fields) != len(names):
                reason = "missing_field" if len(fields) < len(names) else "extra_field"
            rows.add(line, dict(zip(names, fields, strict=False)), reason)
        return rows


def _delimiter(text: str) -> str:
    """The mark that is most frequent in the first line; where that has none, in the lines below it."""
    lines = [line for line in text[:_HEAD_BYTES].splitlines() if line.strip()][:_HEAD_LINES]
    for counted in (lines[:1], lines if lines and "|" not in lines[0] else []):
        counts = {mark: sum(line.count(mark) for line in counted) for mark in ",;\t"}
        if any(counts.values()):
            return max(counts, key=lambda mark: (counts[mark], mark == ","))
    return ","


def _require_header(header: list[str], text: str, delimiter: str, file: InputFile) -> None:
    """See that the first line holds column names.

    Raises:
        InputError: title lines precede it, or it looks like a row. Nothing of the line is quoted.
    """
    reader = csv.reader(io.StringIO(text[:_HEAD_BYTES], newline=""), delimiter=delimiter, strict=True)
    rows = [(line, fields) for line, fields, fault in _csv_rows(reader) if fault is None][: _HEAD_LINES + 1]
    piped = len(header) == 1 and "|" in header[0]  # another delimiter: the widths of the rows say nothing
    above = 0 if piped else title_lines([fields for _, fields in rows], usual_names())
    if above:
        raise InputError(
            f"The first line has {len(header)} field{'s' * (len(header) != 1)}, most rows have {len(rows[above][1])}.",
            where=f"{file.path}:1; the column names seem to be in line {rows[above][0]}",
            fix="Remove the lines above the column names, and quote fields that hold the delimiter.",
        )
    body = [fields for _, fields in rows[1:]]
    if file.settings.header == "auto" and looks_like_data(header, body, usual_names()):
        raise InputError(
            "The first line looks like data, not like column names.",
            where=f"{file.path}:1",
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
