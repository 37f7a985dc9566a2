"""auditor init: a settings file with every default and what it means."""

from __future__ import annotations

import ast
import inspect
import json
import secrets
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import click

_HEAD = """\
# Settings of auditor. Uncomment what you change; the values are the defaults.
# Later places win: this file (or [tool.auditor] in pyproject.toml), environment variables such as AUDITOR_FAIL_ON
# and AUDITOR_PII_NER, --set KEY=VALUE, options."""
_WIDTH = 110


@click.command("init")
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("auditor.toml"), show_default=True)
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.option("--key", type=click.Path(path_type=Path), help="Make a key for pseudonyms instead (mode 0600).")
def command(out: Path, force: bool, key: Path | None) -> int:
    """Write auditor.toml with every setting, its default, what it means and what it may be, commented out."""
    from auditor.errors import OutputError
    from auditor.store import write_file, write_secret

    if key is not None:
        write_secret(key, f"{secrets.token_hex(32)}\n".encode())
        click.echo(str(key))
        return 0
    if out.exists() and not force:
        raise OutputError("The file exists.", where=str(out), fix="Give --force to replace it, or another -o FILE.")
    write_file(out, "\n".join(settings_lines()) + "\n")
    click.echo(str(out))
    return 0


def settings_lines() -> list[str]:
    """The lines of the file: settings without a group first, then a table a group."""
    from pydantic import BaseModel

    from auditor.config.settings import Settings

    lines, groups = [_HEAD, ""], []
    for block in sorted(_blocks(Settings), key=lambda block: any(line.startswith("# [") for line in block)):
        lines += block  # tables last: what is below one belongs to it
    for name, info in Settings.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            summary = inspect.getdoc(info.annotation) or ""
            groups += ["", "", *_comment(summary), f"[{name}]", *(x for b in _blocks(info.annotation) for x in b)]
    return lines + groups


def _blocks(settings: type[Any]) -> Iterator[list[str]]:
    """The lines of each setting of a class that is no group."""
    texts = field_texts(settings)
    defaults = settings().model_dump(mode="json")
    for name, info in settings.model_fields.items():
        value = defaults[name]
        if isinstance(value, Mapping) and get_origin(info.annotation) is not dict:
            continue
        told = " ".join(part for part in (texts.get(name, ""), _allowed(info.annotation)) if part)
        yield [*_comment(told), *_line(name, value), ""]


def field_texts(settings: type[object]) -> dict[str, str]:
    """The texts below the fields of a class, by field."""
    [body] = ast.parse(textwrap.dedent(inspect.getsource(settings))).body
    assert isinstance(body, ast.ClassDef)  # noqa: S101 - it is the source of a class
    texts = {}
    for field, text in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
        ):
            texts[field.target.id] = inspect.cleandoc(str(text.value.value))
    return texts


def _allowed(annotation: object) -> str:
    """The words a setting may be, where these are given."""
    for kind in (annotation, *get_args(annotation)):
        if get_origin(kind) is Literal:
            return f"One of: {', '.join(map(str, get_args(kind)))}."
    return ""


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(" ".join(text.replace("``", "`").split()), _WIDTH)]


def _line(key: str, value: object) -> list[str]:
    if value is None:
        return [f'# {key} = ""  # not set']
    if value == {}:
        return [f"# [{key}]"]
    return [f"# {key} = {json.dumps(value)}"]
