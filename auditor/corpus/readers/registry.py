"""The registry of input formats, and the choice of the reader of a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from auditor.config.corpus_settings import CorpusSettings
from auditor.corpus.readers.arrow import ArrowReader
from auditor.corpus.readers.base import FileRows, Reader
from auditor.corpus.readers.beside import translations_of
from auditor.corpus.readers.conll import ConllReader
from auditor.corpus.readers.csv import CsvReader
from auditor.corpus.readers.excel import ExcelReader
from auditor.corpus.readers.input_file import COMPRESSIONS, InputFile, uncompressed_name
from auditor.corpus.readers.json import JsonReader
from auditor.corpus.readers.mail import MailReader
from auditor.corpus.readers.markup import HtmlReader, MarkdownReader
from auditor.corpus.readers.parallel import ParallelReader
from auditor.corpus.readers.parquet import ParquetReader
from auditor.corpus.readers.slots import SlotReader
from auditor.corpus.readers.sqlite import SqliteReader
from auditor.corpus.readers.txt import TxtReader
from auditor.corpus.readers.xls import XlsReader
from auditor.corpus.rejects import Reason
from auditor.errors import InputError
from auditor.registry import Registry

_BUILT_IN: tuple[Reader, ...] = (
    ParquetReader(),
    CsvReader((".csv",)),
    CsvReader((".tsv", ".tab"), delimiter="\t"),
    CsvReader((".psv",), delimiter="|"),
    JsonReader(),
    TxtReader(),
    ExcelReader(),
    ArrowReader(),
    SqliteReader(),
    ConllReader(),
    MailReader(),
    MarkdownReader(),
    HtmlReader(),
    XlsReader(),
    SlotReader(),
)
READERS: Registry[Reader] = Registry("reader of files", lambda reader: reader.suffixes, _BUILT_IN)
"""By suffix."""
_PARALLEL = ParallelReader()


def reader_of(path: Path) -> Reader | None:
    """The reader of a file by its name, ignoring compression suffixes; None if no reader has such a suffix.

    Names that end with a language (``train.en``) are recognized if there is a translation beside the file.
    """
    name = uncompressed_name(path)
    found = next((READERS.find(suffix) for suffix in READERS.names() if name.endswith(suffix)), None)
    return _PARALLEL if found is None and translations_of(path) else found


def read_file(path: Path, settings: CorpusSettings, *, is_alone: bool = True, content: bytes | None = None) -> FileRows:
    """Read one file that has a reader.

    Args:
        path: the file.
        settings: how to read it.
        is_alone: whether it is the only input file.
        content: its content, if it is not on a local disk.

    Raises:
        InputError: the file cannot be used at all, or a row is bad and `on_bad_row` is ``fail``.
    """
    reader = reader_of(path)
    if reader is None:
        raise unknown_format(path)
    file = InputFile(path, settings, is_alone, content=content)
    rows = reader.read(file)
    rows.notes.update(file.notes)
    require_rows(file, len(rows.places), rows.bad)
    return rows


def require_rows(file: InputFile, good: int, bad: Sequence[tuple[int, int, Reason]]) -> None:
    """Require usable rows.

    Args:
        file: the file.
        good: number of readable rows.
        bad: see `FileRows.bad`.

    Raises:
        InputError: a row is bad and `on_bad_row` is ``fail``, or all rows are bad.
    """
    if not bad:
        return
    _, line, reason = bad[0]
    if file.settings.on_bad_row == "fail":
        raise InputError(
            f"A row cannot be read ({reason}).",
            where=f"{file.path}:{line}",
            fix="Correct it, or give --on-bad-row reject.",
        )
    if good == 0:
        raise InputError(
            f"No row can be read: all {len(bad)} were rejected ({reason}).",
            where=f"{file.path}:{line}",
            fix="Check the delimiter, the header and the format.",
        )


def known_formats() -> str:
    """A list of the known formats, for error messages."""
    *most, last = COMPRESSIONS
    kinds = ", ".join(READERS.names())
    return f"Known formats: {kinds}, translations (train.en and train.de), also compressed ({', '.join(most)}, {last})."


def unknown_format(path: Path) -> InputError:
    """The error for a file without a reader."""
    return InputError("The file format is not known.", where=str(path), fix=known_formats())
