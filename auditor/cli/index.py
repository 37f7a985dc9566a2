"""auditor index: build or extend an index of sketches."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli.options import NeededArgument, NeededOption, options, settings_from
from auditor.cli.verb import Verb


@click.command(
    "index",
    cls=Verb,
    examples=(
        ("auditor index corpus/ -o corpus.index", "an index of hashes"),
        ("auditor index batch2.csv -o corpus.index", "extended by more rows"),
    ),
)
@click.argument("inputs", cls=NeededArgument, nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "-o", "--out", cls=NeededOption, type=click.Path(path_type=Path), required=True, help="Folder of the index."
)
@options("read", "common")
def command(inputs: tuple[str, ...], out: Path, quiet: bool, **values: object) -> int:
    """Add the rows of INPUT (files, globs or folders) to an index, which is created if it does not exist.

    `auditor scan NEW --reference INDEX` then reports the rows of NEW that are in the index, without reading INPUT
    again. An index contains only hashes: texts cannot be restored from it.
    """
    settings = settings_from(values)
    from auditor.checks.reference_index import extend_index
    from auditor.cli.show import progress_on_stderr

    with progress_on_stderr(quiet) as progress:
        index, added = extend_index(inputs, settings, out, progress)
    if not quiet:
        what = f"{added:,} rows added" if added else "these rows were in it already; nothing was added"
        segments = len(index.segments)
        click.echo(f"{out}: {what}; {index.documents:,} rows in {segments} segment{'s' if segments != 1 else ''}")
    return 0
