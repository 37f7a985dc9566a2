"""Commands of the README and the pages are commands that there are, with options that there are."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from auditor.cli.main import VERBS, cli

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands() -> list[tuple[str, str]]:
    """(page, command) of every line of a shell block that starts auditor."""
    found = []
    for page in PAGES:
        for language, block in re.findall(r"^```(\w*)\n(.*?)^```", page.read_text("utf-8"), re.S | re.M):
            if language not in ("", "sh", "bash", "console"):
                continue
            for line in block.replace("\\\n", " ").splitlines():
                line = re.sub(r"^\s*(?:\$ )?(?:[A-Z_]+=\S+ )*", "", line)
                match = re.match(
                    r"(?:torchrun .*?-m |accelerate launch .*?-m |python -m )?(auditor (?!\.\.\.).*)", line
                )
                if match and "[" not in match.group(1):  # a form, no command
                    found.append((page.name, match.group(1)))
    return found


COMMANDS = commands()


def test_there_are_commands() -> None:
    assert len(COMMANDS) > 30


@pytest.mark.parametrize(("page", "line"), COMMANDS, ids=[f"{page}: {line[:70]}" for page, line in COMMANDS])
def test_a_documented_command_can_be_typed(
    page: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As far as the command line reads it: verb, options, words of options."""
    monkeypatch.chdir(tmp_path)
    words = shlex.split(line, comments=True)
    words = words[1 : words.index("|")] if "|" in words else words[1 : words.index(">") if ">" in words else None]
    assert words[0] in VERBS or words[0].startswith("-"), line
    if words[0] not in VERBS:
        return
    for word in words[1:]:  # whatever an option wants to exist is there
        path = tmp_path / word
        if not word.startswith("-") and not path.exists() and len(word) < 100 and not word.startswith("/"):
            (path if word.endswith((".json", ".csv", ".toml", ".parquet")) else path / "x").parent.mkdir(
                parents=True, exist_ok=True
            )
            if word.endswith((".json", ".csv", ".toml", ".parquet")):
                path.write_text("")
    command = cli.get_command(click.Context(cli), words[0])
    assert command is not None
    if isinstance(command, click.Group):
        inner = command.get_command(click.Context(command), words[1])
        assert inner is not None, line
        inner.make_context(words[1], words[2:])
    else:
        command.make_context(words[0], words[1:])
