"""auditor diff: metrics and findings that are better, worse, new or gone between two runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.cli.options import choice
from auditor.cli.verb import Verb

if TYPE_CHECKING:
    from auditor.report.diff import DiffView


@click.command(
    "diff",
    cls=Verb,
    examples=(
        ("auditor diff runs/monday runs/friday --fail-on-worse", "as a gate in CI"),
        ("auditor diff runs/main runs/branch --format comment", "Markdown for a pull request"),
    ),
)
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--lang", type=choice("lang"), default="en", show_default=True)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "comment"]),
    default="text",
    show_default=True,
    help="comment: Markdown with rows added, changed and removed, the findings in them, and letters.",
)
@click.option(
    "--benchmark",
    type=click.Path(path_type=Path),
    help="The folder of `auditor benchmark BEFORE AFTER -o DIR`: its effect is part of the comment.",
)
@click.option("--fail-on-worse", is_flag=True, help="Exit with 1 when anything got worse by more than chance.")
def command(before: Path, after: Path, lang: str, form: str, benchmark: Path | None, fail_on_worse: bool) -> int:
    """Compare two run folders: grades and metrics that got better or worse, findings that are new or gone."""
    from auditor.cli.safe import harmless
    from auditor.config.loading import import_own_plugins
    from auditor.report.diff import build_diff, render_diff
    from auditor.runs.finished import read_audit

    import_own_plugins()
    view = build_diff(read_audit(before), read_audit(after), lang)
    text = render_diff(view) if form == "text" else _comment(before, after, lang, benchmark)
    click.echo(harmless(text), nl=False)
    if fail_on_worse:
        _say_why(view, lang, is_apart=form == "comment")
    return int(fail_on_worse and view.is_worse)


def _comment(before: Path, after: Path, lang: str, benchmark: Path | None) -> str:
    from auditor.report.comment import ComparedRun, render_comment
    from auditor.runs.finished import open_run, read_benchmark, read_summary
    from auditor.store import read_outputs

    runs = []
    for folder in (before, after):
        run = open_run(folder)
        rows = read_outputs(folder, run.manifest, ["rows.parquet"])["rows.parquet"]
        runs.append(ComparedRun(str(folder), run.audit, rows, read_summary(folder).benchmark))
    return render_comment(runs[0], runs[1], lang, None if benchmark is None else read_benchmark(benchmark))


def _say_why(view: DiffView, lang: str, is_apart: bool) -> None:
    """Print what got worse as the last line, on standard error if `is_apart`."""
    from auditor.report.messages import Messages

    worse = [line.name for kind in ("worse", "new") for line in view.lines[kind] if line.is_real]
    text = Messages(lang).text
    reasons = f"{text('diff.worse')}: {', '.join(worse)}" if worse else text("diff.not_worse")
    click.echo(text("gate.exit", code=int(bool(worse)), reasons=reasons), err=is_apart)
