"""The whole way on a small corpus with a tiny model: files, accounts, identical bytes, interruption."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

pytest.importorskip("torch")
from tests.models.conftest import tiny_model  # noqa: F401 - a fixture

ROOT = Path(__file__).resolve().parents[2]
TOPICS = {"card": "card pin chip blocked stolen wallet", "loan": "loan rate house monthly repay lender"}


def write_corpus(path, rows=240):
    draw = np.random.default_rng(0)
    lines = ["id,text,label,date"]
    for i in range(rows):
        label = sorted(TOPICS)[i % 2]
        words = (
            " ".join(draw.choice(TOPICS[label].split(), 5))
            + " "
            + " ".join(draw.choice([f"w{k}" for k in range(90)], 4))
        )
        lines.append(f"r{i},{words},{label},2025-0{1 + i % 9}-11")
    lines.append(lines[1].replace("r0,", "r900,"))
    lines.append("r901,only three,card")
    path.write_text("\n".join(lines) + "\n", "utf-8")


ARGS = ("--as-of", "2026-01-01", "--ner", "off", "--seeds", "2", "--epochs", "1")


def test_the_whole_way_twice_gives_the_same_bytes(auditor, tmp_path, tiny_model):  # noqa: F811
    write_corpus(tmp_path / "d.csv")
    for name in ("one", "two"):
        process = auditor("run", "d.csv", "-o", name, "--model", tiny_model, *ARGS, cwd=tmp_path)
        assert process.returncode == 0, process.stderr
    one, two = ({p.relative_to(d).as_posix(): p.read_bytes() for p in sorted(d.rglob("*")) if p.is_file()}
                for d in (tmp_path / "one", tmp_path / "two"))  # fmt: skip
    assert one.keys() == two.keys()
    assert {name for name in one if one[name] != two[name]} == {"manifest.json"}
    expected = {
        "report.html", "report.md", "audit.json", "findings.parquet", "rows.parquet", "clusters.parquet", "plan.parquet",
        "ledger.parquet", "removed.parquet", "changes.parquet", "rejects.jsonl", "manifest.json", "benchmark/results.json",
        "benchmark/predictions.parquet", "dataset/train-00000-of-00001.parquet",
    }  # fmt: skip
    assert expected <= set(one)
    check_manifest(tmp_path / "one")


def check_manifest(folder):
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    accounts = manifest["accounts"]
    assert accounts["rows_in"] == 242
    assert accounts["rows_in"] == accounts["rows_kept"] + accounts["rows_removed"] + accounts["rows_rejected"]
    assert accounts["rows_out"] == accounts["rows_kept"] + accounts["rows_added"]
    assert accounts["rows_rejected"] == 1
    assert accounts["split_proof"] == {"groups_in_two_parts": 0, "texts_in_two_parts": 0}
    assert pq.read_table(folder / "ledger.parquet").num_rows == accounts["rows_in"] + accounts["rows_added"]
    assert set(manifest["outputs"]) == {
        p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and p.name != "manifest.json"
    }
    results = json.loads((folder / "benchmark" / "results.json").read_text("utf-8"))
    assert results["seeds"] == [0, 1]
    assert results["verdict"]
    assert {"accuracy", "macro_f1"} <= set(results["before"])


def test_ctrl_c_ends_with_130_and_keeps_the_earlier_run(auditor, tmp_path):
    write_corpus(tmp_path / "d.csv", rows=2000)
    assert auditor("scan", "d.csv", "-o", "out", "--ner", "off", cwd=tmp_path).returncode == 0
    before = {p: p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    for stage, signal_, code in (("read", signal.SIGINT, 130), ("labels", signal.SIGTERM, 143)):
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", "from auditor.cli.main import main; main()", "scan", "d.csv", "-o", "out"]
        process = subprocess.Popen(
            command, cwd=tmp_path, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        seen = ""
        while f"auditor: {stage} " not in seen:
            line = process.stderr.readline()
            assert line, seen
            seen += line
        process.send_signal(signal_)
        _, errors = process.communicate(timeout=120)
        assert process.returncode == code, errors
        assert "Traceback" not in errors
        assert {p: p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()} == before
        assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]
