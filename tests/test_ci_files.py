"""The action and the hook run as they stand in their files."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from auditor.cli.main import cli

ROOT = Path(__file__).resolve().parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
SCAN = next(step for step in ACTION["runs"]["steps"] if step.get("id") == "scan")


def acted(folder: Path, script: str = "", **inputs: str) -> subprocess.CompletedProcess[str]:
    """The script of the action's step, as a runner would start it; `script` stands in for auditor."""
    names = {name: spec.get("default", "") for name, spec in ACTION["inputs"].items()} | inputs
    given = {
        variable: names[text.removeprefix("${{ inputs.").removesuffix(" }}")] for variable, text in SCAN["env"].items()
    }
    program = folder / "bin" / "auditor"
    program.parent.mkdir(exist_ok=True)
    program.write_text(script or f'#!/bin/sh\nexec "{sys.executable}" -m auditor "$@"\n')
    program.chmod(0o755)
    environment = {
        **os.environ,
        **given,
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "RUNNER_TEMP": str(folder),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "GITHUB_REPOSITORY": "team/data",
        "GITHUB_EVENT_PATH": str(folder / "event.json"),
    }
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", SCAN["run"]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_the_action_annotates_and_hands_its_files_on(tmp_path: Path) -> None:
    rows = "".join(f"letter {i} of the day was sent off,{'ab'[i % 2]}\n" for i in range(40))
    (tmp_path / "d.csv").write_text("text,label\n" + rows + "letter 3 of the day was sent off,b\n" * 6)
    done = acted(tmp_path, paths="d.csv", arguments="--for fast --max duplicates.rate=1%")
    assert done.returncode == 1, done.stderr
    assert "::error" in done.stdout or "::warning" in done.stdout
    output = dict(line.split("=", 1) for line in (tmp_path / "output").read_text().splitlines())
    assert output["exit-code"] == "1"
    assert json.loads(Path(output["metrics"]).read_text())["duplicates"]["rate"] == pytest.approx(6 / 46, abs=1e-6)
    assert json.loads(Path(output["sarif"]).read_text())["version"] == "2.1.0"
    assert "# " in (tmp_path / "summary.md").read_text()


AUDITOR = """#!/bin/sh
echo "$@" >> "$RUNNER_TEMP/asked"
case "$1" in
  scan) mkdir -p "$RUNNER_TEMP/auditor-run"; touch "$RUNNER_TEMP/auditor-run/audit.json"; exit 1;;
  diff) echo "<!-- auditor: data -->"; echo "two rows were added";;
esac
"""
GH = """#!/bin/sh
echo "$@" >> "$RUNNER_TEMP/calls"
case "$*" in *--jq*) cat "$RUNNER_TEMP/earlier";; *) test ! -f "$RUNNER_TEMP/refused";; esac
"""


def test_the_action_comments_on_the_pull_request_once(tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text(json.dumps({"pull_request": {"number": 7}}))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "gh").write_text(GH)
    (tmp_path / "bin" / "gh").chmod(0o755)
    (tmp_path / "earlier").touch()
    asked = {"paths": "d.csv", "baseline": "main", "token": "t", "benchmark": "effect"}
    done = acted(tmp_path, AUDITOR, **asked)
    assert done.returncode == 1, done.stderr  # that of the scan
    commands = (tmp_path / "asked").read_text()
    assert "scan d.csv --fail-on fail --baseline main --lang en" in commands
    assert "--format sarif --baseline main" in commands
    assert "--format comment --benchmark effect" in commands
    assert "two rows were added" in (tmp_path / "summary.md").read_text()
    written = tmp_path / "auditor-comment.md"
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls[1:] == [f"api repos/team/data/issues/7/comments -F body=@{written}"]
    (tmp_path / "earlier").write_text("55\n")
    acted(tmp_path, AUDITOR, **asked)
    last = (tmp_path / "calls").read_text().splitlines()[-1]
    assert last == f"api -X PATCH repos/team/data/issues/comments/55 -F body=@{written}"
    (tmp_path / "refused").touch()  # as the token of a fork is
    done = acted(tmp_path, AUDITOR, **asked)
    assert done.returncode == 1 and "::warning::The comment was not written" in done.stdout
    (tmp_path / "asked").unlink()
    acted(tmp_path, AUDITOR, **{**asked, "known": "false"})
    assert "scan d.csv --fail-on fail --lang en" in (tmp_path / "asked").read_text()


def test_inputs_of_the_action_are_never_code(tmp_path: Path) -> None:
    done = acted(tmp_path, paths="$(touch owned).csv `touch owned`", arguments="; touch owned")
    assert done.returncode in (2, 3) and not (tmp_path / "owned").exists()
    assert "${{" not in SCAN["run"]


def test_the_hook_can_be_typed() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    words = shlex.split(hook["entry"])
    assert words[0] == "auditor"
    command = cli.get_command(click.Context(cli), words[1])
    assert command is not None
    command.make_context(words[1], [*words[2:], "data.csv"])
