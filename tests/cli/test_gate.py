"""The command line as a gate: exit codes with their reasons, on data written for the purpose."""

import json
import os
import subprocess
import sys

import pytest

ROWS = [f"the {a} {b} was {c} in week {i}" for i, (a, b, c) in enumerate(
    (a, b, c) for a in ("red", "old", "new", "big") for b in ("card", "loan", "bill", "bank") for c in ("lost", "late", "fine"))]  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gate")
    (folder / "good.csv").write_text("text\n" + "".join(f"{row}\n" for row in ROWS))
    (folder / "twice.csv").write_text("text\n" + "".join(f"{row}\n" for row in [*ROWS, *ROWS[:24]]))
    (folder / "one.csv").write_text("text\nonly one row is in this file\n")
    (folder / "header.csv").write_text("text,label\n")
    (folder / "rejected.csv").write_text("text,label\n" + "one,two,three\n" * 31 + "a sound row,a\n")
    (folder / "some.csv").write_text("text,label\n" + "".join(f"{row},a\n" for row in ROWS) + "one,two,three\n" * 2)
    return folder


@pytest.mark.parametrize(
    ("file", "args", "code", "words"),
    [
        ("good.csv", [], 0, ["no gate was set"]),
        ("good.csv", ["--fail-on", "warn"], 0, ["nothing at or above --fail-on warn"]),
        (
            "good.csv",
            ["--min-grade", "b", "--max", "duplicates.rate=1%"],
            0,
            ["grade B is not below B", "no metric is over"],
        ),
        ("twice.csv", ["--fail-on", "fail"], 1, ["duplicates.rate 33.3% FAIL"]),
        ("twice.csv", ["--min-grade", "B"], 1, ["is below B"]),
        ("twice.csv", ["--max", "duplicates.rate=0.01"], 1, ["duplicates.rate 33.3% over 1.0%"]),
        ("twice.csv", ["--max", "duplicates.rate=34%"], 0, ["no metric is over"]),
        ("twice.csv", ["--fail-on", "warn", "--select", "qlt"], 0, ["nothing at or above"]),
        ("good.csv", ["--max", "labels.noise_rate=1%"], 5, ["labels.noise_rate was not measured"]),
        ("good.csv", ["--select", "DIV", "--fail-on", "info"], 5, ["nothing was judged"]),
        ("one.csv", ["--fail-on", "fail"], 5, ["too few rows"]),
        ("one.csv", ["--min-grade", "D"], 5, ["too few rows"]),
        ("header.csv", ["--fail-on", "info"], 3, ["no row could be read"]),
        ("rejected.csv", [], 3, ["31 of 32 rows could not be read"]),
        ("some.csv", ["--fail-on", "warn", "--select", "DUP"], 1, ["quality.reject_rate 4.0% FAIL"]),
    ],
)
def test_the_last_line_says_why(auditor, data, file, args, code, words):
    process = auditor("scan", file, "-o", "out", "--ner", "off", *args, cwd=data)
    assert process.returncode == code, process.stdout + process.stderr
    last = process.stdout.splitlines()[-1]
    assert last.startswith(f"exit {code}: ")
    assert all(word in last for word in words), last
    quiet = auditor("scan", file, "-o", "out", "--ner", "off", *args, "-q", cwd=data)
    assert (quiet.returncode, quiet.stdout) == (code, "")
    assert quiet.stderr.splitlines() == ([last] if code else [])


def test_wherever_the_screen_says_fail_the_gate_is_shut(auditor, data):
    process = auditor("scan", "twice.csv", "-o", "out", "--ner", "off", "--fail-on", "fail", "--lang", "zh", cwd=data)
    assert any(line.endswith("不通过") and line.startswith("  重复") for line in process.stdout.splitlines())
    assert process.returncode == 1
    assert "不通过" in process.stdout.splitlines()[-1]


def test_one_row_is_not_graded_and_says_what_is_needed(auditor, data):
    process = auditor("scan", "one.csv", "-o", "out", "--ner", "off", cwd=data)
    assert process.returncode == 0
    assert "no grade: too few rows for a grade: 1, at least 30 are needed" in process.stdout
    grades = json.loads((data / "out" / "audit.json").read_text("utf-8"))["grades"]
    assert not {grade["letter"] for grade in grades.values()} & {"A", "B"}


def test_own_thresholds_are_recorded_and_used_everywhere(auditor, data):
    args = ["--set", "thresholds.duplicates.rate=0.5,0.6,0.7,0.8", "--select", "DUP", "--fail-on", "fail"]
    process = auditor("scan", "twice.csv", "-o", "out", *args, cwd=data)
    assert process.returncode == 0, process.stdout
    audit = json.loads((data / "out" / "audit.json").read_text("utf-8"))
    assert audit["config"]["thresholds"] == {"duplicates.rate": [0.5, 0.6, 0.7, 0.8]}
    assert audit["grades"]["duplicates"]["letter"] == "A"
    assert auditor("report", "out", "--format", "md", cwd=data).stdout.count("**A**") >= 1


