"""CSV, TSV and tables with other delimiters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from auditor.corpus.readers.base import FileRows
from auditor.corpus.readers.blocks import Block, FileFacts
from auditor.corpus.readers.csv_blocks import DELIMITER_NAMES, HTML, csv_blocks
from auditor.corpus.readers.dialect import ParsedTable, read_table
from auditor.corpus.readers.input_file import InputFile
from auditor.corpus.readers.table import rows_from_lines
from auditor.corpus.readers.word_lists import with_word_lists
from auditor.corpus.readers.words import detect_columns, group_sentences, parse_sentences
from auditor.errors import InputError

_BLANK_LINE = re.compile(r"\n[ \t\r]*\n[ \t\r]*\S")
"""A blank line between non-blank lines."""
_START = 1_000_000
"""Number of characters searched for the first line."""


class CsvReader:
    """Delimited text tables; see `read_table` and `rows_from_lines`.

    Args:
        suffixes: see `Reader`.
        delimiter: preferred delimiter, used if it separates fields at all.
    """

    def __init__(self, suffixes: tuple[str, ...], delimiter: str | None = None) -> None:
        self.suffixes = suffixes
        self._usual = delimiter

    def blocks(self, file: InputFile, facts: FileFacts, mixed: frozenset[str], size: int) -> Iterator[Block]:
        """See `BlockReader.blocks`; all values are texts, so no column is mixed."""
        return csv_blocks(file, facts, self._usual, size)

    def read(self, file: InputFile) -> FileRows:
        """See `Reader.read`."""
        text = file.read_text()
        if file.settings.header != "no" and _is_json(text):
            raise InputError(
                "The content is JSON, not a table.",
                where=str(file.path),
                fix="Rename the file to match its format, such as .jsonl; for a column of JSON give --no-header.",
            )
        if file.settings.header != "no" and HTML.match(text):
            raise InputError(
                "The content is HTML, not a table.",
                where=str(file.path),
                fix="It may be an error page: fetch the file again, or rename it to .html.",
            )
        words = detect_columns(text) if _BLANK_LINE.search(text) else None
        return table_of(text, file, self._usual) if words is None else parse_sentences(text, words)


def _is_json(text: str) -> bool:
    """Whether the first non-blank line, or the whole text, is a JSON object or list."""
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
    """Parse the rows of a delimited text table.

    Args:
        text: the table.
        file: its file.
        usual: see `read_table`.

    Raises:
        InputError: see `rows_from_lines`; or the meaning of quotation marks is ambiguous.
    """
    settings = file.settings
    quoting = None if settings.quoting == "auto" else settings.quoting
    read = read_table(text, settings.max_field_bytes, settings.delimiter, quoting, usual)
    if read.quoting is None:
        raise InputError(
            "Quotation marks may enclose fields with line breaks or be ordinary characters: both readings fit.",
            where=str(file.path),
            fix="Give --set corpus.quoting=standard for the first, or --set corpus.quoting=none.",
        )
    rows = rows_from_lines(read.lines, file)
    _tell(read, rows, text, usual or ",")
    return with_word_lists(group_sentences(rows))


def _tell(read: ParsedTable, rows: FileRows, text: str, usual: str) -> None:
    if read.delimiter is None:
        rows.add_notice("one_column")
    elif read.delimiter != usual and len(rows.columns) > 1 and not read.has_sep_line:
        rows.add_notice("delimiter", detail=DELIMITER_NAMES.get(read.delimiter, read.delimiter))
    if read.has_sep_line:
        rows.add_notice("sep_line")
    if read.quoting == "none":
        rows.add_notice("plain_quotes", sum('"' in line for line in text.splitlines()))
    if read.quoting == "backslash":
        rows.add_notice("backslash_quotes", text.count('\\"'))
