"""auditor clean: plan and prepare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from auditor.cli.options import options
from auditor.cli.run import execute


@click.command("clean")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Run folder; default runs/<time>-<name>-<digest>.")
@options("read", "check", "prepare", "common")
def command(inputs: tuple[str, ...], out: Path | None, **values: Any) -> int:
    """Audit INPUT, show the plan and write the prepared data set with its ledger."""
    return execute(inputs, out, ["scan", "clean"], values)
