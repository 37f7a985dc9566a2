"""VIII. Writes, crashes and signals."""

from __future__ import annotations

import os
import resource
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from auditor.config.loading import load_settings
from auditor.errors import InputError
from auditor.pipeline.run import run
from tests.faults.oracles import FAST, Program, assert_clear, csv_of, rows, snapshot

ROOT = Path(__file__).resolve().parents[2]
QUICK = (*FAST, "--select", "PII", "-q", "--steps", "none", "--augment", "none", "--balance", "none")
CODE = "import sys; from auditor.cli.main import main; main()"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a hundred kilobytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("tmpfs cannot be mounted here (needs root)")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.case(89)
def test_a_full_disk_is_an_error_of_the_output(small_disk: Path, program: Program) -> None:
    program.write("a.csv", csv_of(rows(16)))
    program.run("clean", "a.csv", "-o", "disk/out", *QUICK, code=4, names=["No space left"])
    assert [path.name for path in small_disk.iterdir()] == []
    program.run("clean", "a.csv", "-o", "out", *QUICK)
    (small_disk / "filling").write_bytes(b"x" * 90_000)
    program.run("report", "out", "-o", "disk/report.html", code=4, names=["No space left"])
    assert [path.name for path in small_disk.iterdir()] == ["filling"]


def _python(program: Program, words: list[str], prepare: Callable[[], None]) -> subprocess.CompletedProcess[str]:
    """A command in a fresh process, for limits that the server of the tests must not have."""
    environment = {**program.environment, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-c", CODE, *words], cwd=program.folder, env=environment, capture_output=True, text=True,
        timeout=90, preexec_fn=prepare, check=False,
    )  # fmt: skip


@pytest.mark.case(90)
@pytest.mark.parametrize(
    ("limit", "value", "codes"),
    [
        (resource.RLIMIT_FSIZE, 2_000, (4,)),
        (resource.RLIMIT_NOFILE, 16, (0, 3, 4, 5)),
        (resource.RLIMIT_AS, 700 << 20, (0, 3, 5, 6)),
    ],
    ids=["file size", "open files", "memory"],
)
def test_limits_of_the_system_end_in_an_error(limit: int, value: int, codes: tuple[int, ...], program: Program) -> None:
    program.write("a.csv", csv_of(rows(16)))
    words = ["clean", "a.csv", "-o", "out", *QUICK]
    done = _python(program, words, lambda: resource.setrlimit(limit, (value, value)))
    assert done.returncode in codes, done.stderr[-1000:]
    if done.returncode:
        assert_clear(done.stderr)
        assert not (program.folder / "out").exists()
    program.assert_no_canary()


@pytest.mark.case(91)
@pytest.mark.case(92)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_and_its_workers_and_keeps_the_earlier_one(
    number: int, code: int, program: Program
) -> None:
    program.write("a.csv", csv_of(rows(16)))
    program.write("b.csv", csv_of(rows(3_000)))
    program.run("scan", "a.csv", "-o", "out", *FAST, "--select", "PII")
    before = snapshot(program.folder / "out")
    environment = {**program.environment, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    words = ["scan", "b.csv", "-o", "out", "--workers", "2", *FAST]
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, *words], cwd=program.folder, env=environment, stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if "duplicates" in line or "privacy" in line:
            break
    process.send_signal(number)
    said = process.stderr.read()
    assert process.wait(60) == code, said
    process.stderr.close()
    assert "Traceback" not in said
    assert snapshot(program.folder / "out") == before
    assert program.left_over() == []
    assert _of_session(process.pid) == []


def _of_session(leader: int) -> list[str]:
    """Processes that are left of a session."""
    for _ in range(100):
        left = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[3]) == leader and fields[0] != "Z":
                left.append(folder.name)
        if not left:
            break
        time.sleep(0.05)
    return left


@pytest.mark.case(93)
def test_an_output_that_takes_nothing_is_an_error_without_a_traceback(program: Program) -> None:
    program.write("a.csv", csv_of(rows(16)))
    program.run("scan", "a.csv", "-o", "out", *FAST, "--select", "PII")
    environment = {**program.environment, "PYTHONPATH": str(ROOT)}
    start = f"{sys.executable} -c '{CODE}' report out --format jsonl"
    for command, code in ((f"{start} > /dev/full", 4), (f"set -o pipefail; {start} | head -c 1 > /dev/null", None)):
        done = subprocess.run(
            ["bash", "-c", command], cwd=program.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert "Traceback" not in done.stderr
        assert code is None or done.returncode == code, done.stderr


@pytest.mark.case(94)
def test_odd_outputs_are_refused_or_written_and_nothing_is_replaced_by_surprise(program: Program) -> None:
    program.write("d/a.csv", csv_of(rows(16)))
    precious = program.write("precious/thesis.txt", "precious")
    (program.folder / "link").symlink_to("precious")
    (program.folder / "file.txt").write_text("mine")
    os.mkfifo(program.folder / "pipe")
    for out in ("link", "file.txt", "precious", "pipe", "d/a.csv", "d/a.csv/out"):
        program.run("clean", "d/a.csv", "-o", out, *QUICK, code=4)
    program.run("clean", "d/a.csv", "-o", "d", *QUICK, code=6)
    assert precious.read_text() == "precious"
    assert (program.folder / "link").is_symlink() and stat.S_ISFIFO((program.folder / "pipe").stat().st_mode)
    program.run("clean", "d/a.csv", "-o", "d/../sub/out", *QUICK, rows_in=20)


@pytest.mark.case(96)
@pytest.mark.parametrize("moment", ["read", "duplicates"])
@pytest.mark.parametrize("change", ["append", "replace", "remove"])
def test_an_input_that_changes_during_the_run_is_refused(change: str, moment: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(csv_of(rows(40)))
    left = ["once"]

    def at(stage: str, done: int, total: int, /) -> None:
        if stage != moment or done < total or not left:
            return
        left.clear()
        if change == "append":
            with file.open("a") as stream:
                stream.write("one more row,late\n")
            return
        file.unlink()
        if change == "replace":
            file.write_text("text,label\nanother row,late\n")

    settings = load_settings(pairs=["pii.ner=off", "keep_state=false", "select=DUP"])
    with pytest.raises(InputError, match="changed during the run") as caught:
        run([str(file)], settings, out=tmp_path / "out", command="", stages=["scan"], progress=at)
    assert caught.value.where == str(file)
    assert not left
    assert [path.name for path in tmp_path.iterdir() if path != file] == []
