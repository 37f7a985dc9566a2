"""The tables of a finished run, and questions about them in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds

from auditor.errors import InputError, UsageError
from auditor.store import read_manifest

PART = "split_part"
"""Column of `dataset`: the part a row is in."""
_TABLES = ("findings", "rows", "plan", "ledger", "removed", "changes", "clusters", "masks")


def tables_of(folder: Path) -> dict[str, ds.Dataset]:
    """The tables that a run wrote, by name, and ``dataset``, its prepared rows with their part. Read when asked for.

    Raises:
        InputError: not a finished run, or a table of it cannot be read.
    """
    manifest = read_manifest(folder)
    try:
        tables = {
            name: ds.dataset(folder / f"{name}.parquet") for name in _TABLES if f"{name}.parquet" in manifest.outputs
        }
        parts = [name for name in manifest.outputs if name.startswith("dataset/") and name.endswith(".parquet")]
        if parts:
            tables["dataset"] = _with_part(folder, sorted(parts))
    except (OSError, pa.ArrowException):
        raise InputError("A table of the run cannot be read.", where=str(folder), fix="Run the audit again.") from None
    return tables


def _with_part(folder: Path, parts: Sequence[str]) -> ds.Dataset:
    each = []
    for name in parts:
        table = ds.dataset(folder / name).to_table()
        part = Path(name).name.split("-")[0]
        each.append(table.append_column(PART, pa.array([part] * len(table), pa.string())))
    return ds.dataset(pa.concat_tables(each, promote_options="default"))


def columns_of(table: ds.Dataset) -> list[str]:
    """``name type`` of each column."""
    return [f"{field.name} {field.type}" for field in table.schema]


def query_run(tables: Mapping[str, ds.Dataset], query: str) -> tuple[list[str], list[tuple[object, ...]]]:
    """The names of the answer's columns and its rows. The query can read these tables and nothing else.

    Raises:
        UsageError: DuckDB is missing, or the query is wrong.
    """
    try:
        import duckdb
    except ImportError:
        raise UsageError(
            "The package duckdb is not installed.", where="auditor sql", fix="pip install 'auditor[sql]'."
        ) from None
    connection = duckdb.connect(
        ":memory:", config={"enable_external_access": "false", "autoinstall_known_extensions": "false"}
    )
    with connection:
        for name, table in tables.items():
            connection.register(name, table)
        connection.execute("SET lock_configuration = true")
        try:
            answer = connection.execute(query)
            return [column[0] for column in answer.description or ()], answer.fetchall()
        except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException) as error:
            # these quote the query and the names of columns; other errors may quote values
            what = str(error).split("\n", 1)[0]
        except duckdb.PermissionException:
            what = "it reads or writes more than the tables of the run"
        except duckdb.Error as error:
            what = type(error).__name__
    raise UsageError(
        "The query cannot be answered.", where=what, fix="`auditor sql RUN` without a query lists tables and columns."
    )
