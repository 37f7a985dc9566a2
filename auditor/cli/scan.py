"""auditor scan: audit only."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli.options import NeededArgument, options
from auditor.cli.run import execute


@click.command("scan")
@click.argument("inputs", cls=NeededArgument, nargs=-1, required=True, metavar="INPUT...")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Run folder; default runs/<time>-<name>-<digest>.")
@options("read", "check", "common")
def command(inputs: tuple[str, ...], out: Path | None, **values: object) -> int:
    """Audit INPUT (files, globs or folders); nothing is cleaned or trained."""
    return execute(inputs, out, ["scan"], values)
