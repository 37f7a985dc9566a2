"""JSON Lines: recognize the format, and find faults in a row."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.corpus.readers.base import text_flaw
from auditor.corpus.readers.json_forms import rows_of_object
from auditor.corpus.readers.json_values import Json, JsonParser
from auditor.corpus.rejects import Reason

HEAD_CHARACTERS = 4_000_000
"""Number of characters inspected to recognize the format."""
_HEAD = 100
"""Number of lines inspected to recognize the format."""


def share_of_lines(text: str) -> float:
    """Share of the first non-blank lines that are a complete object or list."""
    lines = [line for line in text[:HEAD_CHARACTERS].split("\n") if line.strip()][:_HEAD]
    if len(lines) == 1:
        return 0.0 if lines[0].lstrip().startswith("[") else float("\n" not in lines[0]) * _is_one_row(lines[0])
    parser = JsonParser()
    items = [parser.line(line, 1) for line in lines]
    return sum(item.reason != "not_json" and isinstance(item.value, (dict, list)) for item in items) / len(items)


def _is_one_row(line: str) -> float:
    """1 if the only line of a file is an object that is a row itself, 0 otherwise."""
    item = JsonParser().line(line, 1)
    is_nest = isinstance(item.value, dict) and rows_of_object(dict(item.value)) is not None
    return 0.0 if is_nest or item.reason == "not_json" else 1.0


def flaw_of(values: dict[str, Json], max_field: int) -> Reason | None:
    """Why an object cannot be a row: a text is too long or cannot be encoded as UTF-8; None if it can."""
    for name, value in values.items():
        if reason := text_flaw(name):
            return reason
        if isinstance(value, str) and len(value) > max_field:
            return "field_too_long"
        if reason := _nested_flaw(value):
            return reason
    return None


def _nested_flaw(value: Json) -> Reason | None:
    inner: Sequence[Json] = ()
    if isinstance(value, dict):
        inner = [*value, *value.values()]
    elif isinstance(value, list):
        inner = value
    else:
        return text_flaw(value)
    return next(filter(None, map(_nested_flaw, inner)), None)
