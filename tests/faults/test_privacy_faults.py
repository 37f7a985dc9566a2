"""Faults around personal data: nothing leaks through failing commands, and nothing hostile hides a value or hangs."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.config.settings import PiiSettings, Settings
from auditor.core.audit import Audit, CorpusProfile
from auditor.core.findings import findings
from auditor.core.results import Completed
from auditor.pii.detector import Detector, detector
from auditor.report.choose_excerpts import choose_excerpts
from tests.corpora import corpus

ROOT = Path(__file__).resolve().parents[2]
CANARIES = ("canary.one@corp-mail.io", "4556737586899855", "219-09-9998", "AKIAIOSFODNN7CANARYS", "13812345678")
ROWS = [f"row {i} says {canary} today" for i, canary in enumerate(CANARIES[:-1])] + [f"mobile {CANARIES[-1]} today"]


def command(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    (folder / "tmp").mkdir(exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder / "tmp"), "NO_COLOR": "1"}
    start = [sys.executable, "-c", "import os; os.umask(0o027); from auditor.cli.main import main; main()"]
    run = [*start, *args]
    return subprocess.run(run, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False)


def write_rows(folder: Path, extra: str = "") -> None:
    lines = ["text,label", *(f"{row},a" for row in ROWS)]
    (folder / "d.csv").write_text("\n".join(lines) + "\n" + extra, "utf-8")


def everything_written(folder: Path) -> str:
    """All texts in all files, Parquet decoded, its metadata included."""
    told = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "d.csv"):
        told.append(file.name)
        if file.suffix == ".parquet":
            table = pq.read_table(file)
            told += [str(value) for column in table.columns for value in column.to_pylist()]
            told.append(str(table.schema.metadata))
        else:
            told.append(file.read_bytes().decode("utf-8", "replace"))
    return "\n".join(told)


OPTIONS = ("--ner", "off", "--as-of", "2026-01-01", "--set", "prepare.augment=none", "--language", "en")


@pytest.mark.parametrize(
    ("code", "args"),
    [
        (0, ("clean", "d.csv", "-o", "out", "--select", "PII", "--set", "prepare.unchecked=mask")),
        (3, ("clean", "d.csv", "-o", "out", "--set", "pii.columns=subject")),
        (3, ("clean", "d.csv", "-o", "out", "--set", "pii.rules=evil.yaml")),
        (3, ("clean", "bad.csv", "-o", "out", "--on-bad-row", "fail")),
        (6, ("clean", "d.csv", "-o", "out", "--mask", "hmac", "--set", "prepare.key_file=key")),
    ],
)
def test_no_canary_leaves_a_command_whatever_becomes_of_it(code: int, args: tuple[str, ...], tmp_path: Path) -> None:
    write_rows(tmp_path)
    (tmp_path / "bad.csv").write_text(f"text,label\n{ROWS[0]},a\n{ROWS[1]},a,{CANARIES[2]},{CANARIES[0]}\n")
    pattern = "{name: p, regex: '(a)\\1', score: 1.0}"
    (tmp_path / "evil.yaml").write_text(f"recognizers:\n- {{name: E, supported_entity: X, patterns: [{pattern}]}}\n")
    (tmp_path / "key").write_bytes(b"k" * 32)
    (tmp_path / "key").chmod(0o644)
    process = command(tmp_path, *args, *(OPTIONS if args[1] == "d.csv" else ()))
    assert process.returncode == code, process.stderr
    (tmp_path / "bad.csv").unlink()
    told = process.stdout + process.stderr + everything_written(tmp_path)
    assert [canary for canary in CANARIES if canary in told] == []
    assert [path for path in (tmp_path / "tmp").rglob("*") if path.is_file()] == []


def test_outputs_follow_the_umask_and_name_neither_user_nor_machine_nor_folder(tmp_path: Path) -> None:
    write_rows(tmp_path)
    process = command(tmp_path, "scan", "d.csv", "-o", "out", "--select", "PII", *OPTIONS)
    assert process.returncode == 0, process.stderr
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    state = [file for file in files if "state" in file.relative_to(tmp_path / "out").parts]
    assert {file.stat().st_mode & 0o777 for file in set(files) - set(state)} == {0o640}
    assert {file.stat().st_mode & 0o777 for file in state} == {0o600}  # hashes of what was read: the owner's alone
    told = everything_written(tmp_path / "out")
    assert str(tmp_path) not in told
    assert socket.gethostname() not in told
    assert f"/home/{getpass.getuser()}" not in told


@pytest.fixture(scope="module")
def english() -> Detector:
    return detector(PiiSettings(), "en", date(2026, 1, 1))


def kinds(of: Detector, text: str) -> list[str]:
    return [span.entity for span in of.spans([text], ner=False)[0]]


FILLINGS: dict[str, str] = {
    "dots": "." * 200_000, "digits": "7" * 200_000, "stops": "a." * 100_000, "groups": "12 " * 60_000,
    "ats": "a@" * 100_000, "dashes": "-" * 200_000, "quotes": "\"'" * 100_000, "colons": "1:" * 100_000,
    "keys": "-----BEGIN " * 15_000, "long word": "x" * 1_000_000, "han": "号" * 200_000, "plus": "+" * 200_000,
    "slashes": "http://" * 30_000, "brackets": "(1" * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("filling", FILLINGS)
def test_a_value_after_hostile_text_is_found(filling: str, english: Detector) -> None:
    text = f"{FILLINGS[filling]}\ncanary.one@corp-mail.io and card 4556 7375 8689 9855"
    found = english.spans([text], ner=False)[0]
    assert [span.entity for span in found][-2:] == ["EMAIL_ADDRESS", "CREDIT_CARD"]
    assert found[-1].end == len(text)


def test_a_users_pattern_cannot_hang_and_does_not_hide_what_others_find(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "recognizers:\n- name: Evil\n  supported_entity: X\n  patterns:\n"
        "  - {name: alternatives, regex: '(?:a|aa)+$', score: 0.9}\n"
        "  - {name: nested, regex: '(?:(?:x+x+)+)+y', score: 0.9}\n"
        "  - {name: dots, regex: '(?:.*,){12}P', score: 0.9}\n"
    )
    own = detector(PiiSettings(rules=(str(file),)), "en", date(2026, 1, 1))
    text = "a" * 50_000 + "! SSN 219-09-9998 " + "x" * 50_000 + "," * 5_000
    assert "US_SSN" in kinds(own, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x" * 149_990 + " 4556 7375 8689 9855 and", ["CREDIT_CARD"]),  # over the size of a chunk
        ("y " * 75_000 + "\n" + "z " * 74_990 + "(212) 736-5000", ["PHONE_NUMBER"]),
        ("card\n4556 7375 8689 9855\nend", ["CREDIT_CARD"]),
        ("card ４５５６ ７３７５ ８６８９ ９８５５", ["CREDIT_CARD"]),
        ("card 4556-7375-8689-9855", ["CREDIT_CARD"]),
        ("mail canary.one＠corp-mail.io", ["EMAIL_ADDRESS"]),
        ("mail canary\u200b.one@corp-mail.io", ["EMAIL_ADDRESS"]),
    ],
)
def test_values_at_edges_and_in_disguise(text: str, expected: list[str], english: Detector) -> None:
    assert kinds(english, text) == expected


def test_a_key_that_is_longer_than_an_excerpt_never_shows_its_middle() -> None:
    body = "\n".join(("MIIEow" + "q9Zt" * 15)[:64] for _ in range(40))
    text = f"see\n-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----\nbye"
    made = corpus([text])
    middle = text.index("q9Zt", 1200)
    found = findings("QLT003", "info", [0], column="text", start=[middle], end=[middle + 4])
    result = Completed((), found)
    profile = CorpusProfile("d", (), 1, 0, ("text",), {"text": "text"}, {}, "en", len(text), "", {})
    audit = Audit(profile, {"quality": result}, {}, {}, {})
    (excerpt,) = choose_excerpts(made, audit, Settings(pii=PiiSettings(ner="off")))
    assert "q9Zt" not in "".join(part for _, part in excerpt.parts)


def test_masked_columns_hold_no_canary_in_any_part(tmp_path: Path) -> None:
    table = pa.table({"text": ["fine"] * 5, "note": [*CANARIES[:-1], f"手机{CANARIES[-1]}"], "label": ["a"] * 5})
    pq.write_table(table, tmp_path / "d.parquet")
    args: tuple[Any, ...] = ("clean", "d.parquet", "-o", "out", "--select", "PII", "--set", "pii.columns=note", "-q")
    process = command(tmp_path, *args, "--language", "zh", "--ner", "off")
    assert process.returncode == 0, process.stderr
    (tmp_path / "d.parquet").unlink()
    told = everything_written(tmp_path)
    assert [canary for canary in CANARIES if canary in told] == []
