"""auditor benchmark: fine-tune on two data sets and compare."""

from __future__ import annotations

import shlex
import sys
import tempfile
from pathlib import Path

import click

from auditor.cli.options import NeededArgument, options, settings_from
from auditor.cli.verb import Verb


@click.command(
    "benchmark",
    cls=Verb,
    examples=(
        ("auditor benchmark before.csv runs/mails/dataset", "did cleaning help?"),
        (
            "auditor benchmark a.csv b.csv --test gold.csv --budget 10m --label topic",
            "on your own test rows",
        ),
    ),
)
@click.argument("before", cls=NeededArgument)
@click.argument("after", cls=NeededArgument)
@click.option("--test", metavar="FILE", help="Test rows; default: BEFORE's test part, else a tenth of BEFORE.")
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("runs/benchmark"), show_default=True)
@click.option(
    "--resume",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of an earlier benchmark whose finished trainings are reused, such as after Ctrl-C.",
)
@options("read", "bench", "common")
def command(
    before: str, after: str, test: str | None, out: Path, resume: Path | None, quiet: bool, **values: object
) -> int:
    """Fine-tune a BERT on BEFORE and on AFTER, all else equal, and report whether the results differ.

    BEFORE and AFTER are files or folders, such as a raw file and the dataset folder of a run. If started with torchrun
    or accelerate launch (``torchrun --nproc-per-node 2 -m auditor benchmark ...``), all processes train together.
    """
    settings = settings_from(values)
    from auditor.cli.show import progress_on_stderr
    from auditor.models.distributed import join_processes
    from auditor.pipeline.benchmarking import compare_sets

    command_line = shlex.join(["auditor", *sys.argv[1:]])
    with join_processes() as is_first, tempfile.TemporaryDirectory() as unused:
        target = out if is_first else Path(unused, "copy")
        with progress_on_stderr(quiet or not is_first, ("benchmark",)) as progress:
            result = compare_sets(before, after, test, settings, target, command_line, progress, resume)
    if not is_first:
        return 0
    click.echo(result.verdict)
    click.echo(f"results: {out / 'benchmark' / 'results.json'}")
    return 0
