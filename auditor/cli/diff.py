"""auditor diff: what got better, worse, new and gone between two runs."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli.options import choice
from auditor.cli.verb import Verb


@click.command(
    "diff",
    cls=Verb,
    examples=(("auditor diff runs/monday runs/friday --fail-on-worse", "as a gate in CI"),),
)
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--lang", type=choice("lang"), default="en", show_default=True)
@click.option("--fail-on-worse", is_flag=True, help="Exit with 1 when anything got worse by more than chance.")
def command(before: Path, after: Path, lang: str, fail_on_worse: bool) -> int:
    """Compare two run folders: grades and metrics that got better or worse, findings that are new or gone."""
    from auditor.cli.safe import harmless
    from auditor.config.loading import import_own_plugins
    from auditor.report.diff import build_diff, render_diff
    from auditor.report.messages import Messages
    from auditor.runs.finished import read_audit

    import_own_plugins()
    view = build_diff(read_audit(before), read_audit(after), lang)
    click.echo(harmless(render_diff(view)), nl=False)
    if fail_on_worse:
        worse = [line.name for kind in ("worse", "new") for line in view.lines[kind] if line.is_real]
        text = Messages(lang).text
        reasons = f"{text('diff.worse')}: {', '.join(worse)}" if worse else text("diff.not_worse")
        click.echo(text("gate.exit", code=int(bool(worse)), reasons=reasons))
    return int(fail_on_worse and view.is_worse)
