"""Killed, or refused by the disk, at every call that writes: nothing is lost, and the next command finishes.

Of the syncs every other one is killed and every other one fails, renames do both, and some of the writes are tried; of
the three verbs that write run folders, `run` has all syncs and the others some. With
``AUDITOR_FAULTS=all`` every call of every kind is, in every way, and after each kill the same command without a fault.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.command_server import CommandServer, Finished
from tests.faults.injected import Fault
from tests.faults.oracles import Program, assert_clear, canaries_in, csv_of, everything_in, rows
from tests.faults.writers import AFTER_STEPS, WRITERS, Writer

IS_WHOLE = os.environ.get("AUDITOR_FAULTS") == "all"
SOME = 3
"""Of calls that are not all tried, so many are, spread over them."""
INPUTS = ("a.csv", "b.csv")
MARKS = ".auditor-marks-"
"""What a run that failed has finished, for the same run to go on; it goes with that, or after a week."""
PRIVATE = (".work-", MARKS)
"""Parts of names of folders of the user alone (mode 0700), in which a killed command may leave values."""


@dataclass(frozen=True)
class Scene:
    """A folder in which a writer has something to lose.

    Attributes:
        program: the command line over it.
        writer: the command.
        spare: a copy of the folder as it was.
        states: of the output: before, and after each step of the command.
        server: runs commands with faults.
    """

    program: Program
    writer: Writer
    spare: Path
    states: tuple[object, ...]
    server: CommandServer

    def restore(self) -> None:
        """The folder as it was, without what was left over."""
        folder = self.program.folder
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(self.spare, folder, dirs_exist_ok=True)

    def run(self, fault: Fault) -> tuple[Finished, int]:
        """The command with a fault, and how many calls it made of the kind."""
        counted = self.spare.with_name("counted")
        asked = {**self.program.environment, **fault.environment(self.program.folder, counted)}
        done = self.server.run(self.writer.words, self.program.folder, asked, 60, self.writer.entry)
        return done, counted.stat().st_size

    def judge(self, fault: Fault, done: Finished) -> None:
        """What is promised of a command that met a fault."""
        folder = self.program.folder
        self.program.assert_inputs_unchanged()
        least = done.stdout.count("done\n") if self.writer.entry else int(done.returncode == 0)
        most = least + 1
        if done.returncode != -signal.SIGKILL:
            assert done.returncode in (0, 4), (fault, done.stderr)
            if done.returncode:
                assert_clear(done.stderr, [os.strerror(fault.error)])
                most = most if self.writer.entry else 0
            self.assert_nothing_left(MARKS)
        assert self.writer.state(folder) in self.states[least : most + 1], (fault, done.returncode)
        assert canaries_in(done.stdout + done.stderr) == []
        self.assert_nothing_told()

    def finish(self) -> None:
        """The command once more, without a fault."""
        folder = self.program.folder
        for name in self.writer.outs if self.writer.words[:2] == ("clean", "--undo") else ():
            (folder / name).unlink(missing_ok=True)  # undo replaces no file
        done, _ = self.run(Fault("fsync"))
        assert done.returncode == 0, done.stderr
        assert self.writer.state(folder) == self.states[-1]
        self.assert_nothing_left()
        self.assert_nothing_told()

    def assert_nothing_left(self, but: str = " ") -> None:
        """No temporary file or folder, anywhere; names that begin with `but` aside."""
        assert [path.name for path in self.program.folder.rglob(".*") if not path.name.startswith(but)] == []
        assert list(self.program.temporary.iterdir()) == []

    def assert_nothing_told(self) -> None:
        """No planted value in any file but inputs, what undo restored, and what the user alone may read."""
        folder = self.program.folder
        for path in folder.rglob("*"):
            name = path.relative_to(folder).as_posix()
            if not path.is_file() or name in INPUTS or "out.csv" in name:
                continue
            if any(part in name for part in PRIVATE) or "/raw/" in f"/{name}":
                assert path.stat().st_mode & 0o077 == 0 or path.parent.stat().st_mode & 0o077 == 0, name
                continue
            assert canaries_in(_readable(path)) == [], name


def _readable(path: Path) -> str:
    """What a file says, or its bytes where it was cut off."""
    try:
        return everything_in(path)
    except Exception:  # noqa: BLE001 - whatever a reader makes of half a file
        return path.read_bytes().decode("utf-8", "replace")


@pytest.fixture(params=WRITERS, ids=lambda make: make.__name__)
def scene(
    request: pytest.FixtureRequest, program: Program, faulty: CommandServer, tmp_path_factory: pytest.TempPathFactory
) -> Scene:
    make: Callable[[Program], Writer] = request.param
    program.write("a.csv", csv_of(rows(8)))
    program.write("b.csv", csv_of(rows(10, rows(1)[0])))
    writer = make(program)
    spare = tmp_path_factory.mktemp("spare") / "folder"
    shutil.copytree(program.folder, spare)
    before = writer.state(program.folder)
    made = Scene(program, writer, spare, (), faulty)
    done, _ = made.run(Fault("fsync"))
    assert done.returncode == 0, done.stderr
    after = writer.state(program.folder)
    assert before != after
    states = AFTER_STEPS if writer.entry else (before, after)
    assert states[-1] == after and states[0] == before
    return Scene(program, writer, spare, states, faulty)


def _faults(kind: str, count: int, is_sampled: bool) -> list[Fault]:
    """At every call, or at some, what happens there."""
    every = range(1, count + 1)
    some = sorted({1 + round(place * (count - 1) / (SOME - 1)) for place in range(SOME)})
    full = ("full", errno.ENOSPC)
    if kind in ("remove", "make"):
        return [Fault(kind, number, "kill") for number in every]
    if kind == "rename":
        return [
            Fault(kind, number, how, error) for number in every for how, error in (("kill", 0), ("fail", errno.EIO))
        ]
    if kind == "fsync":
        hows = (("kill", 0), ("fail", errno.ENOSPC))
        if IS_WHOLE:
            return [Fault(kind, number, *how) for number in every for how in hows]
        return [Fault(kind, number, *hows[place % 2]) for place, number in enumerate(some if is_sampled else every)]
    if IS_WHOLE:
        return [Fault(kind, number, *how) for number in every for how in (("torn", 0), full, ("fail", errno.ENOSPC))]
    return [Fault(kind, number, *(("torn", 0), full)[place % 2]) for place, number in enumerate(some)]


@pytest.mark.case(86)
@pytest.mark.case(87)
@pytest.mark.case(88)
def test_nothing_is_lost_at_any_call(scene: Scene) -> None:
    for kind in ("fsync", "rename", "write", *(("remove", "make") if IS_WHOLE else ())):
        scene.restore()
        done, count = scene.run(Fault(kind))
        assert done.returncode == 0 and (count > 0 or kind == "remove"), done.stderr
        tried = _faults(kind, count, scene.writer.is_sampled)
        for fault in tried:
            scene.restore()
            done, _ = scene.run(fault)
            is_killed = done.returncode == -signal.SIGKILL
            assert is_killed == (fault.how in ("kill", "torn")), (fault, done.stderr)
            scene.judge(fault, done)
            if is_killed and (IS_WHOLE or fault.number in (1, count)):
                scene.finish()
        told = f"{scene.writer.words[0]} {kind}: {count} calls, {len(tried)} faults\n"
        sys.stdout.write(told)  # seen with -s
