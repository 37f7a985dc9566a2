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


def acted(folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """The script of the action's step, as a runner would start it."""
    names = {name: spec.get("default", "") for name, spec in ACTION["inputs"].items()} | inputs
    given = {
        variable: names[text.removeprefix("${{ inputs.").removesuffix(" }}")] for variable, text in SCAN["env"].items()
    }
    program = folder / "bin" / "auditor"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m auditor "$@"\n')
    program.chmod(0o755)
    environment = {
        **os.environ,
        **given,
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "RUNNER_TEMP": str(folder),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
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
