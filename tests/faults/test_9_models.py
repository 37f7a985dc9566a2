"""IX. Models and determinism."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.faults.oracles import FAST, Program, csv_of, rows

ROOT = Path(__file__).resolve().parents[2]
QUICK = (*FAST, "--as-of", "2026-01-01", "--language", "en")
CODE = "from auditor.cli.main import main; main()"


def _python(
    program: Program, words: list[str], before: tuple[str, ...] = (), folder: Path | None = None, **environment: str
):
    return subprocess.run(
        [*before, sys.executable, "-c", CODE, *words], cwd=folder or program.folder, capture_output=True, text=True, timeout=90,
        env={**program.environment, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **environment}, check=False,
    )  # fmt: skip


@pytest.mark.case(100)
def test_without_a_network_a_scan_is_whole_and_tries_no_connection(program: Program, tmp_path: Path) -> None:
    if subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode:
        pytest.skip("network namespaces cannot be made here (unshare -rn)")
    program.write("a.csv", csv_of(rows(36)))
    trace: tuple[str, ...] = ()
    if shutil.which("strace"):
        trace = ("strace", "-f", "-qq", "-e", "trace=connect", "-o", str(tmp_path.parent / "calls"))
    done = _python(program, ["scan", "a.csv", "-o", "o", "--no-state"][:4] + list(QUICK), ("unshare", "-rn", *trace))
    assert done.returncode == 0, done.stderr
    if trace:
        assert "AF_INET" not in (tmp_path.parent / "calls").read_text()
    program.assert_no_canary()


@pytest.mark.case(101)
def test_hash_seed_zone_locale_folder_and_workers_change_no_byte(program: Program) -> None:
    """But for the number of workers itself, which the settings in audit and report name."""
    program.write("a.csv", csv_of(rows(36)))
    program.write("elsewhere/a.csv", csv_of(rows(36)))
    words = ["clean", "a.csv", "-o", "out", *QUICK, "--select", "DUP,PII,QLT,BAL", "--augment", "swap"]
    other = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C", "LANG": "C"}
    found = []
    for folder, workers, more in ((program.folder, "1", {}), (program.folder / "elsewhere", "2", other)):
        done = _python(program, [*words, "--workers", workers], folder=folder, **more)
        assert done.returncode == 0, done.stderr
        files = {path.relative_to(folder / "out"): path.read_bytes() for path in (folder / "out").rglob("*.*")}
        found.append({name: data for name, data in files.items() if name.name not in ("manifest.json", "report.html")})
        audit = json.loads(found[-1].pop(Path("audit.json")))
        found[-1][Path("audit")] = audit | {"config": audit["config"] | {"workers": 0}}
    assert found[0] == found[1]
    assert os.environ.get("PYTHONHASHSEED") != "7"


@pytest.mark.case(102)
def test_the_order_of_rows_changes_no_finding_of_a_text(program: Program) -> None:
    """Copies aside, of which the first is kept: that is told of another row, but of an equal text."""
    texts = rows(36, *rows(3)[:3])
    program.write("a.csv", csv_of(texts))
    program.write("b.csv", csv_of([texts[i * 7 % len(texts)] for i in range(len(texts))]))
    found = []
    for name in ("a", "b"):
        program.run("clean", f"{name}.csv", "-o", name, *QUICK, "--select", "DUP,PII,QLT", "--augment", "none")
        run, of = (
            program.result(name),
            (texts if name == "a" else [texts[i * 7 % len(texts)] for i in range(len(texts))]),
        )
        found.append(
            sorted(
                (one["code"], one["severity"], str(one["entity"]), of[one["row_id"]])
                for one in run.findings
                if one["row_id"] is not None
            )
        )
    assert len(texts) % 7 and found[0] == found[1] != []


@pytest.mark.case(105)
def test_no_text_of_train_is_one_of_test_after_augmentation(program: Program) -> None:
    few = [(f"the parcel {i} of the bridge was lost near the forest and the market", "boat") for i in range(9)]
    program.write("a.csv", csv_of(rows(60, *few)))
    program.run(
        "clean", "a.csv", "-o", "o", *QUICK, "--select", "DUP,PII", "--augment", "swap", "--balance", "oversample",
        "--set", "prepare.augment_budget=1", rows_in=73,
    )  # fmt: skip
    parts = {
        file.name.split("-")[0]: set(pq.read_table(file, columns=["text"]).column(0).to_pylist())
        for file in (program.folder / "o" / "dataset").glob("*.parquet")
    }
    assert parts["train"] and parts["test"]
    assert not parts["train"] & (parts["test"] | parts.get("validation", set()))
    assert program.result("o").accounts["split_proof"]["groups_in_two_parts"] == 0
