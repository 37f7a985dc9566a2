"""auditor init: a settings file with every default."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

import click


@click.command("init")
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("auditor.toml"), show_default=True)
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.option("--key", type=click.Path(path_type=Path), help="Make a key for pseudonyms instead (mode 0600).")
def command(out: Path, force: bool, key: Path | None) -> int:
    """Write auditor.toml with every setting and its default, commented out."""
    from auditor.config import Settings
    from auditor.errors import OutputError
    from auditor.store import write_file, write_secret

    if key is not None:
        write_secret(key, f"{secrets.token_hex(32)}\n".encode())
        click.echo(str(key))
        return 0
    if out.exists() and not force:
        raise OutputError("The file exists.", where=str(out), fix="Give --force to replace it, or another -o FILE.")
    tree = Settings().model_dump(mode="json")
    lines = ["# Settings of auditor. Uncomment what you change; the values are the defaults."]
    lines += [_line(key, value) for key, value in tree.items() if not isinstance(value, dict)]
    for name, group in tree.items():
        if isinstance(group, dict):
            lines += ["", f"[{name}]", *(_line(key, value) for key, value in group.items())]
    write_file(out, "\n".join(lines) + "\n")
    click.echo(str(out))
    return 0


def _line(key: str, value: Any) -> str:
    if value is None:
        return f'# {key} = ""  # not set'
    return f"# {key} = {json.dumps(value)}"
