"""auditor view: browse and review the rows of a run in a local page."""

from __future__ import annotations

import shlex
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.cli.login import login
from auditor.cli.options import choice
from auditor.cli.verb import Verb
from auditor.errors import TerminatedError

if TYPE_CHECKING:
    from auditor.report.messages import Messages
    from auditor.view.server import ViewServer
    from auditor.view.viewer import Viewer


@click.command(
    "view",
    cls=Verb,
    examples=(
        ("auditor view runs/mails mails.csv", "review the rows of a run"),
        ("auditor view runs/mails --reviewer ann --lang zh", "as ann, in Chinese, with the run's masked texts"),
    ),
)
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("inputs", nargs=-1, metavar="[INPUT...]")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1.  [default: a free one]")
@click.option("--reviewer", help="Name of the reviewer; each person uses a different one.  [default: the login]")
@click.option(
    "--review",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File of decisions, for `auditor clean --review`; default RUN.decisions.json. Earlier decisions are kept.",
)
@click.option("--lang", type=choice("lang"), default="en", show_default=True, help="Language of the page.")
@click.option("--open", "is_opened", is_flag=True, help="Open the page in the browser.")
def command(
    run: Path,
    inputs: tuple[str, ...],
    port: int,
    reviewer: str | None,
    file: Path | None,
    lang: str,
    is_opened: bool,
) -> int:
    """Browse the rows of RUN in a local page, and decide: keep, drop, relabel, mask.

    INPUT is the input of the run. With it, every row has a text: masked, or unmasked on request, which is logged.
    Without it, the masked texts in the run are shown.

    The page is served on 127.0.0.1 only, to the browser that opens the printed address first. Decisions are saved
    immediately; Ctrl-C stops the viewer, and the same command continues.
    """
    from auditor.config.loading import import_own_plugins
    from auditor.report.messages import Messages
    from auditor.view.server import ViewServer
    from auditor.view.viewer import open_viewer

    import_own_plugins()
    target = file or run.with_name(f"{run.resolve().name}.decisions.json")
    viewer = open_viewer(run, inputs, lang, login() if reviewer is None else reviewer, target)
    messages = Messages(lang)
    with ViewServer(viewer, port) as server:
        _greet(server, run, messages)
        threading.Thread(target=viewer.warm, daemon=True).start()
        if is_opened:
            import webbrowser

            webbrowser.open(server.session.address)
        code = 0
        try:
            server.serve_forever()
        except KeyboardInterrupt as stopped:
            code = 143 if isinstance(stopped, TerminatedError) else 0
        finally:
            _end(viewer, inputs, messages)
    return code


def _greet(server: ViewServer, run: Path, messages: Messages) -> None:
    """Print the address, on the first line for programs, and notes about the texts and earlier decisions."""
    from auditor.view.viewer import REVEALS

    viewer = server.viewer
    kind = "foreign" if viewer.opened.is_foreign else "texts" if viewer.texts.has_raw else "masked"
    lines = [
        messages.text("view.open", address=server.session.address),
        messages.text("view.open.once"),
        messages.text(f"view.open.{kind}", log=run / REVEALS),
    ]
    if decisions := viewer.decisions.own():
        lines.append(messages.text("view.open.resumed", rows=messages.rows(len(decisions))))
    for line in lines:
        click.echo(line)
    sys.stdout.flush()


def _end(viewer: Viewer, inputs: tuple[str, ...], messages: Messages) -> None:
    """Print the number of decisions, and the command that carries them out."""
    decided, file = viewer.close(), viewer.decisions.file
    click.echo()
    if not decided:
        click.echo(messages.text("view.end.none"))
        return
    rows = messages.rows(decided)
    click.echo(messages.text("view.end", rows=rows, reviewer=viewer.decisions.reviewer, file=file))
    words = [shlex.quote(path) for path in inputs] if viewer.texts.has_raw else ["INPUT"]
    line = " ".join(["auditor clean", *words, "--review", shlex.quote(str(file))])
    click.echo(messages.text("view.end.next", command=line))
