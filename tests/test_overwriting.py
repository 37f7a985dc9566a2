"""Nothing is replaced by surprise: files of runs, links, devices, other runs' left-overs; locks; failing renames."""

import json
import multiprocessing
import os
import stat
import threading
from pathlib import Path

import pytest

from auditor.errors import InputError, OutputError
from auditor.store import IndexFolder, RunFolder, read_manifest, read_run, sha256, write_file
from auditor.store.index import INDEX_HEAD
from auditor.store.lock import Lock
from tests.store.test_store import publish


def content(folder):
    return {p.relative_to(folder).as_posix(): sha256(p) for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("name", ["audit.json", "manifest.json", "a.txt", "findings.parquet"])
def test_a_file_of_a_finished_run_is_not_replaced_and_others_beside_it_may_be_written(name, tmp_path):
    target = publish(tmp_path / "run")
    before = content(target)
    with pytest.raises(OutputError, match="file of a finished run") as caught:
        write_file(target / name, "x")
    assert caught.value.exit_code == 4
    assert content(target) == before
    write_file(target / "report.zh.html", "new")
    write_file(target / "report.zh.html", "newer")
    assert (target / "report.zh.html").read_text() == "newer"


@pytest.mark.parametrize("leads_to", ["precious", "nowhere"])
def test_a_link_is_neither_followed_nor_replaced(leads_to, tmp_path):
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "link").symlink_to(leads_to)
    with pytest.raises(OutputError, match="is a link"):
        write_file(tmp_path / "link", "x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "precious").read_text() == "precious"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "precious"]


def test_a_device_stays_a_device_and_a_pipe_is_written_to(tmp_path):
    write_file(Path("/dev/null"), "x")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    os.mkfifo(tmp_path / "pipe")
    got = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe").read_text()))
    reader.start()
    write_file(tmp_path / "pipe", "hello")
    reader.join()
    assert got == ["hello"]
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_link_of_dev_to_an_open_file_is_written_through(tmp_path):
    with (tmp_path / "out").open("w") as stream:
        link = Path(f"/dev/fd/{stream.fileno()}")
        write_file(link, "hello")
    assert (tmp_path / "out").read_text() == "hello"


@pytest.mark.parametrize(
    ("target", "foreign"),
    [
        ("a", ".a.partial-1.partial-99"),
        ("*", ".b.partial-77"),
        ("?", ".c.old-5"),
        ("[ab]", ".a.old-7"),
        ("a", ".ab.old-3"),
    ],
)
def test_a_run_sweeps_its_own_left_overs_only(target, foreign, tmp_path):
    (tmp_path / foreign).mkdir()
    (tmp_path / foreign / "manifest.json").write_text('{"tool": "auditor"}')
    own = tmp_path / f".{target}.partial-5"
    own.mkdir()
    publish(tmp_path / target)
    assert (tmp_path / foreign / "manifest.json").exists()
    assert not own.exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([target, foreign])


def test_a_link_under_the_name_of_the_lock_is_not_written_through(tmp_path):
    (tmp_path / "precious").write_text("precious")
    (tmp_path / ".run.lock").symlink_to("precious")
    with pytest.raises(OutputError):
        RunFolder(tmp_path / "run")
    assert (tmp_path / "precious").read_text() == "precious"
    assert (tmp_path / ".run.lock").is_symlink()


def test_who_opened_the_lock_before_it_was_removed_does_not_hold_it_afterwards(tmp_path, monkeypatch):
    """B opens the file, A releases it, C takes a new one; then B gets the lock of a file that is gone."""
    import fcntl

    path = tmp_path / "lock"
    first, steps = Lock(path), []
    flock = fcntl.flock

    def late(handle, how):
        if not steps:
            steps.append(handle)
            first.release()
            steps.append(Lock(path))
        return flock(handle, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with pytest.raises(BlockingIOError):
        Lock(path)
    assert path.exists()
    steps[1].release()
    assert not path.exists()
    Lock(path).release()


def _hold(path, taken, done):
    try:
        lock = Lock(Path(path))
    except BlockingIOError:
        return
    with taken.get_lock():
        taken.value += 1
    done.wait(20)
    lock.release()


def test_of_many_processes_one_holds_the_lock(tmp_path):
    context = multiprocessing.get_context("fork")
    taken, done = context.Value("i", 0), context.Event()
    all_of_them = [context.Process(target=_hold, args=(str(tmp_path / "lock"), taken, done)) for _ in range(4)]
    for one in all_of_them:
        one.start()
    for _ in range(2000):
        if sum(one.is_alive() for one in all_of_them) == 1:
            break
        threading.Event().wait(0.01)
    assert taken.value == 1
    done.set()
    for one in all_of_them:
        one.join()


def test_readers_name_the_earlier_run_that_a_killed_one_left_aside_and_the_next_run_restores_it(tmp_path):
    target = publish(tmp_path / "run")
    aside = tmp_path / ".run.old-999"
    target.rename(aside)
    for read in (read_manifest, read_run):
        with pytest.raises(InputError, match="earlier run is intact") as caught:
            read(target)
        assert caught.value.where == str(aside)
        assert f"mv {aside} {target}" in caught.value.fix
    with RunFolder(target):
        assert (target / "a.txt").read_text() == "one"
    assert not aside.exists()


class Failing:
    """`Path.replace` that fails at its nth call."""

    def __init__(self, monkeypatch, when):
        self.calls, self.when, self.real = 0, when, Path.replace
        failing = self

        def replace(path, target):
            failing.calls += 1
            if failing.calls == failing.when:
                raise OSError(5, "Input/output error")
            return failing.real(path, target)

        monkeypatch.setattr(Path, "replace", replace)


@pytest.mark.parametrize("when", [1, 2])
def test_a_run_survives_a_rename_that_fails(when, tmp_path, monkeypatch):
    """Where folders cannot change places in one step; see `tests/faults/test_every_write.py` for where they can."""
    target = publish(tmp_path / "run")
    before = content(target)
    with monkeypatch.context() as patched:
        patched.setattr("auditor.store.exchange.sys.platform", "another")
        Failing(patched, when)
        with pytest.raises(OutputError):
            publish(target, "two")
    assert content(target) == before
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def grow(folder, name, keep):
    with IndexFolder(folder) as index:
        index.add(name, name.encode())
        index.publish({"segments": [*keep, name]}, [*keep, name])


@pytest.mark.parametrize("when", [1, 2])
def test_an_index_survives_a_rename_that_fails(when, tmp_path, monkeypatch):
    folder = tmp_path / "index"
    grow(folder, "segment-00001.arrow", [])
    (folder / "notes.txt").write_text("mine")
    before = content(folder)
    with monkeypatch.context() as patched:
        failing = Failing(patched, when)
        with pytest.raises(OutputError):
            grow(folder, "segment-00002.arrow", [])  # merges the first, which then goes
        assert failing.calls == when
    after = content(folder)
    assert {name: after[name] for name in before} == before
    assert json.loads((folder / INDEX_HEAD).read_text()) == {"segments": ["segment-00001.arrow"]}
    grow(folder, "segment-00002.arrow", [])
    assert sorted(content(folder)) == [INDEX_HEAD, "notes.txt", "segment-00002.arrow"]
