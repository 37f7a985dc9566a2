"""Run folders appear whole or not at all, and what stood there before is never lost."""

import json
import os
import shutil
import subprocess
import sys

import pyarrow as pa
import pytest

from auditor.core.findings import FINDINGS_SCHEMA
from auditor.errors import InputError, OutputError, SafetyError
from auditor.store import Journal, RunFolder, WorkFolder, read_run, sha256, write_file, write_secret
from auditor.store.lock import Lock


def publish(target, text="one"):
    with RunFolder(target) as run:
        run.write_text("a.txt", text)
        run.write_json("audit.json", {"x": 1})
        run.write_table("findings.parquet", FINDINGS_SCHEMA.empty_table())
        return run.publish({"outputs": run.hashes()})


def test_a_run_appears_at_once_and_replaces_an_earlier_one(tmp_path):
    target = tmp_path / "run"
    with RunFolder(target) as run:
        run.write_text("a.txt", "one")
        assert not target.exists()
        run.publish({})
    assert (target / "a.txt").read_text() == "one"
    publish(target, "two")
    assert (target / "a.txt").read_text() == "two"
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_a_failed_run_leaves_the_old_one_and_nothing_else(tmp_path):
    target = tmp_path / "run"
    publish(target)
    before = {p.name: sha256(p) for p in target.iterdir()}
    with pytest.raises(RuntimeError), RunFolder(target) as run:
        run.write_text("a.txt", "two")
        raise RuntimeError
    assert {p.name: sha256(p) for p in target.iterdir()} == before
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_an_old_run_whose_replacement_never_arrived_is_restored(tmp_path):
    target = tmp_path / "run"
    publish(target)
    target.rename(tmp_path / ".run.old-999")
    (tmp_path / ".run.partial-999").mkdir()
    with RunFolder(target):
        assert (target / "a.txt").read_text() == "one"
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_folders_that_are_not_ours_are_refused(tmp_path):
    target = tmp_path / "mine"
    target.mkdir()
    (target / "thesis.txt").write_text("precious")
    with pytest.raises(OutputError, match="not an auditor run"):
        RunFolder(target)
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(target)
    for name in ("file", "link"):
        with pytest.raises(OutputError, match="not a folder"):
            RunFolder(tmp_path / name)
    assert (target / "thesis.txt").read_text() == "precious"


def test_the_output_must_not_hold_the_input(tmp_path):
    data = tmp_path / "data.csv"
    data.write_text("text\na\n")
    with pytest.raises(SafetyError):
        RunFolder(tmp_path, [str(data)])


def test_two_runs_into_one_folder(tmp_path):
    with RunFolder(tmp_path / "run"), pytest.raises(OutputError, match="Another run"):
        RunFolder(tmp_path / "run")
    publish(tmp_path / "run")


def test_a_full_disk_is_an_output_error(tmp_path, monkeypatch):
    def full(fd):
        raise OSError(28, "No space left on device")

    publish(tmp_path / "run")
    with pytest.raises(OutputError, match="No space left"), RunFolder(tmp_path / "run") as run:
        monkeypatch.setattr(os, "fsync", full)
        run.write_text("a.txt", "two")
    assert (tmp_path / "run" / "a.txt").read_text() == "one"
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_reading_a_run_checks_it(tmp_path):
    target = publish(tmp_path / "run")
    manifest, audit, found = read_run(target)
    assert audit == {"x": 1}
    assert isinstance(found, pa.Table)
    (target / "audit.json").write_text(json.dumps({"x": 2}))
    with pytest.raises(InputError, match="changed after"):
        read_run(target)
    with pytest.raises(InputError, match="not a run folder"):
        read_run(tmp_path)


def test_a_single_file_is_written_whole(tmp_path):
    write_file(tmp_path / "a", "text \ud800")
    assert (tmp_path / "a").read_text() == "text ?"
    with pytest.raises(OutputError):
        write_file(tmp_path / "missing" / "a", "x")


def test_a_work_folder_is_gone_with_its_run_and_what_killed_runs_left_too(tmp_path):
    target = tmp_path / "new" / "run"
    with WorkFolder(target) as work:
        work.path.mkdir(0o700)
        (work.path / "0.arrow").write_text("rows")
    assert list(tmp_path.iterdir()) == []
    dead = tmp_path / ".run.work-999"
    dead.mkdir()
    (tmp_path / ".run.work-999.lock").touch()
    (tmp_path / ".run.work-998.lock").touch()
    with WorkFolder(tmp_path / "run"):
        assert not dead.exists()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(KeyboardInterrupt), WorkFolder(target) as work:
        work.path.mkdir()
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_the_work_folder_of_a_living_run_stays(tmp_path):
    living = tmp_path / ".run.work-999"
    living.mkdir()
    lock = Lock(tmp_path / ".run.work-999.lock")
    with WorkFolder(tmp_path / "run"):
        assert living.exists()
    lock.release()
    with WorkFolder(tmp_path / "run"):
        assert not living.exists()


@pytest.mark.parametrize("can_exchange", [True, False])
def test_a_run_takes_the_place_of_the_earlier_one_in_one_step_where_the_system_can(can_exchange, tmp_path, monkeypatch):
    if not can_exchange:
        monkeypatch.setattr("auditor.store.exchange.sys.platform", "another")
    for content in ("old", "new"):
        with RunFolder(tmp_path / "out") as folder:
            folder.write_text("a.txt", content)
            folder.publish({})
    assert (tmp_path / "out" / "a.txt").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_earlier_run_that_was_exchanged_when_the_program_was_killed_is_swept(tmp_path):
    with RunFolder(tmp_path / "out") as folder:
        folder.publish({})
    shutil.copytree(tmp_path / "out", tmp_path / ".out.partial-1")
    with RunFolder(tmp_path / "out"):
        assert not (tmp_path / ".out.partial-1").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_line_that_the_disk_refuses_is_not_in_the_journal(call, tmp_path, monkeypatch):
    journal = Journal(tmp_path / "log")
    journal.append("first")
    real = os.write

    def refuse(handle, data=b""):
        if call == "write" and data:
            real(handle, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse)
        with pytest.raises(OutputError, match="No space left"):
            journal.append("second")
    assert (tmp_path / "log").read_text() == "first\n"
    assert journal.append("third") == ["third"]


def test_a_secret_that_the_disk_refuses_is_not_there(tmp_path, monkeypatch):
    def refuse(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OutputError, match="No space left"):
        write_secret(tmp_path / "key", b"x" * 32)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_of_a_file_goes_and_what_a_living_one_writes_stays(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    gone, living, folder, other = (
        tmp_path / f".{name}.partial-{pid}"
        for name, pid in (("f", dead.pid), ("f", os.getppid()), ("f", 0), ("g", dead.pid))
    )
    for path in (gone, living, other):
        path.write_text("half")
    folder.mkdir()
    write_file(tmp_path / "f", "whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["f", living.name, folder.name, other.name])
