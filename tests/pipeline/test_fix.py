"""Offered actions: each is a command that runs, plans only what it names, and leads to the letters it promises."""

from __future__ import annotations

import json
import random
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from auditor.rules import code_docs

WORDS = [
    "parcel",
    "window",
    "refund",
    "letter",
    "hotel",
    "market",
    "number",
    "station",
    "garden",
    "paper",
    "river",
    "engine",
    "music",
    "camera",
    "ticket",
    "bridge",
    "doctor",
    "winter",
    "orange",
    "village",
    "summer",
    "kitchen",
    "lamp",
    "teacher",
]


def write_input(path: Path) -> None:
    """Complaints in a skewed set of classes, with copies, contradictions, e-mail addresses, empty texts and old dates."""
    draw = random.Random(5)
    lines = ["body,kind,when"]
    for i in range(300):
        kind = "rare" if i % 20 == 0 else "usual"
        text = " ".join(draw.choices(WORDS, k=9)) + (" parcel lost" if kind == "rare" else " refund paid")
        if i % 12 == 0:
            text += f" write to user{i}@example.com"
        lines.append(f"{text},{kind},{'2015' if i % 2 else '2025'}-0{1 + i % 9}-11")
    lines += lines[1:25]
    lines += [line.replace(",usual,", ",rare,") for line in lines[60:66]]
    lines += [",usual,2025-01-01"] * 4
    path.write_text("\n".join(lines) + "\n", "utf-8")


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory, auditor: Any) -> Path:
    folder = tmp_path_factory.mktemp("fix")
    (folder / "in put").mkdir()
    write_input(folder / "in put" / "my file.csv")
    names = ("--text", "body", "--label", "kind", "--date", "when")
    scan = auditor("scan", "in put/my file.csv", *names, "-o", "runs/first", "--as-of", "2026-01-01", cwd=folder)
    assert scan.returncode == 0, scan.stderr
    return folder


def offered(folder: Path) -> list[dict[str, Any]]:
    return json.loads((folder / "runs" / "first" / "summary.json").read_text("utf-8"))["effects"]


def grades(run: Path) -> dict[str, str]:
    audit = json.loads((run / "audit.json").read_text("utf-8"))
    return {name: grade["letter"] for name, grade in audit["grades"].items()}


def test_every_offered_command_runs_as_printed_and_keeps_its_promise(scanned: Path, auditor: Any) -> None:
    page = (scanned / "runs" / "first" / "report.md").read_text("utf-8")
    commands = re.findall(r"`(auditor [^`]+)`", page)
    effects = offered(scanned)
    assert len(commands) == len(effects) >= 3
    for command, effect in zip(commands, effects, strict=True):
        plan = auditor(*shlex.split(command)[1:], cwd=scanned)
        assert plan.returncode == 0, (command, plan.stderr)
        (apply,) = re.findall(r"^apply with: auditor (.+)$", plan.stdout, re.M)
        done = auditor(*shlex.split(apply), cwd=scanned)
        assert done.returncode == 0, (apply, done.stderr)
        made = scanned / "runs" / f"first-fix-{command.split()[-1]}"
        again = auditor("scan", made / "dataset", "--text", "body", "--label", "kind", "--date", "when", "-o", "again",
                        "--as-of", "2026-01-01", cwd=scanned)  # fmt: skip
        assert again.returncode == 0, again.stderr
        now = grades(scanned / "again")
        assert {name: now[name] for name in effect["after"]} == effect["after"], effect


def test_a_plan_holds_only_what_its_action_names(scanned: Path, auditor: Any) -> None:
    codes = {
        "duplicates.rate": {"DUP001", "DUP002"},
        "duplicates.conflict_rate": {"DUP005"},
        "privacy.identifier_rate": {code for code, doc in code_docs().items() if doc.dimension == "privacy"},
        "quality.empty_rate": {"QLT001"},
        "balance.ratio": set(),
        "staleness.old_rate": {"STL012"},
    }
    for number, effect in enumerate(offered(scanned), 1):
        assert auditor("fix", "runs/first", number, "-o", "planned", cwd=scanned).returncode == 0
        rows = pq.read_table(scanned / "planned" / "plan.parquet").to_pylist()
        acting = [row for row in rows if row["action"] != "keep"]
        assert {row["code"] for row in acting} <= codes[effect["metric"]], effect["metric"]
        removed = sum(row["action"] == "drop" for row in rows)
        assert removed == effect["accounts"].get("removed", 0)
        assert {row["part"] for row in rows} == {"train"}, "no split is made unasked"


def test_oversampling_gives_way_to_weights_where_it_would_make_duplicates(scanned: Path) -> None:
    (balance,) = [effect for effect in offered(scanned) if effect["metric"] == "balance.ratio"]
    assert balance["avoided"]["duplicates"] > balance["before"]["duplicates"]
    assert balance["accounts"].keys() == {"weighted"}


