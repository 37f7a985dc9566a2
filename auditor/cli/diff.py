"""auditor diff: what got better, worse, new and gone between two runs."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("diff")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@click.option("--fail-on-worse", is_flag=True, help="Exit with 1 when anything got worse.")
def command(before: Path, after: Path, lang: str, fail_on_worse: bool) -> int:
    """Compare two run folders: grades and metrics that got better or worse, findings that are new or gone."""
    from auditor.pipeline.redraw import read_audit
    from auditor.report.diff import build_diff, render_diff

    view = build_diff(read_audit(before), read_audit(after), lang)
    click.echo(render_diff(view), nl=False)
    return int(fail_on_worse and view.is_worse)
