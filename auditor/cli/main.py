"""Entry point. Verbs are imported on demand to keep ``--help`` fast; errors are printed as three lines."""

from __future__ import annotations

import gc
import importlib
import io
import os
import sys
from typing import NoReturn

import click

from auditor.cli.safe import error_text, lines_text
from auditor.errors import AuditorError, CheckError, InputError, OutputError, TerminatedError, ran_out_of_memory
from auditor.interrupts import install_handlers
from auditor.version import __version__

VERBS = {
    "run": "Scan, clean, benchmark, one report: the main job.",
    "scan": "Audit only.",
    "clean": "Plan and prepare the data set; undo it.",
    "fix": "Carry out actions that a run offers, by their numbers.",
    "review": "Export rows for review, and import the decisions.",
    "view": "Browse and review the rows of a run in a local page.",
    "explain": "Explain one row: findings, plan and changes.",
    "benchmark": "Fine-tune on BEFORE and on AFTER and compare.",
    "index": "Build or extend an index of sketches for --reference.",
    "diff": "Compare two runs: better, worse, new, gone.",
    "report": "Render the report of a run again.",
    "contract": "Derive limits for later batches from a run.",
    "rules": "Explain the finding codes.",
    "sql": "Query the tables of a run with SQL.",
    "init": "Write auditor.toml with all settings.",
    "doctor": "Check models and packages.",
    "completion": "Print a shell completion script.",
}
_GROUPS = {
    "Audit and clean": ("run", "scan", "clean", "fix", "review", "view"),
    "Look at runs": ("report", "explain", "diff", "contract", "rules", "sql"),
    "Measure and compare": ("benchmark", "index"),
    "Set up": ("init", "doctor", "completion"),
}


class _Verbs(click.Group):
    """Imports the module of a verb, ``auditor.cli.<verb>``, with its ``command`` on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(f"auditor.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, verbs in _GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(verb, VERBS[verb]) for verb in verbs], col_max=14)
        with formatter.section("Examples"):
            formatter.write_text("auditor run mails.csv")
            formatter.write_text("auditor scan corpus/ --ner off --fail-on warn")
            formatter.write_text("auditor clean mails.csv --plan")

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from auditor.errors import UsageError, nearest

        if args and args[0] not in VERBS and not args[0].startswith("-"):
            raise UsageError(f"There is no command {args[0]!r}.", where="auditor", fix=nearest(args[0], VERBS))
        return super().resolve_command(ctx, args)


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "--version", prog_name="auditor")
@click.option("--debug", is_flag=True, help="Show the traceback of an error. It may quote the data.")
def cli(debug: bool) -> None:
    """Audit text data sets before they are trained on, and prepare them.

    Exit codes: 0 nothing at or above --fail-on; 1 findings at or above it; 2 usage; 3 input cannot be used;
    4 output cannot be written; 5 a check could not run; 6 refused for safety; 130, 143 signals.
    """


def _unexpected(error: Exception) -> tuple[tuple[str, str, str], int]:
    """The three lines and the exit code for an unexpected exception."""
    if ran_out_of_memory(error):  # not in a check or a training: the input is too large for this machine
        what, where, fix = "memory ran out", "the input as a whole", "Give fewer rows, more memory, or --workers 1."
        code = InputError.exit_code
    elif isinstance(error, OSError):
        what, where = error.strerror or "input or output error", "standard output or a file"
        fix, code = "Check rights and free space, or run with --debug.", OutputError.exit_code
    else:
        what, where = f"unexpected {type(error).__name__}", "inside auditor"
        fix, code = "Run with --debug (its traceback may quote the data) and report it.", CheckError.exit_code
    return (f"auditor: error: {what}", f"  where: {where}", f"  do:    {fix}"), code


def main() -> NoReturn:
    """Run the command line and exit."""
    # OpenMP threads that spin while waiting block each other as soon as other processes use the cores: with two
    # of them, fine-tuning took three times as long (docs/results.md). The variable is read when torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    # Imports create hundreds of thousands of objects that are not garbage: with Python's default threshold of 700 new
    # objects, garbage collection took a tenth of the time of a short scan.
    gc.set_threshold(50_000, 20, 20)
    install_handlers()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # characters that the encoding lacks are escaped
            stream.reconfigure(errors="backslashreplace")
    debug = "--debug" in sys.argv
    try:
        words = [word for word in sys.argv[1:] if word != "--debug"]
        code = cli.main(words, prog_name="auditor", standalone_mode=False)
        sys.stdout.flush()
    except AuditorError as error:
        if debug:
            raise
        click.echo(error_text(error), err=True)
        code = error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:  # a group without a verb prints its help
        click.echo(error.format_message(), err=True)
        code = 2
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        where = "auditor" if context is None else context.command_path
        lines = (f"auditor: error: {error.format_message()}", f"  where: {where}", f"  do:    See `{where} --help`.")
        click.echo(lines_text(lines), err=True)
        code = 2
    except (KeyboardInterrupt, click.Abort) as error:
        notes = getattr(error.__cause__ or error, "__notes__", ())
        click.echo("; ".join(["auditor: interrupted", "no earlier output was changed", *notes]), err=True)
        code = 143 if isinstance(error.__cause__ or error, TerminatedError) else 130
    except BrokenPipeError:
        sys.stderr.close()
        code = 0
    except Exception as error:
        if debug:
            raise
        lines, code = _unexpected(error)
        click.echo("\n".join(lines), err=True)
    # The process exits, so a last collection, a tenth of the time of a short scan, is skipped.
    gc.freeze()
    sys.exit(code if isinstance(code, int) else 0)
