"""auditor clean: plan, prepare, and undo."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.cli.options import options
from auditor.cli.run import execute
from auditor.cli.verb import Verb
from auditor.errors import UsageError

if TYPE_CHECKING:
    from auditor.pipeline import Outcome


def _refuse_together(options: dict[str, object]) -> None:
    """Refuse mutually exclusive options."""
    if all(options.values()):
        names = " and ".join(options)
        raise UsageError(f"{names} exclude each other.", where="auditor clean", fix="Give one of them.")


@click.command(
    "clean",
    cls=Verb,
    examples=(
        ("auditor clean mails.csv --plan", "show what would be done, and why"),
        ("auditor clean mails.csv --apply runs/mails/plan.csv", "carry out an edited plan"),
        ("auditor clean mails.csv --review mails.decisions.json", "with the decisions of reviewers"),
        ("auditor clean --undo runs/mails mails.csv -o mails.again.csv", "restore the input of a run"),
    ),
)
@click.argument("inputs", nargs=-1, metavar="INPUT...")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Run folder; default runs/<time>-<name>-<digest>.")
@click.option("--plan", "plan_only", is_flag=True, help="Only show and save the plan; change nothing.")
@click.option(
    "--apply",
    "plan_file",
    type=click.Path(path_type=Path, exists=True),
    metavar="PLAN",
    help="Carry out an edited plan.json, plan.csv or plan.parquet.",
)
@click.option(
    "--review",
    "review_file",
    type=click.Path(path_type=Path, exists=True),
    metavar="FILE",
    help="Decisions of `auditor review import`; they override the plan.",
)
@click.option(
    "--undo",
    "undo",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="RUN",
    help="Rebuild the input of RUN from its outputs and INPUT (or from its raw files, see --keep-raw) into -o FILE.",
)
@options("read", "check", "prepare", "common")
def command(
    inputs: tuple[str, ...],
    out: Path | None,
    plan_only: bool,
    plan_file: Path | None,
    review_file: Path | None,
    undo: Path | None,
    **values: object,
) -> int:
    """Audit INPUT, show the plan and write the prepared data set with its ledger."""
    _refuse_together({"--undo": undo, "--plan": plan_only})
    for option, value in (("--apply", plan_file), ("--review", review_file)):
        _refuse_together({"--undo": undo, option: value})
    _refuse_together({"--plan": plan_only, "--apply": plan_file})
    if undo is not None:
        from auditor.config.loading import import_own_plugins
        from auditor.prepare.undo_run import undo_run

        import_own_plugins()
        path, rows, rejected = undo_run(undo, inputs, out)
        lost = f"; {rejected:,} rows that could not be read are in the input only" if rejected else ""
        click.echo(f"{rows:,} rows rebuilt, equal to the input by its digest{lost}: {path}")
        return 0
    if not inputs:
        raise click.UsageError("Missing argument 'INPUT...'.")
    stages = ["scan", "plan"] if plan_only else ["scan", "plan", "clean"]
    return execute(inputs, out, stages, values, plan_file, review_file, then=_apply_command if plan_only else None)


def _apply_command(outcome: Outcome) -> str:
    """The command that carries out a plan: the command that made it, with redacted names.

    Options accept redacted names of columns, but not of files, so the user is asked to type those.
    """
    from auditor.store import seen_from_here  # loads Arrow

    words = _without_out([word for word in sys.argv[1:] if word != "--plan"])
    plan = seen_from_here(outcome.path / "plan.json")
    line = f"apply with: {shlex.join(['auditor', *outcome.names.command(words), '--apply', str(plan)])}"
    replaced = [new for old, new in outcome.names.files.items() if any(old in word for word in words)]
    return "\n".join([line, *(f"  for {new} type the name of the file; it holds personal data" for new in replaced)])


def _without_out(words: list[str]) -> list[str]:
    """The words without the output folder, which contains the plan and would be replaced."""
    kept, skip = [], False
    for word in words:
        if skip or word in ("-o", "--out"):
            skip = not skip
        elif not word.startswith("--out="):
            kept.append(word)
    return kept
