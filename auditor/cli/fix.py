"""auditor fix: plan or carry out actions that a run offers."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from auditor.cli.verb import Verb


@click.command(
    "fix",
    cls=Verb,
    examples=(
        ("auditor fix runs/mails", "list the actions that the run offers"),
        ("auditor fix runs/mails 1 3 --apply", "carry out two of them"),
    ),
)
@click.argument("run", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("numbers", nargs=-1, type=int, metavar="[NUMBER...]")
@click.option("--apply", "is_applied", is_flag=True, help="Write the data set; otherwise only the plan is made.")
@click.option(
    "--plan",
    "plan_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="PLAN",
    help="With --apply: carry out this edited plan.csv, plan.json or plan.parquet.",
)
@click.option("-o", "--out", type=click.Path(path_type=Path), help="New run folder; default RUN-fix-NUMBERS.")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no summary.")
def command(
    run: Path, numbers: tuple[int, ...], is_applied: bool, plan_file: Path | None, out: Path | None, quiet: bool
) -> int:
    """Plan actions that RUN offers, by their numbers; --apply carries them out.

    The input, the columns and the settings are those of RUN. Without a NUMBER, the actions are listed.
    """
    if plan_file is not None and not is_applied:
        raise click.UsageError("--plan goes with --apply.")
    from auditor.cli.colour import echo
    from auditor.cli.safe import error_text, harmless
    from auditor.cli.screen import Request, summary
    from auditor.cli.show import progress_on_stderr
    from auditor.config.loading import import_own_plugins
    from auditor.config.settings import Settings
    from auditor.pipeline.fix import fix
    from auditor.prepare.offered import offered_remedies
    from auditor.report.offers import offer_lines
    from auditor.store import seen_from_here

    import_own_plugins()
    offer = offered_remedies(run)
    if not numbers:
        click.echo("\n".join(offer_lines(offer.effects, str(run), offer.run.settings.lang)))
        return 0
    command_line = shlex.join(["auditor", *sys.argv[1:]])
    with progress_on_stderr(quiet, ("scan", "clean")) as progress:
        outcome = fix(
            offer, numbers, out=out, apply=is_applied, command=command_line, progress=progress, plan_file=plan_file
        )
    verdict = outcome.verdict(Settings(lang=offer.run.settings.lang))  # the gate applies to the audit, not to the fix
    for _, error in outcome.errors:
        click.echo(error_text(error), err=True)
    if not quiet:
        then = None
        if not is_applied:
            where = [] if out is None else ["-o", str(out)]
            words = ["auditor", "fix", str(run), *map(str, numbers), "--apply", *where]
            plan = seen_from_here(outcome.path / "plan.csv")
            then = f"plan (may be edited; then add --plan FILE): {plan}\napply with: {shlex.join(words)}"
        request = Request((), Settings(lang=offer.run.settings.lang))
        echo(harmless(summary(outcome, request, verdict, then)))
    return verdict.code
