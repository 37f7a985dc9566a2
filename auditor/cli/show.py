"""Progress on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from auditor.core.progress import Progress
from auditor.core.whole import Whole, left


def _nothing(stage: str, done: int, total: int) -> None:
    return


@contextmanager
def progress_on_stderr(quiet: bool, stages: Sequence[str] = ()) -> Iterator[Progress]:
    """Context with a progress function: a bar on terminals, one line per stage elsewhere, nothing if quiet.

    Args:
        quiet: whether nothing is shown.
        stages: stages of the command, such as ``scan`` and ``clean``; see `Whole`.
    """
    if quiet:
        yield _nothing
    elif sys.stderr.isatty():
        with _bar(Whole(tuple(stages))) as progress:
            yield progress
    else:
        seen: set[str] = set()

        def line(stage: str, done: int, total: int) -> None:
            if stage not in seen:
                seen.add(stage)
                click.echo(f"auditor: {stage} ...", err=True)

        yield line


@contextmanager
def _bar(whole: Whole) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task, begun = bars.add_task("", total=1.0, left=""), time.monotonic()

        def show(stage: str, done: int, total: int) -> None:
            share = whole.share(stage, done, total)
            bars.update(task, completed=share, description=stage, left=left(share, time.monotonic() - begun))

        yield show
