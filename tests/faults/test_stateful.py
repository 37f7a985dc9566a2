"""Commands one after another over the same outputs, each of them killed or refused anywhere: a model says what is there."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.command_server import CommandServer, Finished, run_auditor
from tests.faults.injected import Fault
from tests.faults.oracles import (
    FAST,
    Program,
    Run,
    assert_clear,
    assert_whole,
    canaries_in,
    csv_of,
    everything_in,
    rows,
)

IS_WHOLE = os.environ.get("AUDITOR_FAULTS") == "all"
QUICK = (*FAST, "--select", "PII", "-q")
INPUTS = {"a.csv": rows(6), "b.csv": rows(9)}
NO_SPACE = 28


def faults(calls: int) -> st.SearchStrategy[Fault | None]:
    """No fault, or one at any of the first `calls` calls of a kind."""
    return st.one_of(
        st.none(),
        st.builds(
            lambda kind, number, how: Fault(kind, number, how, NO_SPACE),
            st.sampled_from(["fsync", "write", "rename", "remove", "make"]),
            st.integers(1, calls),
            st.sampled_from(["kill", "torn", "fail", "full"]),
        ),
    )


MANY, FEW = faults(30), faults(3)
"""For commands that write run folders, and for those that write a file or two."""


class Interrupted(RuleBasedStateMachine):
    """A run folder, an index and a file of decisions, written again and again by commands that meet faults.

    Attributes:
        made_of: the input of the run that is there, None before the first; and whether it has a data set.
        documents: of the index.
    """

    server: CommandServer

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="faults-"))
        self.program = Program(run_auditor, self.folder)
        for name, table in INPUTS.items():
            self.program.write(name, csv_of(table))
        self.made_of: tuple[str, bool] | None = None
        self.documents: set[str] = set()
        self.write_run("clean", "a.csv", None)  # else most sequences have nothing to decide on or to undo

    def call(self, fault: Fault | None, *words: str) -> Finished:
        """A command; what is said is clear and holds no value, whatever happened."""
        met = (fault or Fault("fsync")).environment(self.folder, self.folder.with_name(f"{self.folder.name}.counted"))
        done = self.server.run(words, self.folder, {**self.program.environment, **met}, 60)
        assert done.returncode in (0, 4, -signal.SIGKILL), done.stderr
        if done.returncode == 4:
            assert_clear(done.stderr)
        assert canaries_in(done.stdout + done.stderr) == []
        return done

    @rule(verb=st.sampled_from(["scan", "clean", "run"]), name=st.sampled_from(sorted(INPUTS)), fault=MANY)
    def write_run(self, verb: str, name: str, fault: Fault | None) -> None:
        """Replace the run: it is the new one if the command says so, the earlier one if it failed, one of them if killed."""
        whole = () if verb == "scan" else ("--steps", "none", "--augment", "none", "--balance", "none")
        done = self.call(fault, verb, name, "-o", "out", *QUICK, *whole, *(["--no-benchmark"] if verb == "run" else []))
        new = (name, verb != "scan")
        if done.returncode == 0:
            self.made_of = new
        elif done.returncode == -signal.SIGKILL:
            self.made_of = new if self.found() == new else self.made_of
        assert self.found() == self.made_of

    def found(self) -> tuple[str, bool] | None:
        """What the run folder was made of, whole as it must be."""
        run = Run(self.folder / "out")
        if not run.folder.exists():
            return None
        assert_whole(run)
        read = run.profile["rows_read"]
        return next(name for name, table in INPUTS.items() if len(table) == read), (
            run.folder / "ledger.parquet"
        ).exists()

    @rule(name=st.sampled_from(sorted(INPUTS)), fault=FEW)
    def extend_index(self, name: str, fault: Fault | None) -> None:
        """Add an input, which an index takes once."""
        done = self.call(fault, "index", name, "-o", "index", "-q")
        if done.returncode == 0 or (done.returncode == -signal.SIGKILL and self.indexed() != self.documents):
            self.documents.add(name)
        assert self.indexed() == self.documents

    def indexed(self) -> set[str]:
        """Inputs in the index, every segment read."""
        from auditor.dedup.sketches import open_index

        if not (self.folder / "index" / "index.json").exists():
            return set()
        sizes = [len(ids) for _, ids, _ in open_index(self.folder / "index").read()]
        return {name for name, table in INPUTS.items() if len(table) in sizes}

    @precondition(lambda self: self.made_of is not None and self.made_of[1])
    @rule(word=st.sampled_from(["keep", "drop", "mask"]), fault=FEW)
    def decide(self, word: str, fault: Fault | None) -> None:
        """Decisions of a reviewer are the old or the new ones as a whole."""
        file, queue = self.folder / "decisions.json", self.folder / "queue.csv"
        before = file.read_bytes() if file.exists() else None
        queue.unlink(missing_ok=True)
        assert (
            self.call(None, "review", "export", "out", "--include", "keep,flag,mask", "-o", queue.name).returncode == 0
        )
        with queue.open(newline="") as stream:
            answers = [{**row, "decision": word, "reviewer": "ann"} for row in csv.DictReader(stream)]
        with queue.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(answers[0]))
            writer.writeheader()
            writer.writerows(answers)
        done = self.call(fault, "review", "import", "out", queue.name, "-o", file.name, "--force")
        after = file.read_bytes() if file.exists() else None
        is_new = after is not None and after.count(f'"{word}"'.encode()) >= len(answers)
        assert is_new if done.returncode == 0 else after == before or (done.returncode < 0 and is_new)

    @precondition(lambda self: self.made_of is not None and self.made_of[1])
    @rule(fault=FEW)
    def undo(self, fault: Fault | None) -> None:
        """The input comes back as it was, or nothing does."""
        name, target = self.made_of[0], self.folder / "again.csv"
        target.unlink(missing_ok=True)
        done = self.call(fault, "clean", "--undo", "out", name, "-o", target.name)
        is_there = target.exists()
        assert is_there if done.returncode == 0 else not is_there or done.returncode < 0
        assert not is_there or target.read_bytes() == (self.folder / name).read_bytes()

    @invariant()
    def nothing_is_told(self) -> None:
        """Inputs stay; no planted value in any file but those of the user alone."""
        self.program.assert_inputs_unchanged()
        for path in self.folder.rglob("*"):
            if (
                path.is_file()
                and path.name not in INPUTS
                and "again.csv" not in path.name
                and ".work-" not in str(path)
            ):
                try:
                    told = everything_in(path)
                except Exception:  # noqa: BLE001 - half a file
                    told = path.read_bytes().decode("utf-8", "replace")
                assert canaries_in(told) == [], path.relative_to(self.folder)

    def teardown(self) -> None:
        """Without faults all commands end well, and nothing is left over."""
        if not hasattr(self, "folder"):
            return
        self.write_run("clean", "a.csv", None)
        self.extend_index("b.csv", None)
        self.decide("keep", None)
        self.undo(None)
        assert [path.name for path in self.folder.rglob(".*")] == []
        shutil.rmtree(self.folder)


def test_whatever_is_killed_outputs_are_whole_and_the_next_command_works(faulty: CommandServer) -> None:
    Interrupted.server = faulty
    run_state_machine_as_test(
        Interrupted,
        settings=settings(
            max_examples=40 if IS_WHOLE else 5, stateful_step_count=12 if IS_WHOLE else 8, deadline=None,
            derandomize=not IS_WHOLE, database=None, suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
