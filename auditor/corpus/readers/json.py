"""JSON and JSON Lines."""

from __future__ import annotations

import json
from collections.abc import Iterator

from auditor.corpus.readers.annotated import flatten_exports
from auditor.corpus.readers.base import FileRows
from auditor.corpus.readers.blocks import Block, FileFacts
from auditor.corpus.readers.input_file import InputFile
from auditor.corpus.readers.json_forms import AmbiguousLists, rows_of_items, rows_of_object
from auditor.corpus.readers.json_lines import flaw_of, share_of_lines
from auditor.corpus.readers.json_values import Item, Json, JsonParser
from auditor.corpus.readers.jsonl_blocks import jsonl_blocks
from auditor.corpus.readers.text_bytes import TextBytes
from auditor.errors import InputError


class JsonReader:
    """JSON files in all supported layouts of rows; the columns are the keys of all objects."""

    suffixes = (".json", ".jsonl", ".ndjson")

    def blocks(self, file: InputFile, facts: FileFacts, mixed: frozenset[str], size: int) -> Iterator[Block]:
        """See `BlockReader.blocks`; only for files of one object per line."""
        return jsonl_blocks(TextBytes(file), file, facts, mixed, size)

    def read(self, file: InputFile) -> FileRows:
        """See `Reader.read`."""
        text = file.read_text()
        rows, parser = FileRows(is_sparse=True), JsonParser()
        items = self._items(text, file, rows, parser)
        for item in flatten_exports(items, rows.add_notice):
            _add(rows, item, file.settings.max_field_bytes)
        if not rows.columns and not rows.bad:
            raise InputError("The file has no row.", where=str(file.path), fix="Give one JSON object per line.")
        if parser.missing:
            rows.add_notice("nan_is_missing", parser.missing)
        if parser.commas:
            rows.add_notice("json_commas", parser.commas)
        return rows

    @staticmethod
    def _items(text: str, file: InputFile, rows: FileRows, parser: JsonParser) -> list[Item]:
        is_named_lines = not file.kind_name.endswith(".json")
        if not _is_array(text) and share_of_lines(text) >= 0.5:
            return rows_of_items(_lines(text, parser))
        parser_of_whole = JsonParser()
        try:
            items = _parse_whole(text, file, rows, parser_of_whole)
        except json.JSONDecodeError as error:
            if is_named_lines or share_of_lines(text) > 0:
                return rows_of_items(_lines(text, parser))
            raise InputError(
                "The file is not valid JSON.",
                where=f"{file.path}:{text.count(chr(10), 0, error.pos) + 1}",
                fix="Correct it there, or write it as an array of objects or as one object per line.",
            ) from None
        if is_named_lines:
            rows.add_notice("json_not_lines")
        parser.missing, parser.commas = parser_of_whole.missing, parser_of_whole.commas
        return items


def _is_array(text: str) -> bool:
    """Whether a text starts with an array that does not end on its first line."""
    start = text.lstrip("\ufeff \t\r\n")
    return start.startswith("[") and not start.partition("\n")[0].rstrip().endswith("]")


def _lines(text: str, parser: JsonParser) -> list[Item]:
    return [parser.line(line, number) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def _parse_whole(text: str, file: InputFile, rows: FileRows, parser: JsonParser) -> list[Item]:
    """Parse a file that is one value, or a sequence of values.

    Raises:
        json.JSONDecodeError: it is neither.
        InputError: it contains several lists of rows.
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
    if isinstance(found, AmbiguousLists):
        raise InputError(
            f"The file contains {len(found.names)} lists of rows.",
            where=f"{file.path}: {', '.join(map(repr, found.names[:20]))}",
            fix="Name the one to read with --set corpus.table=NAME.",
        )
    if found is None:
        return parser.values(text)
    if found.aside:
        rows.add_notice("json_aside", len(found.aside))
    return found.items


def _add(rows: FileRows, item: Item, max_field: int) -> None:
    if item.reason is None and not isinstance(item.value, dict):
        rows.add(item.line, {}, "not_an_object")
        return
    values: dict[str, Json] = item.value if isinstance(item.value, dict) else {}
    rows.add(item.line, values, item.reason or flaw_of(values, max_field))
