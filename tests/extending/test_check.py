"""A check can be added from outside: one class, one file of rules, one line of the settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import auditor

ADDED = Path(__file__).parent / "added"
ROOT = Path(auditor.__file__).parents[1]
LOUD = {3, 17, 40, 59}
NAME = "shouting_check:ShoutingCheck"


def command(*words: object, cwd: Path, checks: str = "", path: Path = ADDED) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{path}", "AUDITOR_CHECKS": checks, "NO_COLOR": "1"}
    line = [sys.executable, "-m", "auditor", *map(str, words)]
    return subprocess.run(line, cwd=cwd, env=env, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which a scan with the added check wrote its run folder."""
    folder = tmp_path_factory.mktemp("added")
    (folder / "auditor.toml").write_text(f'checks = ["{NAME}"]\n')
    texts = [f"PLEASE HELP WITH ORDER {n}" if n in LOUD else f"please help with order {n}" for n in range(60)]
    with (folder / "in.jsonl").open("w") as lines:
        lines.writelines(json.dumps({"text": text}) + "\n" for text in texts)
    done = command("scan", "in.jsonl", "-o", "run", "--ignore", "PII,STL,DIV,BIA", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_its_findings_metrics_and_grade_are_in_the_run(run: Path) -> None:
    found = pq.read_table(run / "run" / "findings.parquet").to_pylist()
    assert {row["row_id"] for row in found if row["code"] == "SHO001"} == LOUD
    audit = json.loads((run / "run" / "audit.json").read_text("utf-8"))
    metrics = {metric["name"]: metric for metric in audit["checks"]["shouting"]["metrics"]}
    rate = metrics["shouting.rate"]
    assert (rate["value"], rate["unit"], rate["status"], rate["threshold"]) == (
        pytest.approx(4 / 60, abs=1e-6),
        "share",
        "pass",
        0.1,
    )
    assert metrics["shouting.letters"]["unit"] == "characters"
    assert audit["grades"]["shouting"]["letter"] == "B"
    assert list(audit["checks"])[-1] == "shouting"


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ["Shouting", "Do texts shout", "Text in capitals", "of texts are in capitals", "Shouted and calm texts",
                "A model learns the case", "Capital letters per text"]),
        ("zh", ["大写喧哗", "文本是否通篇大写", "通篇大写的文本", "通篇大写的文本占比", "大写与正常文本的条数",
                "模型会学到大小写", "每条文本的大写字母数"]),
    ],
)  # fmt: skip
def test_its_words_are_in_the_report_in_both_languages(run: Path, lang: str, words: list[str]) -> None:
    done = command("report", "run", "--lang", lang, "-o", f"{lang}.html", cwd=run)
    assert done.returncode == 0, done.stderr
    html = (run / f"{lang}.html").read_text("utf-8")
    assert [word for word in words if word not in html] == []


def test_its_code_is_explained_selected_judged_and_limited(run: Path) -> None:
    explained = command("rules", "SHO001", "--lang", "zh", cwd=run)
    assert "通篇大写的文本" in explained.stdout
    strict = ["--select", "SHO", "--max", "shouting.rate=5%", "--set", "thresholds.shouting.rate=0,0,0.01,0.02"]
    done = command("scan", "in.jsonl", "-o", "strict", *strict, cwd=run)
    assert done.returncode == 1, done.stderr
    assert json.loads((run / "strict" / "audit.json").read_text("utf-8"))["grades"]["shouting"]["letter"] == "F"


def test_a_report_without_the_check_falls_back_to_its_names(run: Path, tmp_path: Path) -> None:
    done = command("report", run / "run", "-o", "plain.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "shouting.rate" in (tmp_path / "plain.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("checks", "change", "said"),
    [
        ("nowhere:Check", ("", ""), "cannot be imported"),
        ("shouting_check", ("", ""), "cannot be imported"),
        ("shouting_check:Path", ("", ""), "do not belong together"),
        (NAME, ("SHO001", "DUP001"), "do not belong together"),
        (NAME, ("shouting.rate", "duplicates.rate"), "another check has"),
        (NAME, ("bounds: [0.0", "bound: [0.0"), "not valid"),
    ],
)
def test_what_cannot_be_added_is_refused_before_anything_is_read(
    tmp_path: Path, checks: str, change: tuple[str, str], said: str
) -> None:
    for file in ADDED.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_text(
                file.read_text("utf-8").replace(*change) if change[0] else file.read_text("utf-8")
            )
    done = command("scan", "nothing.csv", "-o", "run", cwd=tmp_path, checks=checks, path=tmp_path)
    assert done.returncode in (2, 3)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()
