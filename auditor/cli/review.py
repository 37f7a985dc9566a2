"""auditor review: export the review queue of a run, import the answers of reviewers."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli.plugins import Extensible
from auditor.review.formats.registry import REVIEW_FORMATS

DECIDE = "keep, drop, relabel or mask; for single labels of several: keep, drop, add or remove"


_HELP = """Export the rows that need review, and import the decisions of reviewers.

\b
auditor review export RUN                 write the queue, worst first
auditor review import RUN FILE...         combine the answers into decisions
auditor clean INPUT --review DECISIONS    carry them out
"""


@click.group("review", help=_HELP)
def command() -> None:
    """Group of the commands below."""


@command.command("export")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("inputs", nargs=-1, metavar="[INPUT...]")
@click.option("--format", "kind", type=Extensible(REVIEW_FORMATS.names()), default="csv", show_default=True)
@click.option("-o", "--out", type=click.Path(path_type=Path), help="File to write; default RUN.review.<format>.")
@click.option("--limit", type=click.IntRange(1), default=1000, show_default=True, help="Maximum number of rows.")
@click.option(
    "--include", default="review", show_default=True, metavar="ACTIONS", help="Actions of the plan, comma-separated."
)
@click.option(
    "--raw",
    is_flag=True,
    help="Write original instead of masked texts; needs INPUT. Only you can read the file (0600).",
)
def export(run: Path, inputs: tuple[str, ...], kind: str, out: Path | None, limit: int, include: str, raw: bool) -> int:
    """Write the review queue of RUN with texts, labels, suggestions and reasons; personal data is masked.

    The column `decision` takes keep, drop, relabel (with the class in new_label) or mask (all personal data in it);
    empty means not decided. If rows have several labels, each questioned label is a separate item, and decision takes
    keep, drop, add or remove.

    INPUT is the input of the run: required for rows that the run dropped and for --raw.
    """
    from auditor.config.loading import import_own_plugins
    from auditor.core.actions import ACTIONS
    from auditor.errors import UsageError, nearest
    from auditor.review.loop import export_review

    actions = [word.strip() for word in include.split(",") if word.strip()]
    for word in actions:
        if word not in ACTIONS:
            raise UsageError("There is no such action.", where=f"--include {word}", fix=nearest(word, ACTIONS))
    import_own_plugins()
    review_format = REVIEW_FORMATS.get(kind, "--format")
    target = out or run.with_name(f"{run.resolve().name}.review{review_format.suffix}")
    files, rows, total = export_review(run, inputs, actions, limit, kind, raw, target)
    more = f" of {total:,} (--limit)" if rows < total else ""
    click.echo(f"{rows:,} to judge{more}: {', '.join(str(file) for file in files)}")
    if review_format.is_edited_by_hand:
        click.echo(f"fill in `decision` ({DECIDE}), and `new_label` for relabel; empty: not decided")
    click.echo(f"then: auditor review import {run} {files[0]}")
    return 0


@command.command("import")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="File to write; default RUN.decisions.json.")
@click.option("--force", is_flag=True, help="Replace earlier decisions.")
def import_(run: Path, files: tuple[Path, ...], out: Path | None, force: bool) -> int:
    """Combine the answers of one or more reviewers in FILEs about the queue of RUN into decisions.

    The column `decision` of a CSV or JSON Lines file takes keep, drop, relabel (with the class in new_label) or mask,
    or for questioned labels keep, drop, add or remove. CSV can have commas, semicolons or tabs, in UTF-8, UTF-16 or
    GBK.
    """
    from auditor.config.loading import import_own_plugins
    from auditor.review.loop import import_review

    import_own_plugins()
    target = out or run.with_name(f"{run.resolve().name}.decisions.json")
    review = import_review(run, files, target, force=force)
    decided = len(review.verdicts) - len(review.disagreements)
    rows = f"{decided:,} row{'s' * (decided != 1)} decided"
    click.echo(f"{rows}, {len(review.disagreements):,} in dispute: {target}")
    for pair in review.agreement:
        kappa = "not defined (one answer only)" if pair.kappa is None else f"{pair.kappa:.3f}"
        click.echo(f"{' and '.join(pair.reviewers)}: {pair.equal:,} of {pair.rows:,} rows equal, Cohen's kappa {kappa}")
    if review.disagreements:
        click.echo("in dispute, left in review: rows " + ", ".join(map(str, review.disagreements)))
    click.echo(f"carry out: auditor clean INPUT --review {target}")
    return 0
