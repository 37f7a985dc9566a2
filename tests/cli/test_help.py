"""Help in sections with examples that can be typed, completion, and colours where they are wanted."""

from __future__ import annotations

import shlex
from typing import Any

import click
import pytest
from click.testing import CliRunner

from auditor.cli.colour import echo, wanted
from auditor.cli.main import _GROUPS, VERBS, cli
from auditor.cli.verb import Verb

COMMANDS = {verb: cli.get_command(click.Context(cli), verb) for verb in VERBS}
EXAMPLES = [(verb, example) for verb, one in COMMANDS.items() if isinstance(one, Verb) for example, _ in one.examples]


def test_every_command_is_in_one_group_of_the_help() -> None:
    grouped = [verb for verbs in _GROUPS.values() for verb in verbs]
    assert sorted(grouped) == sorted(VERBS)


@pytest.mark.parametrize(("verb", "example"), EXAMPLES, ids=[example for _, example in EXAMPLES])
def test_examples_can_be_typed(verb: str, example: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As far as the command line reads them; paths that an option wants to exist are made."""
    monkeypatch.chdir(tmp_path)
    for folder in ("runs/mails", "runs/last", "runs/good"):
        (tmp_path / folder).mkdir(parents=True)
    for file in ("runs/mails/plan.csv", "mails.decisions.json"):
        (tmp_path / file).write_text("")
    words = shlex.split(example.split(" > ")[0].removeprefix('eval "$(').removesuffix(')"'))
    assert words[:2] == ["auditor", verb]
    command = COMMANDS[verb]
    assert command is not None
    command.make_context(verb, words[2:])


def test_options_stand_in_sections_and_examples_last() -> None:
    text = CliRunner().invoke(cli, ["scan", "--help"], terminal_width=100).output
    places = [
        text.index(f"\n{title}:") for title in ("Options", "Input", "Checks", "Gate", "Speed and memory", "Examples")
    ]
    assert places == sorted(places)
    gate = text[text.index("\nGate:") : text.index("\nSpeed and memory:")]
    assert all(option in gate for option in ("--fail-on", "--min-grade", "--max")) and "--workers" not in gate


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_for_the_shell(shell: str) -> None:
    text = CliRunner().invoke(cli, ["completion", shell]).output
    assert "_AUDITOR_COMPLETE" in text and f"{shell}_complete" in text


def test_completion_knows_verbs_and_words_of_options() -> None:
    def completed(*words: str) -> str:
        typed = {"_AUDITOR_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
        return CliRunner().invoke(cli, [], prog_name="auditor", env=typed).output

    assert "plain,benchmark" in completed("auditor", "ben")
    assert completed("auditor", "scan", "--ner", "s").split() == ["plain,sample"]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({"FORCE_COLOR": "1"}, True),
    ],
)
def test_colours_follow_the_usual_variables(
    environment: dict[str, str], expected: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert wanted() is expected


def test_a_pipe_has_no_colours(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    echo(click.style("FAIL", fg="red"))
    assert capsys.readouterr().out == "FAIL\n"
