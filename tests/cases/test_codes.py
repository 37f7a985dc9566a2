"""Every finding code on small tables: what must fire and what must not (``tests/cases/<CODE>.yaml``).

A file is a list of cases. A case has `name`, `rows` and what is expected of its code:

- ``fires: [0, 3-5]``: exactly these rows; ``fires: corpus``: the data set as a whole; ``silent: true``: nothing.
- ``mostly: [...]``: of these rows at least seven in ten, and of the rows found at least seven in ten are these.
- ``among: [...]``: some of these rows and no other.
- ``values: [...]``: the values of the findings, in any order.

A row is a mapping of columns. ``times: 20`` repeats it with ``{n}`` counting up; ``{animals*4}`` is filled with four words
drawn from the list `animals` under `words`. `settings` are dotted; `reference` and `earlier` are rows like `rows`: those
of ``--reference`` and of the run of ``--since``. `files` are written beside the input. ``stage: plan`` looks at
the decisions of the plan, for a code that is made with it. ``needs: bert`` skips the case where the packaged model is absent.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from auditor.config.loading import load_settings
from auditor.models.checkpoint import packaged_folder
from auditor.pii.entities import entities
from auditor.pipeline.run import run
from auditor.rules import code_docs

FOLDER = Path(__file__).parent
PATTERNS = FOLDER / "PII" / "patterns.yaml"
"""Texts with marked entities, run by tests/pii/test_detector.py: cases of the codes of these entities."""
ELSEWHERE = {"PII999": "tests/pipeline/test_privacy.py"}
"""Codes that no table can provoke: PII999 needs a search that runs out of time."""
KEYS = {"name", "rows", "words", "settings", "reference", "earlier", "files", "stage", "needs", "values",
        "fires", "silent", "mostly", "among"}  # fmt: skip
EXPECTED = ("fires", "silent", "mostly", "among")
ROLES = ("text", "label", "date", "split", "source", "annotator", "tokens", "tags")
PLAIN = {"pii.ner": "off", "staleness.as_of": "2026-01-01", "effects": False, "seed": 1}
MOST = 0.7

Rows = Sequence[Mapping[str, Any]]
FILES = sorted(FOLDER.glob("*.yaml"))
CASES = [(file.stem, case) for file in FILES for case in yaml.safe_load(file.read_text("utf-8"))]


def expanded(rows: Rows, words: Mapping[str, str], seed: str) -> Iterator[dict[str, Any]]:
    """The rows of a table, repeated and filled."""
    draw = random.Random(seed)
    for template in rows:
        for n in range(template.get("times", 1)):
            yield {key: filled(value, n, words, draw) for key, value in template.items() if key != "times"}


def filled(value: Any, n: int, words: Mapping[str, str], draw: random.Random) -> Any:
    if isinstance(value, list):
        return [filled(one, n, words, draw) for one in value]
    if isinstance(value, dict):
        return {key: filled(one, n, words, draw) for key, one in value.items()}
    if not isinstance(value, str):
        return value
    drawn = re.sub(r"{(\w+)\*(\d+)}", lambda m: " ".join(draw.choices(words[m[1]].split(), k=int(m[2]))), value)
    return drawn.replace("{n}", str(n))


def numbers(given: Sequence[int | str]) -> set[int]:
    """Row numbers from ``[0, 3-5]``."""
    found: set[int] = set()
    for one in given:
        low, _, high = str(one).partition("-")
        found |= set(range(int(low), int(high or low) + 1))
    return found


def write(path: Path, rows: Sequence[Mapping[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return str(path)


def findings(code: str, case: Mapping[str, Any], folder: Path) -> list[dict[str, Any]]:
    """The findings of the code in the case's table."""
    words = case.get("words", {})
    rows = list(expanded(case["rows"], words, case["name"]))
    for name, text in case.get("files", {}).items():
        (folder / name).write_text(text, "utf-8")
    roles = {f"corpus.{role}": role for role in ROLES if any(role in row for row in rows)}
    options = {**PLAIN, **roles, "select": (code[:3],), **case.get("settings", {})}

    def scan(name: str, table: Sequence[Mapping[str, Any]], stages: tuple[str, ...], **more: Any) -> Path:
        settings = load_settings(None, (), {**options, **more}, {})
        path = write(folder / f"{name}.jsonl", table)
        run([path], settings, out=folder / name, command="test", stages=stages, progress=lambda *_: None)
        return folder / name

    more: dict[str, Any] = {}
    if "reference" in case:
        table = list(expanded(case["reference"], words, f"{case['name']} reference"))
        more["reference"] = (write(folder / "reference.jsonl", table),)
    if "earlier" in case:
        options["select"] = ("PII", "NEW")
        table = list(expanded(case["earlier"], words, f"{case['name']} earlier"))
        more["since"] = str(scan("earlier", table, ("scan",)))
    is_planned = case.get("stage") == "plan"
    out = scan("batch", rows, ("scan", "plan") if is_planned else ("scan",), **more)
    table_of = "plan.parquet" if is_planned else "findings.parquet"
    return [row for row in pq.read_table(out / table_of).to_pylist() if row["code"] == code]


@pytest.mark.parametrize(("code", "case"), CASES, ids=[f"{code} {case['name']}" for code, case in CASES])
def test_a_code_fires_where_it_must_and_nowhere_else(
    code: str, case: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(case) <= KEYS
    assert sum(key in case for key in EXPECTED) == 1
    if case.get("needs") == "bert" and packaged_folder() is None:
        pytest.skip("the packaged BERT is not installed")
    monkeypatch.chdir(tmp_path)
    found = findings(code, case, tmp_path)
    rows = {row["row_id"] for row in found}
    if case.get("fires") == "corpus":
        assert rows == {None}
    elif "fires" in case:
        assert rows == numbers(case["fires"])
    elif "silent" in case:
        assert found == []
    elif "mostly" in case:
        expected = numbers(case["mostly"])
        assert len(rows & expected) >= MOST * max(len(expected), len(rows)), sorted(rows, key=str)
    else:
        assert rows
        assert rows <= numbers(case["among"])
    if "values" in case:
        assert sorted(row["value"] for row in found) == sorted(map(str, case["values"]))


def test_every_code_has_a_case_in_which_it_fires_and_one_in_which_it_is_silent() -> None:
    marked = set(re.findall(r"\[\[([A-Z0-9_]+)\|", PATTERNS.read_text("utf-8")))
    covered = {entity.code for entity in entities().values() if entity.name in marked}
    for code, file in ELSEWHERE.items():
        assert code in (FOLDER.parents[1] / file).read_text("utf-8")
    for code in sorted(set(code_docs()) - covered - set(ELSEWHERE)):
        own = [case for stem, case in CASES if stem == code]
        assert any("silent" in case for case in own), f"{code}.yaml has no case that is silent"
        assert any("silent" not in case for case in own), f"{code}.yaml has no case that fires"
    assert {stem for stem, _ in CASES} <= set(code_docs())
