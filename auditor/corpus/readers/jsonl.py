"""JSON Lines: one object per line."""

from __future__ import annotations

import json

from auditor.corpus.readers.base import FileRows, text_flaw
from auditor.corpus.readers.input_file import InputFile
from auditor.corpus.rejects import Reason
from auditor.errors import InputError


class JsonLinesReader:
    """JSON Lines files; the columns are the keys of all objects."""

    suffixes = (".jsonl", ".ndjson")

    def read(self, file: InputFile) -> FileRows:
        """See `Reader.read`."""
        rows = FileRows(is_sparse=True)
        for number, line in enumerate(file.read_text().split("\n"), 1):
            if line.strip():
                rows.add(number, *_object(line, file.settings.max_field_bytes))
        if not rows.columns and not rows.bad:
            raise InputError("The file has no row.", where=str(file.path), fix="Give one JSON object a line.")
        return rows


class _DuplicateKeyError(ValueError):
    pass


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise _DuplicateKeyError
    return values


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _object(line: str, max_field: int) -> tuple[dict[str, object], Reason | None]:
    if reason := text_flaw(line):
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
            if reason := text_flaw(value) or text_flaw(name):
                return {}, reason
    return values, None
