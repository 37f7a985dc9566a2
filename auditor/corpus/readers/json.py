"""JSON and JSON Lines."""

from __future__ import annotations

import json
from collections.abc import Iterator

from auditor.corpus.readers.annotated import as_rows
from auditor.corpus.readers.base import FileRows
from auditor.corpus.readers.blocks import Block, Told
from auditor.corpus.readers.input_file import InputFile
from auditor.corpus.readers.json_forms import Lists, rows_of_items, rows_of_object
from auditor.corpus.readers.json_lines import flaw_of, share_of_lines
from auditor.corpus.readers.json_values import Item, Json, JsonParser
from auditor.corpus.readers.jsonl_blocks import jsonl_blocks
from auditor.corpus.readers.text_bytes import TextBytes
from auditor.errors import InputError


class JsonReader:
    """Files of JSON in every form that holds rows; the columns are the keys of all objects."""

    suffixes = (".json", ".jsonl", ".ndjson")

    def blocks(self, file: InputFile, told: Told, mixed: frozenset[str], size: int) -> Iterator[Block]:
        """See `BlockReader.blocks`; files of one object a line."""
        return jsonl_blocks(TextBytes(file), file, told, mixed, size)

    def read(self, file: InputFile) -> FileRows:
        """See `Reader.read`."""
        text = file.read_text()
        rows, parser = FileRows(is_sparse=True), JsonParser()
        items = self._items(text, file, rows, parser)
        for item in as_rows(items, rows.tell):
            _add(rows, item, file.settings.max_field_bytes)
        if not rows.columns and not rows.bad:
            raise InputError("The file has no row.", where=str(file.path), fix="Give one JSON object a line.")
        if parser.missing:
            rows.tell("nan_is_missing", parser.missing)
        if parser.commas:
            rows.tell("json_commas", parser.commas)
        return rows

    @staticmethod
    def _items(text: str, file: InputFile, rows: FileRows, parser: JsonParser) -> list[Item]:
        is_named_lines = not file.kind_name.endswith(".json")
        if not _is_array(text) and share_of_lines(text) >= 0.5:
            return rows_of_items(_lines(text, parser))
        whole = JsonParser()
        try:
            items = _whole(text, file, rows, whole)
        except json.JSONDecodeError as error:
            if is_named_lines or share_of_lines(text) > 0:
                return rows_of_items(_lines(text, parser))
            raise InputError(
                "The file is not valid JSON.",
                where=f"{file.path}:{text.count(chr(10), 0, error.pos) + 1}",
                fix="Correct it there, or write it again: an array of objects, or one object a line.",
            ) from None
        if is_named_lines:
            rows.tell("json_not_lines")
        parser.missing, parser.commas = whole.missing, whole.commas
        return items


def _is_array(text: str) -> bool:
    """Whether a text begins as an array that the first line does not end."""
    start = text.lstrip("\ufeff \t\r\n")
    return start.startswith("[") and not start.partition("\n")[0].rstrip().endswith("]")


def _lines(text: str, parser: JsonParser) -> list[Item]:
    return [parser.line(line, number) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def _whole(text: str, file: InputFile, rows: FileRows, parser: JsonParser) -> list[Item]:
    """The rows of a file that is one value, or values one after the other.

    Raises:
        json.JSONDecodeError: it is neither.
        InputError: it holds several lists of rows.
    """
    start = text.lstrip("\ufeff \t\r\n")[:1]
    if start == "[":
        return rows_of_items(parser.elements(text))
    if start != "{":
        raise json.JSONDecodeError("neither array nor object", text, 0)
    try:
        members = parser.members(text)
    except json.JSONDecodeError:
        return rows_of_items(parser.values(text))
    found = rows_of_object(members, file.settings.table)
    if isinstance(found, Lists):
        raise InputError(
            f"The file holds {len(found.names)} lists of rows.",
            where=f"{file.path}: {', '.join(map(repr, found.names[:20]))}",
            fix="Name the one to read with --set corpus.table=NAME.",
        )
    if found is None:
        return parser.values(text)
    if found.aside:
        rows.tell("json_aside", len(found.aside))
    return found.items


def _add(rows: FileRows, item: Item, max_field: int) -> None:
    if item.reason is None and not isinstance(item.value, dict):
        rows.add(item.line, {}, "not_an_object")
        return
    values: dict[str, Json] = item.value if isinstance(item.value, dict) else {}
    rows.add(item.line, values, item.reason or flaw_of(values, max_field))
