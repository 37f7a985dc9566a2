"""Pages of the site that are made from the program: a page per finding code, and the help of every command."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import yaml

from auditor.cli.main import VERBS, cli
from auditor.core.policy import load_policy
from auditor.rules import code_docs

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = {"banking_en": "en", "service_zh": "zh"}
"""Files of sample_data and the languages of their reports."""
_CASES, _SHOWN = 3, 6
"""Examples of a code, and rows of each."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages (see mkdocs, "Hooks")."""
    from mkdocs.structure.files import File

    for path, content in (*code_pages(), ("reference/commands.md", commands_page()), *sample_reports()):
        files.append(File.generated(config, path, content=content))
    return files


def sample_reports() -> Iterator[tuple[str, str]]:
    """The reports of both samples; their codes lead to the pages of this site."""
    for sample, lang in SAMPLES.items():
        with tempfile.TemporaryDirectory() as made:
            out = Path(made) / sample
            words = ["run", f"sample_data/{sample}.csv", "--no-benchmark", "--lang", lang, "--as-of", "2026-11-01"]
            more = ["-q", "-o", str(out), "--set", "report.docs_url=.."]
            subprocess.run([sys.executable, "-m", "auditor", *words, *more], cwd=ROOT, check=True)
            page = (out / "report.html").read_text("utf-8")
            yield f"reports/{sample}.html", page.replace(str(out), f"runs/{sample}")


def code_pages() -> Iterator[tuple[str, str]]:
    """A page per finding code, and their list."""
    docs = code_docs()
    rows = [f"| [{code}]({code}.md) | {doc.dimension} | {doc.title['en']} |" for code, doc in sorted(docs.items())]
    head = "# Finding codes\n\nWhat `auditor rules` prints, a page per code.\n\n| code | dimension | |\n|---|---|---|\n"
    yield "codes/index.md", head + "\n".join(rows) + "\n"
    policy = load_policy()
    for code, doc in docs.items():
        rule = policy.rule_for(code)
        parts = [
            f"# {code}: {doc.title['en']}",
            f"*{doc.title['zh']}* · `{doc.name}` · dimension {doc.dimension}",
            f"**中文。** {doc.why['zh']} {doc.fix['zh']}",
            f"**Why it matters.** {doc.why['en']}",
            f"**How it is found.** {doc.how}",
            f"**What to do.** {doc.fix['en']}",
            f"**Example.** {doc.example}",
        ]
        if rule is not None:
            parts.append(f"**What the shipped policy does.** {rule.action.word}: {rule.reason} (`{rule.name}`)")
        if examples := list(_examples(code)):
            parts += ["## Examples", "From the tests; `>` marks rows that are found, `{n}` counts.", *examples]
        yield f"codes/{code}.md", _plain("\n\n".join(parts)) + "\n"


def _examples(code: str) -> Iterator[str]:
    """Rows that the tests hold the code to, where it has such cases; found ones are marked."""
    file = ROOT / "tests" / "cases" / f"{code}.yaml"
    for case in yaml.safe_load(file.read_text("utf-8"))[:_CASES] if file.is_file() else ():
        fires, lines = case.get("fires"), []
        for number, row in enumerate(case["rows"][:_SHOWN]):
            is_found = isinstance(fires, list) and number in fires
            cells = {key: value for key, value in row.items() if key != "times"}
            text = cells["text"] if list(cells) == ["text"] else _flow(cells)
            times = f"   ({row['times']} such rows)" if "times" in row else ""
            lines.append(f"{'>' if is_found else ' '} {' '.join(str(text).split())[:200]}{times}")
        in_all = "found in the corpus as a whole" if fires == "corpus" else ""
        said = "nothing is found" if case.get("silent") else in_all
        head = f"**{case['name'].capitalize()}**" + (f": {said}" if said else "")
        yield f"{head}\n\n```text\n" + "\n".join(lines) + "\n```"


def _flow(cells: dict[str, object]) -> str:
    return str(yaml.safe_dump(cells, default_flow_style=True, width=10**6, allow_unicode=True)).strip()


def _plain(text: str) -> str:
    """Angle brackets of placeholders such as ``<EMAIL_ADDRESS>`` are text."""
    inside = re.split(r"(```.*?```|`[^`]*`)", text, flags=re.S)
    return "".join(part if part.startswith("`") else part.replace("<", "&lt;") for part in inside)


def commands_page() -> str:
    """The help of every command."""
    context = click.Context(cli, info_name="auditor", terminal_width=100, max_content_width=100)
    parts = ["# Commands", "What `--help` prints.", f"```text\n{cli.get_help(context)}\n```"]
    for verb in VERBS:
        command = cli.get_command(context, verb)
        if command is not None:
            parts += _help(command, verb, context)
    return "\n\n".join(parts) + "\n"


def _help(command: click.Command, name: str, parent: click.Context) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=parent, terminal_width=100, max_content_width=100)
    yield f"## auditor {context.command_path.removeprefix('auditor ')}"
    yield f"```text\n{command.get_help(context)}\n```"
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None:
                yield from _help(found, inner, context)
