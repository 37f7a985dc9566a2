"""auditor init: write a settings file with all defaults and descriptions."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from auditor.cli.verb import Verb


@click.command(
    "init",
    cls=Verb,
    examples=(
        ("auditor init", "settings to edit"),
        ("auditor init --key key.hex", "a key for pseudonyms"),
    ),
)
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("auditor.toml"), show_default=True)
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.option("--key", type=click.Path(path_type=Path), help="Make a key for pseudonyms instead (mode 0600).")
@click.option(
    "--docs", type=click.Path(path_type=Path), help="Write the reference page of all settings (Markdown) instead."
)
def command(out: Path, force: bool, key: Path | None, docs: Path | None) -> int:
    """Write auditor.toml with all settings commented out, each with its default, description and allowed values."""
    from auditor.cli.settings_text import reference_page, settings_file
    from auditor.errors import OutputError
    from auditor.store import write_file, write_secret

    if key is not None:
        write_secret(key, f"{secrets.token_hex(32)}\n".encode())
        click.echo(str(key))
        return 0
    if docs is not None:
        write_file(docs, reference_page())
        click.echo(str(docs))
        return 0
    if out.exists() and not force:
        raise OutputError("The file exists.", where=str(out), fix="Give --force to replace it, or another -o FILE.")
    write_file(out, settings_file())
    click.echo(str(out))
    return 0
