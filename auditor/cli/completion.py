"""auditor completion: shell completion of commands, options and their values."""

from __future__ import annotations

import click

from auditor.cli.verb import Verb

_SHELLS = ("bash", "zsh", "fish")


@click.command(
    "completion",
    cls=Verb,
    examples=(
        ('eval "$(auditor completion bash)"', "in this shell; in ~/.bashrc for all of them"),
        ('eval "$(auditor completion zsh)"', "the same for zsh, in ~/.zshrc"),
        ("auditor completion fish > ~/.config/fish/completions/auditor.fish", "for fish"),
    ),
)
@click.argument("shell", type=click.Choice(_SHELLS))
def command(shell: str) -> int:
    """Print the completion script for SHELL."""
    from click.shell_completion import get_completion_class

    from auditor.cli.main import cli

    kind = get_completion_class(shell)
    if kind is None:
        raise LookupError(f"click has no completion for {shell}")
    complete = kind(cli, {}, "auditor", "_AUDITOR_COMPLETE")
    click.echo(complete.source_template % complete.source_vars())
    return 0
