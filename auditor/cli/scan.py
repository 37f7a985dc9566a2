"""auditor scan: audit only."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli.options import NeededArgument, options
from auditor.cli.run import execute
from auditor.cli.verb import Verb


@click.command(
    "scan",
    cls=Verb,
    examples=(
        ("auditor scan mails.csv", "audit only"),
        (
            "auditor scan corpus/ --ner off --select DUP,PII --workers 2",
            "two dimensions of a folder",
        ),
        (
            "auditor scan new.csv --since runs/last --max duplicates.rate=1% --fail-on fail",
            "a new batch, as a gate",
        ),
    ),
)
@click.argument("inputs", cls=NeededArgument, nargs=-1, required=True, metavar="INPUT...")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Run folder; default runs/<time>-<name>-<digest>.")
@options("read", "check", "common")
def command(inputs: tuple[str, ...], out: Path | None, **values: object) -> int:
    """Audit INPUT (files, globs or folders); nothing is cleaned or trained."""
    return execute(inputs, out, ["scan"], values)