def test_hostile_names_give_no_commands_and_no_control_characters(auditor, tmp_path):
    label = '"::error title=pwned::owned"'
    esc = '"x\x1b[31m\u202ey"'
    rows = "".join(f"{row},{(label, esc, 'plain')[i % 3]}\n" for i, row in enumerate([*ROWS, *ROWS[:20]]))
    (tmp_path / "::set-output name=a::b.csv").write_text(f'text,"label"\n{rows}', "utf-8")
    args = ["--plan", "--ner", "off", "-o", "out", "--set", "labels.min_class_rows=2"]
    process = auditor("clean", "::set-output name=a::b.csv", *args, cwd=tmp_path)
    for line in [*process.stdout.splitlines(), *process.stderr.splitlines()]:
        assert not line.lstrip().startswith("::"), line
    assert "\x1b" not in process.stdout + process.stderr
    assert "\u202e" not in process.stdout + process.stderr
    (tmp_path / "d.csv").write_text('"te\n::error::xt",b,b\n1,2,3\n')
    process = auditor("scan", "d.csv", cwd=tmp_path)
    assert process.returncode == 3
    assert len(process.stderr.splitlines()) == 4  # the stage and three lines
    assert not any(line.lstrip().startswith("::") for line in process.stderr.splitlines())


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_terminal_that_knows_no_chinese_is_no_crash(data, encoding):
    command = [sys.executable, "-m", "auditor", "scan", "twice.csv", "-o", "out", "--ner", "off", "--lang", "zh"]
    env = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "LC_ALL": "C"}
    process = subprocess.run(command, cwd=data, env=env, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    assert r"\u" in process.stdout or encoding == "ascii"  # which click takes for a terminal that is set up wrongly


def test_a_model_that_cannot_be_had_is_an_error_before_anything_is_read(auditor, tmp_path):
    process = auditor("run", "not-even-there.csv", "--model", "nobody/nothing", cwd=tmp_path)
    assert process.returncode == 3
    lines = process.stderr.splitlines()
    assert len(lines) == 3
    assert "benchmark.model = 'nobody/nothing'" in lines[1]


def test_columns_are_offered_in_the_reason_and_under_the_columns(auditor, tmp_path):
    rows = "".join(f"{row},{('joy', 'fear')[i % 2]},{i}\n" for i, row in enumerate(ROWS))
    (tmp_path / "d.csv").write_text(f"text,feeling,place\n{rows}")
    process = auditor("scan", "d.csv", "-o", "out", "--ner", "off", cwd=tmp_path)
    assert "feeling looks like a label (2 values in 48 rows): --label feeling" in process.stdout
    assert "there is no label column; feeling looks like one: --label feeling" in process.stdout


def test_files_of_a_folder_are_counted_read_and_skipped(auditor, tmp_path):
    (tmp_path / "set").mkdir()
    for name in ("a.csv", "b.csv"):
        (tmp_path / "set" / name).write_text("text\n" + "".join(f"{row} {name}\n" for row in ROWS))
    (tmp_path / "set" / "notes.docx").write_bytes(b"x")
    process = auditor("scan", "set", "-o", "out", "--ner", "off", cwd=tmp_path)
    assert "2 files read, 1 left out" in process.stdout


def test_a_report_goes_into_the_run_folder_and_a_benchmark_has_none(auditor, data, tmp_path):
    assert auditor("scan", "good.csv", "-o", "drawn", "--ner", "off", cwd=data).returncode == 0
    process = auditor("report", "drawn", "--lang", "zh", cwd=data)
    assert process.stdout.strip() == "drawn/report.zh.html"
    assert 'lang="zh' in (data / "drawn" / "report.zh.html").read_text("utf-8")
    assert auditor("report", "drawn", "-o", "-", cwd=data).stdout.lstrip().lower().startswith("<!doctype html")
    (tmp_path / "b" / "benchmark").mkdir(parents=True)
    (tmp_path / "b" / "benchmark" / "results.json").write_text("{}")
    process = auditor("report", "b", cwd=tmp_path)
    assert process.returncode == 3
    assert "auditor benchmark" in process.stderr


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["dup"], 0, ["DUP001", "DUP008"]),
        (["PII9", "--lang", "zh"], 0, ["PII9", "隐私"]),
        (["dup002"], 0, ["Why it matters", "duplicates.rate"]),
        (["DUP002", "--lang", "zh"], 0, ["为何重要"]),
        (["DUPP"], 2, ["'DUP'"]),
    ],
)
def test_rules_by_code_and_prefix(auditor, args, code, words):
    process = auditor("rules", *args)
    assert process.returncode == code
    assert all(word in process.stdout + process.stderr for word in words)
    if args == ["dup"]:
        assert len(process.stdout.splitlines()) == 8
