"""auditor explain: findings, plan and changes of one row."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli.login import login
from auditor.cli.options import choice
from auditor.cli.verb import Verb


@click.command(
    "explain",
    cls=Verb,
    examples=(
        ("auditor explain runs/mails 17", "findings, plan and changes of row 17"),
        ("auditor explain runs/mails 17 mails.csv --reveal", "with its original text"),
    ),
)
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("row", type=click.IntRange(0))
@click.argument("inputs", nargs=-1, metavar="[INPUT...]")
@click.option("--reveal", is_flag=True, help="Show the text unmasked; needs INPUT, and is logged in the run.")
@click.option("--lang", type=choice("lang"), default="en", show_default=True)
def command(run: Path, row: int, inputs: tuple[str, ...], reveal: bool, lang: str) -> int:
    """Explain ROW (its row_id) of RUN: findings, plan, changes, and rows to compare it with.

    INPUT is the input of the run. Texts are masked; without INPUT they come from the run's data set, so rows that the
    run dropped have none.
    """
    from auditor.cli.safe import harmless, one_line
    from auditor.config.loading import import_own_plugins
    from auditor.view.explain import explain_row
    from auditor.view.viewer import read_rows

    import_own_plugins()
    read = read_rows(run, inputs, lang)
    lines = explain_row(read, row, reviewer=login(), reveal=reveal)
    click.echo(harmless("\n".join(one_line(line) for line in lines)))
    return 0
