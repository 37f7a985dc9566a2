"""auditor sql: query the tables of a run with SQL."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from auditor.cli.verb import Verb


@click.command(
    "sql",
    cls=Verb,
    examples=(
        (
            'auditor sql RUN "select code, count(*) from findings group by code order by 2 desc"',
            "findings by code",
        ),
        ('auditor sql RUN "select * from rows where label_score < 0.1 limit 20"', "the most doubtful labels"),
        (
            'auditor sql RUN "select label, split_part, count(*) from dataset group by 1, 2" --format csv',
            "rows of the data set by class and part",
        ),
        ("auditor sql RUN", "the tables and their columns"),
    ),
)
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("query", required=False)
@click.option("--format", "form", type=click.Choice(("table", "csv", "jsonl")), default="table", show_default=True)
@click.option(
    "--limit", type=click.IntRange(1), default=100, show_default=True, help="Maximum number of lines of a table."
)
def command(run: Path, query: str | None, form: str, limit: int) -> int:
    """Query RUN with DuckDB's SQL; without QUERY, list its tables and columns.

    The tables are those of the run folder (findings, rows, plan, ledger, removed, changes, clusters, masks) and
    `dataset`, the prepared rows of all parts with `split_part`. Nothing else can be read, and nothing is written. Texts
    are masked, as in the run.
    """
    from auditor.runs.tables import columns_of, query_run, tables_of

    tables = tables_of(run)
    if query is None:
        click.echo("\n".join(f"{name}: {', '.join(columns_of(table))}" for name, table in tables.items()))
        return 0
    names, rows = query_run(tables, query)
    if form == "table":
        _print_table(names, rows, limit)
    elif form == "csv":
        from auditor.text.csv_injection import escape_cell

        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow([escape_cell(name) for name in names])
        writer.writerows([escape_cell(v) if isinstance(v, str) else v for v in row] for row in rows)
    else:
        for row in rows:
            click.echo(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, default=str))
    return 0


def _print_table(names: Sequence[str], rows: Sequence[Sequence[object]], limit: int) -> None:
    from auditor.cli.safe import harmless, one_line

    cells = [[one_line("" if value is None else str(value))[:60] for value in row] for row in [names, *rows[:limit]]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(names))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    lines.insert(1, "  ".join("-" * width for width in widths))
    if len(rows) > limit:
        lines.append(f"... {len(rows) - limit:,} more rows: --limit or --format csv")
    click.echo(harmless("\n".join(lines)))
