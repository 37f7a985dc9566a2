"""auditor contract: derive limits for later batches from a run."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli.verb import Verb


@click.command(
    "contract",
    cls=Verb,
    examples=(
        ("auditor contract runs/good > auditor.toml", "limits for later batches"),
        ("auditor contract runs/good --rows 500 > ci.toml", "wider limits for batches of 500 rows"),
    ),
)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--rows", type=click.IntRange(1), help="Rows of a later batch; default: as many as RUN has.")
def command(run: Path, rows: int | None) -> int:
    """Print settings with the minimum grade and a limit for each graded metric, derived from RUN.

    The limit of a share is the value that a batch of the same quality stays below 39 times out of 40; that of another
    metric is the upper end of its interval, or a quarter above its value if it has no interval.
    """
    from auditor.cli.safe import one_line
    from auditor.core.contract import contract
    from auditor.runs.finished import read_audit

    audit = read_audit(run)
    letter = audit.grades["overall"].letter
    lines = [f"# What a run of {audit.corpus.rows_read:,} rows came to ({one_line(audit.corpus.name)})."]
    lines += [f'min_grade = "{letter}"'] if letter in ("A", "B", "C", "D") else []
    lines += ["", "[limits]"]
    lines += [f'"{limit.name}" = {limit.most:g}  # {limit.value:g}' for limit in contract(audit, rows)]
    click.echo("\n".join(lines))
    return 0
