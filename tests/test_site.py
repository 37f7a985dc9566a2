"""Pages that are made from the program: every code and every command has its place. `make site` checks the links."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from auditor.cli.main import VERBS
from auditor.rules import code_docs

ROOT = Path(__file__).resolve().parent.parent
SPEC = importlib.util.spec_from_file_location("site_pages", ROOT / "docs" / "site_pages.py")
assert SPEC is not None and SPEC.loader is not None
PAGES = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(PAGES)


def test_every_code_has_a_page_with_examples_of_its_cases() -> None:
    pages = dict(PAGES.code_pages())
    assert set(pages) == {"codes/index.md", *(f"codes/{code}.md" for code in code_docs())}
    assert all(f"({code}.md)" in pages["codes/index.md"] for code in code_docs())
    page = pages["codes/DUP001.md"]
    found = [line for line in page.splitlines() if line.startswith("> ")]
    assert found[:2] == ["> HOW CAN I CHANGE THE DELIVERY ADDRESS OF MY PARCEL?",
                         "> Ｈow can I change the delivery address of my parcel?"]  # fmt: skip
    assert "中文" in page and "Why it matters" in page


def test_no_placeholder_is_taken_for_markup() -> None:
    outside = [re.sub(r"```.*?```|`[^`]*`", "", page, flags=re.S) for _, page in PAGES.code_pages()]
    assert not any(re.search(r"<[A-Za-z]", text) for text in outside)


def test_every_command_is_on_the_page_of_commands() -> None:
    page = PAGES.commands_page()
    assert all(f"## auditor {verb}\n" in page for verb in VERBS)
    assert "## auditor review export\n" in page


def test_every_page_is_in_the_navigation() -> None:
    listed = set(re.findall(r"[\w/.-]+\.md", (ROOT / "mkdocs.yml").read_text("utf-8")))
    pages = {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")}
    assert pages - {"log.md"} <= listed


def test_the_comparison_counts_its_rows() -> None:
    text = (ROOT / "docs" / "comparison.md").read_text("utf-8")
    rows = [line.split("|")[2].strip() for line in text.splitlines() if re.match(r"\| (?!feature|\*\*|\|)", line)]
    own = [re.match(r"yes|partly|no", cell) for cell in rows]
    words = [match.group() for match in own if match]
    said = re.search(r"(\d+) yes, (\d+) partly, (\d+) no, of (\d+)", text)
    assert said is not None
    assert tuple(map(int, said.groups())) == (*(words.count(word) for word in ("yes", "partly", "no")), 69)
