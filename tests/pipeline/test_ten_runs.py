"""Ten runs on samples and real data: every command they offer runs as printed, acts as it says, and keeps its promise."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

ACTS = {"drop": "removed", "mask": "masked", "relabel": "relabelled", "review": "to_review"}
SETS = {
    "english": ("sample_data/banking_en.csv", slice(0, 300), ()),
    "chinese": ("sample_data/service_zh.csv", slice(0, 250), ()),
    "sms": ("sms_spam.parquet", slice(0, 250), ()),
    "many-classes": ("banking77.parquet", slice(0, 1_000), ("--ner", "off")),
    "several-labels": ("reuters21578.parquet", slice(0, 200), ("--label", "topics", "--ner", "off")),
    "mail": ("spamassassin.parquet", slice(0, 150), ("--ner", "off")),
    "hotel-zh": ("chnsenticorp_hotel.parquet", slice(0, 200), ("--set", "pii.ner_sample=40")),
    "rumours-zh": ("weibo_rumor_ced.parquet", slice(0, 200), ("--set", "pii.ner_sample=40")),
    "tokens-en": ("wnut17_ner.parquet", slice(0, 250), ("--ner", "off")),
    "news": ("agnews_test.parquet", slice(0, 200), ("--ner", "off")),
}


@pytest.mark.parametrize("name", SETS)
def test_offered_commands(name: str, tmp_path: Path, auditor: Any, samples: Path, shared_data: Any) -> None:
    file, rows, options = SETS[name]
    if file.startswith("sample_data/"):
        frame = pd.read_csv(samples / Path(file).name, dtype=str, keep_default_na=False)[rows]
        frame.to_csv(tmp_path / "d.csv", index=False)
    else:
        table = pq.read_table(shared_data(file))
        pq.write_table(table.slice(rows.start, rows.stop), tmp_path / "d.parquet")
    source = next(path.name for path in tmp_path.iterdir())
    settings = ("--as-of", "2026-01-01", "--ignore", "DIV,BIA", "--set", "grades.min_rows=10", *options)
    scan = auditor("scan", source, "-o", "run", *settings, cwd=tmp_path)
    assert scan.returncode == 0, scan.stderr
    summary = json.loads((tmp_path / "run" / "summary.json").read_text("utf-8"))
    commands = re.findall(
        r"^\d+\. \*\*.*\n +`(auditor [^`]+)`", (tmp_path / "run" / "report.md").read_text("utf-8"), re.M
    )
    assert len(commands) == len(summary["effects"])
    for command, effect in zip(commands, summary["effects"], strict=True):
        done = auditor(*shlex.split(command)[1:], cwd=tmp_path)
        assert done.returncode == 0, (command, done.stderr)
        (apply,) = re.findall(r"^apply with: (auditor .+)$", done.stdout, re.M)
        made = tmp_path / f"run-fix-{command.split()[-1]}"
        after = json.loads((made / "summary.json").read_text("utf-8"))["after"]["grades"]
        assert {dimension: after[dimension] for dimension in effect["after"]} == effect["after"], (command, effect)
        if "masked_estimated" in effect["accounts"]:
            continue  # names in a sample: said to be an estimate, and no letter is promised
        plan = pq.read_table(made / "plan.parquet").to_pandas()
        for action, account in ACTS.items():
            planned = int((plan.action == action).sum())
            assert planned <= effect["accounts"].get(account, 0), (command, action, planned, effect)
        assert int((plan.action == "drop").sum()) == effect["accounts"].get("removed", 0)
        if command == commands[0]:
            carried_out = auditor(*shlex.split(apply)[1:], cwd=tmp_path)
            assert carried_out.returncode == 0, (apply, carried_out.stderr)
            manifest = json.loads((made / "manifest.json").read_text("utf-8"))
            assert manifest["accounts"]["rows_removed"] == effect["accounts"].get("removed", 0)
            assert manifest["accounts"]["rows_masked"] == effect["accounts"].get("masked", 0)
