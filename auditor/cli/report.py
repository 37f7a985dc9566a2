"""auditor report: render the report of a run again, without running checks."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli.options import choice
from auditor.cli.plugins import Extensible
from auditor.cli.verb import Verb
from auditor.report.formats.registry import REPORT_FORMATS


@click.command(
    "report",
    cls=Verb,
    examples=(
        ("auditor report runs/mails --lang zh", "in Chinese"),
        ("auditor report runs/mails --format sarif -o audit.sarif", "for a code host"),
    ),
)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--lang", type=choice("lang"), default="en", show_default=True, help="Language of the report.")
@click.option("--format", "name", type=Extensible(REPORT_FORMATS.names()), default="html", show_default=True)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    help="An earlier run: in SARIF its findings are unchanged, those that only it has are absent.",
)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, allow_dash=True),
    help="File to write, - for standard output; default RUN/report.<lang>.html for html, else standard output.",
)
def command(run: Path, lang: str, name: str, baseline: Path | None, out: Path | None) -> int:
    """Render the report of RUN (a run folder) in another language or format."""
    from auditor.config.loading import import_own_plugins
    from auditor.report.redraw import redraw
    from auditor.store import write_file

    import_own_plugins()
    report_format = REPORT_FORMATS.get(name, "--format")
    text = redraw(run, lang, name, baseline, is_beside=out is None and report_format.is_page)
    if out is None and report_format.is_page:
        out = run / f"report.{lang}{report_format.suffix}"
        write_file(out, text)
        click.echo(str(out))
    elif out is None or str(out) == "-":
        click.echo(text, nl=not text.endswith("\n"))
    else:
        write_file(out, text)
        click.echo(str(out), err=True)
    return 0
