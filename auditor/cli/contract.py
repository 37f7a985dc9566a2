"""auditor contract: limits for later batches, learnt from a run."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli.verb import Verb


@click.command(
    "contract",
    cls=Verb,
    examples=(
        ("auditor contract runs/good > auditor.toml", "what later batches must keep to"),
        ("auditor contract runs/good --rows 500 > ci.toml", "for batches of 500 rows, where chance moves more"),
    ),
)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--rows", type=click.IntRange(1), help="Rows of a later batch; default: as many as RUN has.")
def command(run: Path, rows: int | None) -> int:
    """Print settings with the least grade and a limit for each judged metric, as RUN has them.

    A share may be as large as that of another batch of the same quality would be 39 times out of 40; other numbers may
    reach the end of their interval, or be a quarter larger where they have none.
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