def test_several_actions_at_once_and_the_letters_a_plan_would_give(scanned: Path, auditor: Any) -> None:
    numbers = [n for n, e in enumerate(offered(scanned), 1) if e["metric"].startswith(("duplicates.rate", "privacy"))]
    plan = auditor("fix", "runs/first", *numbers, "-o", "both", cwd=scanned)
    assert plan.returncode == 0, plan.stderr
    summary = json.loads((scanned / "both" / "summary.json").read_text("utf-8"))
    assert summary["after"]["grades"]["duplicates"] == "A"
    assert not (scanned / "both" / "dataset").exists()
    assert "after" in plan.stdout


def test_without_a_number_the_actions_are_listed_and_unknown_ones_are_refused(scanned: Path, auditor: Any) -> None:
    listed = auditor("fix", "runs/first", cwd=scanned)
    assert listed.returncode == 0
    assert listed.stdout.count("auditor fix runs/first") == len(offered(scanned))
    refused = auditor("fix", "runs/first", "99", cwd=scanned)
    assert refused.returncode == 2
    assert len(refused.stderr.strip().splitlines()) == 3


def test_an_input_that_changed_is_refused(scanned: Path, auditor: Any, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(scanned, copy)
    with (copy / "in put" / "my file.csv").open("a") as file:
        file.write("one more row,usual,2025-01-01\n")
    refused = auditor("fix", "runs/first", "1", cwd=copy)
    assert refused.returncode == 6
    assert "hash differs" in refused.stderr


def test_letters_after_cleaning_are_those_of_a_scan_of_the_data_set(scanned: Path, auditor: Any) -> None:
    args = ("--text", "body", "--label", "kind", "--date", "when", "--as-of", "2026-01-01")
    clean = auditor("clean", "in put/my file.csv", *args, "-o", "cleaned", cwd=scanned)
    assert clean.returncode == 0, clean.stderr
    after = json.loads((scanned / "cleaned" / "summary.json").read_text("utf-8"))["after"]["grades"]
    again = auditor("scan", "cleaned/dataset", *args, "-o", "rescanned", cwd=scanned)
    assert again.returncode == 0, again.stderr
    assert grades(scanned / "rescanned") == after
    assert after["duplicates"] == "A"
    assert after != grades(scanned / "cleaned")


def test_a_plan_ends_with_the_command_that_carries_it_out(scanned: Path, auditor: Any) -> None:
    args = ("--text", "body", "--label", "kind", "--as-of", "2026-01-01", "--ner", "off")
    plan = auditor("clean", "in put/my file.csv", *args, "--plan", "-o", "to do", cwd=scanned)
    assert plan.returncode == 0, plan.stderr
    (apply,) = re.findall(r"^apply with: auditor (.+)$", plan.stdout, re.M)
    done = auditor(*shlex.split(apply), "-o", "done", cwd=scanned)
    assert done.returncode == 0, (apply, done.stderr)
    assert (scanned / "done" / "dataset").is_dir()


def test_masking_names_that_were_looked_for_in_a_sample_is_offered_as_an_estimate(tmp_path: Path, auditor: Any) -> None:
    lines = ["text,label"]
    names = ["Mary Johnson", "Peter Miller", "Anna Smith", "John Brown"]
    lines += [f"please tell {names[i % 4]} about the {WORDS[i % 20]} of row {i},{'ab'[i % 2]}" for i in range(120)]
    (tmp_path / "d.csv").write_text("\n".join(lines) + "\n", "utf-8")
    options = ("--set", "pii.ner_sample=20", "--set", "pii.columns=none", "--as-of", "2026-01-01")
    long = (
        (tmp_path / "d.csv")
        .read_text("utf-8")
        .replace(" of row ", " of " + "the long and winding road " * 60 + " row ")
    )
    (tmp_path / "d.csv").write_text(long, "utf-8")
    assert auditor("scan", "d.csv", "-o", "run", *options, cwd=tmp_path).returncode == 0
    effects = json.loads((tmp_path / "run" / "summary.json").read_text("utf-8"))["effects"]
    (number,) = [n for n, effect in enumerate(effects, 1) if effect["metric"] == "privacy.name_rate"]
    assert effects[number - 1]["accounts"].keys() == {"masked_estimated"}
    assert not effects[number - 1]["after"], "no letter is promised that was not measured"
    done = auditor("fix", "run", number, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    after = json.loads((tmp_path / f"run-fix-{number}" / "summary.json").read_text("utf-8"))["after"]["grades"]
    assert after["privacy"] < grades(tmp_path / "run")["privacy"]
