"""auditor run, and the common implementation of run, scan and clean."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.cli.options import NeededArgument, Values, options, settings_from
from auditor.cli.verb import Verb

if TYPE_CHECKING:
    from auditor.pipeline import Outcome


def execute(
    inputs: Sequence[str],
    out: Path | None,
    stages: Sequence[str],
    values: Values,
    plan_file: Path | None = None,
    review_file: Path | None = None,
    resume: Path | None = None,
    then: Callable[[Outcome], str] | None = None,
) -> int:
    """Run `stages` and print the summary; return the exit code.

    Args:
        inputs, out, plan_file, review_file, resume: see `auditor.pipeline.run.run`.
        stages: stages to run.
        values: keyword arguments of the command.
        then: makes the text about the next step from the outcome; None: the default text.
    """
    settings = settings_from(values)
    # imported after the settings, so that a wrong option is reported before libraries are loaded
    from auditor.cli.colour import echo
    from auditor.cli.safe import error_text, harmless
    from auditor.cli.screen import Request, exit_line, summary
    from auditor.cli.show import progress_on_stderr
    from auditor.engine.profile import profile_lines
    from auditor.pipeline import run

    quiet = values["quiet"]
    with progress_on_stderr(quiet, stages) as progress:
        outcome = run(
            inputs,
            settings,
            out=out,
            command=shlex.join(["auditor", *sys.argv[1:]]),
            stages=stages,
            progress=progress,
            plan_file=plan_file,
            review_file=review_file,
            resume=resume,
        )
    if settings.profile:
        click.echo("\n".join(profile_lines(outcome.profile)), err=True)
    if "--debug" in sys.argv and outcome.crashes:
        raise next(iter(outcome.crashes.values()))
    verdict = outcome.verdict(settings)
    for _, error in outcome.errors:
        click.echo(error_text(error), err=True)
    if not quiet:
        words = outcome.names.command([word for word in sys.argv[1:] if word != "--debug"])
        request = Request(inputs, settings, words, is_verbose=bool(values.get("verbose")))
        echo(harmless(summary(outcome, request, verdict, then and then(outcome))))
    elif verdict.code:
        click.echo(exit_line(verdict, outcome.audit, settings), err=True)
    return verdict.code


@click.command(
    "run",
    cls=Verb,
    examples=(
        ("auditor run mails.csv", "audit, clean, fine-tune before and after"),
        ("auditor run mails.csv --no-benchmark --ner full -o runs/mails", "names masked too, nothing trained"),
        ("auditor run corpus/ --text body --label topic --lang zh", "columns named, report in Chinese"),
    ),
)
@click.argument("inputs", cls=NeededArgument, nargs=-1, required=True, metavar="INPUT...")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Run folder; default runs/<time>-<name>-<digest>.")
@click.option("--no-benchmark", is_flag=True, help="Skip fine-tuning.")
@click.option(
    "--resume",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="An earlier run whose finished trainings are reused, such as after Ctrl-C.",
)
@options("read", "check", "prepare", "bench", "common")
def command(
    inputs: tuple[str, ...], out: Path | None, no_benchmark: bool, resume: Path | None, **values: object
) -> int:
    """Scan, clean and benchmark INPUT (files, globs or folders) into one run folder with one report.

    Usually no option is needed: columns are inferred and printed.
    """
    stages = ["scan", "plan", "clean"] if no_benchmark else ["scan", "plan", "clean", "benchmark"]
    return execute(inputs, out, stages, values, resume=resume)
