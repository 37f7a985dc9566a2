"""SQLite databases."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from auditor.corpus.readers.base import FileRows
from auditor.corpus.readers.choose import choose_table
from auditor.corpus.readers.input_file import InputFile
from auditor.errors import InputError

_TABLES = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
_Value = str | int | float | bytes | None


class SqliteReader:
    """The table or view with rows of a database; a column keeps its type if all its values have the same one."""

    suffixes = (".sqlite", ".sqlite3", ".db")

    def read(self, file: InputFile) -> FileRows:
        """See `Reader.read`."""
        try:
            with closing(_open(file)) as database:
                return _read(database, file)
        except sqlite3.Error:
            raise InputError(
                "The file is not a SQLite database that can be read.",
                where=str(file.path),
                fix="It is damaged, locked or of another format; export the table as CSV.",
            ) from None


def _open(file: InputFile) -> sqlite3.Connection:
    if file.is_plain:
        return sqlite3.connect(f"{file.path.absolute().as_uri()}?mode=ro", uri=True)
    database = sqlite3.connect(":memory:")
    database.deserialize(file.read_bytes())
    return database


def _read(database: sqlite3.Connection, file: InputFile) -> FileRows:
    database.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    names = [name for (name,) in database.execute(_TABLES)]
    if not names:
        raise InputError("The database has no table.", where=str(file.path), fix="Give a database with a table.")
    filled = [name for name in names if database.execute(f"SELECT 1 FROM {_quoted(name)} LIMIT 1").fetchone()]  # noqa: S608
    table = choose_table(names if file.settings.table or not filled else filled, "tables", file)
    cursor = database.execute(f"SELECT * FROM {_quoted(table)}")  # noqa: S608 - a name of the database itself
    columns = [column[0] for column in cursor.description]
    rows = FileRows({name: [] for name in columns})
    for number, values in enumerate(cursor, 1):
        rows.add(number, dict(zip(columns, values, strict=True)))
    rows.columns = {name: _of_one_type(values) for name, values in rows.columns.items()}
    return rows


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _of_one_type(values: list[_Value]) -> list[_Value]:
    if len({type(value) for value in values if value is not None}) < 2:
        return values
    return [value.hex() if isinstance(value, bytes) else None if value is None else str(value) for value in values]
