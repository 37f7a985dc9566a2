"""The tables of a finished run, and SQL queries on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds

from auditor.errors import InputError, UsageError
from auditor.store import read_manifest

PART = "split_part"
"""Column of the table `dataset` with the part of a row."""
_TABLES = ("findings", "rows", "plan", "ledger", "removed", "changes", "clusters", "masks")


def tables_of(folder: Path) -> dict[str, ds.Dataset]:
    """The tables of a run by name, including ``dataset``, its prepared rows with their part. Tables are read lazily.

    Raises:
        InputError: `folder` is not a finished run, or a table cannot be read.
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
    tables = []
    for name in parts:
        table = ds.dataset(folder / name).to_table()
        part = Path(name).name.split("-")[0]
        tables.append(table.append_column(PART, pa.array([part] * len(table), pa.string())))
    return ds.dataset(pa.concat_tables(tables, promote_options="default"))


def columns_of(table: ds.Dataset) -> list[str]:
    """Name and type of each column, as ``name type``."""
    return [f"{field.name} {field.type}" for field in table.schema]


def query_run(tables: Mapping[str, ds.Dataset], query: str) -> tuple[list[str], list[tuple[object, ...]]]:
    """Run a query that can read only these tables; return the column names and rows of the result.

    Raises:
        UsageError: DuckDB is not installed, or the query is invalid.
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
            result = connection.execute(query)
            return [column[0] for column in result.description or ()], result.fetchall()
        except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException) as error:
            # these messages quote the query and column names; those of other errors can quote values
            problem = str(error).split("\n", 1)[0]
        except duckdb.PermissionException:
            problem = "it reads or writes more than the tables of the run"
        except duckdb.Error as error:
            problem = type(error).__name__
    raise UsageError(
        "The query cannot be answered.",
        where=problem,
        fix="`auditor sql RUN` without a query lists tables and columns.",
    )
