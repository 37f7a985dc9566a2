"""Commands of the README and the pages, run one after another as they are printed.

Files and runs that the text takes for granted are made before; each page has a folder of its own.
"""

from __future__ import annotations

import csv
import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from tests.checks.test_conversations import tokenizer
from tests.command_server import run_auditor
from tests.test_documented_commands import COMMANDS, ROOT

FAST = {
    "AUDITOR_PII_NER": "off",
    "AUDITOR_EXCERPTS": "none",
    "AUDITOR_BENCHMARK_SEEDS": "1",
    "AUDITOR_BENCHMARK_EPOCHS": "1",
    "AUDITOR_BENCHMARK_MAX_TRAIN_ROWS": "60",
    "AUDITOR_BENCHMARK_MAX_LENGTH": "16",
}
"""Settings that are no part of what is tested here and take most of the time."""
ELSEWHERE = {
    "s3://bucket": "needs a bucket",
    "--engine ray": "needs a cluster",
}
GATED = ("--fail-on", "--min-grade")
"""Options with which the sample fails: exit code 1."""


@cache
def frequent_classes() -> pd.DataFrame:
    """The rows of the English sample in its eight largest classes, so that no part of it loses a class."""
    table = pd.read_csv(ROOT / "sample_data" / "banking_en.csv", dtype=str, keep_default_na=False)
    return table[table.label.isin(table.label.value_counts().index[:8])]


def sample(rows: int, start: int = 0) -> pd.DataFrame:
    return frequent_classes().iloc[start : start + rows]


def auditor(folder: Path, *words: str) -> None:
    done = run_auditor(*words, cwd=folder, environment={**os.environ, **FAST, "NO_COLOR": "1"})
    assert done.returncode == 0, done.stderr


def readme(folder: Path) -> None:
    (folder / "sample_data").mkdir()
    frequent_classes().to_csv(folder / "sample_data" / "banking_en.csv", index=False)
    for name, rows in {
        "my_reviews": sample(150),
        "old": sample(150),
        "new": sample(150, 100),
    }.items():
        rows.to_csv(folder / f"{name}.csv", index=False)
    for name, start in {"monday": 0, "tuesday": 150, "before": 0, "after": 20, "test": 600}.items():
        sample(150, start).to_csv(folder / f"{name}.csv", index=False)
    chats(folder)
    auditor(folder, "scan", "monday.csv", "-o", "runs/monday")


def chats(folder: Path) -> None:
    turns = [[{"role": "user", "content": f"where is parcel {i}?"}, {"role": "assistant", "content": f"at desk {i % 7}."}]
             for i in range(60)]  # fmt: skip
    (folder / "chats.jsonl").write_text("\n".join(json.dumps({"messages": one}) for one in turns) + "\n")
    (folder / "tokenizer").mkdir()
    tokenizer(folder / "tokenizer", None)


def devices(folder: Path) -> None:
    sample(150).to_csv(folder / "before.csv", index=False)
    sample(150, 20).to_csv(folder / "after.csv", index=False)


def in_ci(folder: Path) -> None:
    (folder / "data").mkdir()
    sample(150).to_csv(folder / "main.csv", index=False)
    sample(150, 20).to_csv(folder / "data" / "train.csv", index=False)
    auditor(folder, "scan", "main.csv", "-o", "runs/main")
    auditor(folder, "scan", "data/train.csv", "-o", "runs/pull-request")
    auditor(folder, "benchmark", "main.csv", "data/train.csv", "-o", "runs/effect")


def formats(folder: Path) -> None:
    (folder / "data").mkdir()
    for file in ("reviews.csv", "data/a.csv", "data/b.csv"):
        sample(100).to_csv(folder / file, index=False)


def chinese(folder: Path) -> None:
    table = pd.read_csv(ROOT / "sample_data" / "service_zh.csv", dtype=str, keep_default_na=False)[:150]
    table.rename(columns={"label": "类别"}).to_csv(folder / "reviews.csv", index=False)


def fine_tuning(folder: Path) -> None:
    sample(150).rename(columns={"label": "topic"}).to_csv(folder / "train.csv", index=False)


def personal_data(folder: Path) -> None:
    sample(60).to_parquet(folder / "mails.parquet", index=False)


def pre_training(folder: Path) -> None:
    (folder / "corpus").mkdir()
    for number, text in enumerate(sample(60).text):
        (folder / "corpus" / f"{number}.txt").write_text(f"{text} " * 5)


def scale(folder: Path) -> None:
    sample(150).to_parquet(folder / "big.parquet", index=False)


def tutorial(folder: Path) -> None:
    (folder / "sample_data").mkdir()
    sample(400).to_csv(folder / "sample_data" / "banking_en.csv", index=False)


def index(folder: Path) -> None:
    sample(150).to_csv(folder / "my_reviews.csv", index=False)


def answer(queue: Path) -> None:
    """What a reviewer does between export and import."""
    with queue.open(newline="", encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    with queue.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "decision": "keep", "reviewer": "ann"} for row in rows)


SCENES: dict[str, Callable[[Path], None]] = {
    "README.md": readme, "index.md": index, "chats.md": chats, "devices.md": devices, "formats.md": formats, "chinese.md": chinese,
    "fine-tuning.md": fine_tuning, "personal-data.md": personal_data, "pre-training.md": pre_training,
    "scale.md": scale, "tutorial.md": tutorial, "ci.md": in_ci,
}  # fmt: skip


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    made: dict[str, Path] = {}

    def scene(page: str) -> Path:
        if page not in made:
            made[page] = tmp_path_factory.mktemp(page.partition(".")[0])
            SCENES.get(page, lambda folder: None)(made[page])
        return made[page]

    return scene


@pytest.mark.parametrize(("page", "line"), COMMANDS, ids=[f"{page}: {line[:70]}" for page, line in COMMANDS])
def test_a_documented_command_runs_as_printed(page: str, line: str, scenes: Callable[[str], Path]) -> None:
    for part, reason in ELSEWHERE.items():
        if part in line:
            pytest.skip(reason)
    words = shlex.split(line, comments=True)[1:]
    words = words[: next((i for i, word in enumerate(words) if word in ("|", ">")), None)]
    environment = {**os.environ, **FAST, "NO_COLOR": "1"}
    if words[0] == "view":
        see_page(words, scenes(page), environment)
        return
    if words[:2] == ["review", "import"]:
        answer(scenes(page) / words[3])
    done = run_auditor(*words, cwd=scenes(page), environment=environment)
    expected = {1} if any(option in words for option in GATED) else {0}
    assert done.returncode in expected, (line, done.stderr, done.stdout[-500:])


def see_page(words: list[str], folder: Path, environment: dict[str, str]) -> None:
    """The viewer says where it is, and ends when it is interrupted."""
    command = [sys.executable, "-m", "auditor", *words]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        line = next(line for line in server.stdout if "http://127.0.0.1:" in line)
        assert line
        server.send_signal(signal.SIGINT)
        server.stdout.read()
    assert server.returncode in (0, 130)
