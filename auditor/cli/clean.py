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
@click.option("--plan", "plan_only", is_flag=True, help="Only show and save the plan (plan.json); change nothing.")
@click.option(
    "--apply", "plan_file", type=click.Path(path_type=Path), metavar="PLAN", help="Carry out an edited plan.json."
)
@options("read", "check", "prepare", "common")
def command(inputs: tuple[str, ...], out: Path | None, plan_only: bool, plan_file: Path | None, **values: Any) -> int:
    """Audit INPUT, show the plan and write the prepared data set with its ledger."""
    return execute(inputs, out, ["scan", "plan"] if plan_only else ["scan", "plan", "clean"], values, plan_file)
