"""Bad input gives three clear lines and the right exit code, or a run with the check skipped and the reason told."""

import json

import pytest

from auditor.message import Message
from auditor.report.messages import Messages

GOOD = "text,label\n" + "".join(
    f"row number {i} about {'cards' if i % 2 else 'loans'},{'ab'[i % 2]}\n" for i in range(80)
)


def assert_three_lines(process, code, *words):
    assert process.returncode == code, process.stderr
    lines = [line for line in process.stderr.splitlines() if not line.startswith("auditor: ") or "error" in line]
    assert len(lines) == 3, process.stderr
    assert lines[0].startswith("auditor: error: ")
    assert "Traceback" not in process.stderr
    for word in words:
        assert word in process.stderr


@pytest.mark.parametrize(
    ("content", "args", "code", "words"),
    [
        (None, [], 3, ["does not exist", "'data.csv'"]),
        (b"", [], 3, ["empty"]),
        (b"text,label\ncaf\xe9,a\n", [], 3, [":2, byte 14", "--encoding"]),
        (GOOD.encode(), ["--text", "txet"], 3, ["'text'"]),
        (b"text,label\n", [], 3, ["no rows"]),
        (GOOD.encode(), ["--set", "duplicates.treshold=1"], 2, ["'duplicates.threshold'"]),
        (GOOD.encode(), ["--balance", "sometimes"], 2, ["sometimes"]),
        (GOOD.encode(), ["--nonsense"], 2, ["--nonsense"]),
        (GOOD.encode(), ["-o", "."], 6, ["contains the input"]),
    ],
)
def test_bad_input(auditor, tmp_path, content, args, code, words):
    name = "data.csv"
    if content is None:
        (tmp_path / name).write_text("text\nx\n")
        name = "dat.csv"
    else:
        (tmp_path / name).write_bytes(content)
    assert_three_lines(auditor("run", name, "--no-benchmark", *args, cwd=tmp_path), code, *words)
    assert not (tmp_path / "runs").exists() or not any((tmp_path / "runs").iterdir())


def test_an_unknown_command_offers_the_nearest(auditor):
    assert_three_lines(auditor("scna"), 2, "'scan'")


def checks(folder):
    return json.loads((folder / "audit.json").read_text("utf-8"))["checks"]


@pytest.mark.parametrize(
    ("csv", "dimension", "reason"),
    [
        ("text,label\n" + "".join(f"row number {i} here,only\n" for i in range(60)), "labels", "one class"),
        ("text\n" + "".join(f"row number {i} here\n" for i in range(60)), "labels", "no label column"),
        (GOOD, "staleness", "no date column"),
        (GOOD.replace("label", "label,date", 1).replace("a\n", "a,01/02/2024\n").replace("b\n", "b,03/04/2024\n"),
         "staleness", "--date-format"),
    ],
)  # fmt: skip
def test_a_check_that_cannot_run_is_skipped_with_the_reason(auditor, tmp_path, csv, dimension, reason):
    (tmp_path / "d.csv").write_text(csv)
    process = auditor("scan", "d.csv", "-o", "out", "--ner", "off", cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    result = checks(tmp_path / "out")[dimension]
    assert result["status"] == "skipped"
    assert reason in Messages("en").message(Message.from_json(result["reason"]))
    assert "not checked" in process.stdout


def test_header_only_can_be_scanned_and_nothing_is_called_good(auditor, tmp_path):
    (tmp_path / "d.csv").write_text("text,label\n")
    process = auditor("scan", "d.csv", "-o", "out", cwd=tmp_path)
    assert process.returncode == 3
    assert process.stdout.splitlines()[-1] == "exit 3: no row could be read"
    assert {c["status"] for c in checks(tmp_path / "out").values()} == {"skipped"}


def test_a_failing_run_keeps_the_earlier_output(auditor, tmp_path):
    (tmp_path / "d.csv").write_text(GOOD)
    assert auditor("scan", "d.csv", "-o", "out", "--ner", "off", cwd=tmp_path).returncode == 0
    before = {p: p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    (tmp_path / "d.csv").write_bytes(b"text,label\n\xff,a\n")
    assert auditor("scan", "d.csv", "-o", "out", "--ner", "off", cwd=tmp_path).returncode == 3
    assert {p: p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()} == before


def test_fail_on_gates(auditor, tmp_path):
    (tmp_path / "d.csv").write_text(GOOD + "row number 1 about cards,b\n" * 3)
    gate = lambda level: (
        auditor("scan", "d.csv", "-o", "out", "--ner", "off", "--fail-on", level, cwd=tmp_path).returncode
    )
    assert gate("warn") == 1
    assert gate("fail") == 0
    assert gate("never") == 0


def test_personal_data_is_in_no_output_but_the_data_set_input(auditor, tmp_path):
    canaries = ["canary.7f3a@example.org", "4539 1488 0343 6467", "536-22-8714"]
    rows = [f"please write to {canaries[0]} soon", f"card {canaries[1]} was charged", f"my ssn is {canaries[2]} thanks"]
    (tmp_path / "d.csv").write_text(GOOD + "".join(f"{row},a\n" for row in rows))
    process = auditor("run", "d.csv", "--no-benchmark", "-o", "out", "--set", "prepare.test=0", cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    texts = [process.stdout, process.stderr]
    import pyarrow.parquet as pq

    for path in (tmp_path / "out").rglob("*"):
        if path.suffix == ".parquet":
            texts.append(str(pq.read_table(path).to_pydict()))
        elif path.is_file():
            texts.append(path.read_bytes().decode("utf-8", "replace"))
    assert len(texts) > 12
    for canary in canaries:
        assert not any(canary in text for text in texts)
    assert any("<EMAIL_ADDRESS>" in text for text in texts)


def test_help_names_every_command_and_every_command_has_help(auditor):
    from auditor.cli.main import VERBS

    text = auditor("--help").stdout
    for verb in VERBS:
        assert verb in text
        process = auditor(verb, "--help")
        assert process.returncode == 0, process.stderr
        assert len(process.stdout.splitlines()) > 4


def test_unlabelled_text_is_audited_cleaned_and_modelled(auditor, tmp_path):
    (tmp_path / "d.csv").write_text("text\n" + "".join(f"row number {i} stands here alone\n" for i in range(80)))
    process = auditor("run", "d.csv", "-o", "out", "--ner", "off", "--seeds", "1", cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    assert "both sides score the same" in process.stdout  # nothing was removed
    assert (
        json.loads((tmp_path / "out" / "benchmark" / "results.json").read_text("utf-8"))["task"]
        == "masked-language-modelling"
    )
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["skipped"] == []
    assert manifest["accounts"]["rows_out"] == 80


def test_a_given_split_is_kept_as_it_came_where_only_other_codes_are_asked_for(auditor, tmp_path):
    rows = "".join(f"row number {i} stands here alone,{'train' if i % 2 else 'test'}\n" for i in range(60))
    (tmp_path / "d.csv").write_text("text,split\n" + rows + "row number 0 stands here alone,train\n")
    process = auditor("clean", "d.csv", "-o", "out", "--select", "QLT", cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    accounts = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))["accounts"]
    assert accounts["split_proof"]["texts_in_two_parts"] == 1
    assert auditor("clean", "d.csv", "-o", "out", "--ner", "off", cwd=tmp_path).returncode == 0
    accounts = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))["accounts"]
    assert accounts["split_proof"]["texts_in_two_parts"] == 0
