"""JSON with a value a line: whether a file has it, and what is wrong with a row."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.corpus.readers.base import text_flaw
from auditor.corpus.readers.json_forms import rows_of_object
from auditor.corpus.readers.json_values import Json, JsonParser
from auditor.corpus.rejects import Reason

HEAD_CHARACTERS = 4_000_000
"""Characters of a file that are looked at, and in them"""
_HEAD = 100
"""lines."""


def share_of_lines(text: str) -> float:
    """Share of the first lines with something on them that are a whole object or list each."""
    lines = [line for line in text[:HEAD_CHARACTERS].split("\n") if line.strip()][:_HEAD]
    if len(lines) == 1:
        return 0.0 if lines[0].lstrip().startswith("[") else float("\n" not in lines[0]) * _is_one_row(lines[0])
    parser = JsonParser()
    items = [parser.line(line, 1) for line in lines]
    return sum(item.reason != "not_json" and isinstance(item.value, (dict, list)) for item in items) / len(items)


def _is_one_row(line: str) -> float:
    """1 where a file's only line is an object that is a row itself, or broken, else 0."""
    item = JsonParser().line(line, 1)
    is_nest = isinstance(item.value, dict) and rows_of_object(dict(item.value)) is not None
    return 0.0 if is_nest or item.reason == "not_json" else 1.0


def flaw_of(values: dict[str, Json], max_field: int) -> Reason | None:
    """Why the members of an object are no row: a text that is too long, or cannot be written as UTF-8."""
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
