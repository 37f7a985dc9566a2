"""CSV, TSV and tables with other delimiters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from auditor.corpus.readers.base import FileRows
from auditor.corpus.readers.blocks import Block, Told
from auditor.corpus.readers.csv_blocks import DELIMITER_NAMES, HTML, csv_blocks
from auditor.corpus.readers.dialect import Read, read_table
from auditor.corpus.readers.input_file import InputFile
from auditor.corpus.readers.table import named_rows
from auditor.corpus.readers.words import columns_of, sentences, sentences_of
from auditor.errors import InputError

_BETWEEN = re.compile(r"\n[ \t\r]*\n[ \t\r]*\S")
"""A blank line between others."""
_START = 1_000_000
"""Characters in which the first line is looked for."""


class CsvReader:
    """Tables as text; see `read_table` and `named_rows`.

    Args:
        suffixes: see `Reader`.
        delimiter: the one that is taken where it separates at all.
    """

    def __init__(self, suffixes: tuple[str, ...], delimiter: str | None = None) -> None:
        self.suffixes = suffixes
        self._usual = delimiter

    def blocks(self, file: InputFile, told: Told, mixed: frozenset[str], size: int) -> Iterator[Block]:
        """See `BlockReader.blocks`; every value is a text, so no column is mixed."""
        return csv_blocks(file, told, self._usual, size)

    def read(self, file: InputFile) -> FileRows:
        """See `Reader.read`."""
        text = file.read_text()
        if file.settings.header != "no" and _is_json(text):
            raise InputError(
                "The content is JSON, not a table.",
                where=str(file.path),
                fix="Rename the file by its kind, such as .jsonl; for a column of JSON give --no-header.",
            )
        if file.settings.header != "no" and HTML.match(text):
            raise InputError(
                "The content is HTML, not a table.",
                where=str(file.path),
                fix="Often it is the page of an error: fetch the file again, or rename it to .html.",
            )
        words = columns_of(text) if _BETWEEN.search(text) else None
        return table_of(text, file, self._usual) if words is None else sentences_of(text, words)


def _is_json(text: str) -> bool:
    """Whether the first line that is not blank, or the whole text, is a JSON object or list."""
    start = text[:_START].lstrip("\ufeff \t\r\n")
    if not start.startswith(("{", "[")):
        return False
    line = start.splitlines()[0]
    return _parses(line) or _parses(text)


def _parses(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def table_of(text: str, file: InputFile, usual: str | None) -> FileRows:
    """The rows of a table that is text.

    Args:
        text: the table.
        file: it is from.
        usual: see `read_table`.

    Raises:
        InputError: see `named_rows`; or it cannot be told what quotation marks are.
    """
    settings = file.settings
    quoting = None if settings.quoting == "auto" else settings.quoting
    read = read_table(text, settings.max_field_bytes, settings.delimiter, quoting, usual)
    if read.quoting is None:
        raise InputError(
            "Quotation marks can enclose fields that hold line ends, or be marks like others: both readings fit.",
            where=str(file.path),
            fix="Give --set corpus.quoting=standard for the first, or --set corpus.quoting=none.",
        )
    rows = named_rows(read.lines, file)
    _tell(read, rows, text, usual or ",")
    return sentences(rows)


def _tell(read: Read, rows: FileRows, text: str, usual: str) -> None:
    if read.delimiter is None:
        rows.tell("one_column")
    elif read.delimiter != usual and len(rows.columns) > 1 and not read.has_sep_line:
        rows.tell("delimiter", detail=DELIMITER_NAMES.get(read.delimiter, read.delimiter))
    if read.has_sep_line:
        rows.tell("sep_line")
    if read.quoting == "none":
        rows.tell("plain_quotes", sum('"' in line for line in text.splitlines()))
    if read.quoting == "backslash":
        rows.tell("backslash_quotes", text.count('\\"'))
