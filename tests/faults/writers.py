"""The verbs that write, each with what it is given, what stands there before, and what is whole afterwards."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.faults.oracles import FAST, Program, Run, assert_whole, snapshot

QUICK = (
    *FAST, "--select", "PII", "-q", "--steps", "none", "--augment", "none", "--balance", "none",
)  # fmt: skip


@dataclass(frozen=True)
class Writer:
    """A command that writes.

    Attributes:
        words: after ``auditor``, or of `entry`.
        state: what stands there of its output, as far as two runs make it equal; raises where something is not whole.
        entry: a function to call instead, ``module:name``; it prints a line for each step that is done for good.
        outs: names of what it writes.
        is_sampled: whether another writer has the same way to the disk, so that some of the syncs are enough.
    """

    words: tuple[str, ...]
    state: Callable[[Path], object]
    entry: str = ""
    outs: tuple[str, ...] = ("out",)
    is_sampled: bool = False


def _run_state(folder: Path) -> object:
    """Of a run folder: its files, the manifest, which holds times, aside."""
    run = Run(folder / "out")
    if not run.folder.exists():
        return None
    assert_whole(run)
    return {file: sha for file, sha in snapshot(run.folder).items() if file != "manifest.json"}


def _index_state(folder: Path) -> object:
    from auditor.dedup.sketches import open_index

    index = open_index(folder / "out")
    return index.documents, [(segment.digest, len(ids)) for segment, ids, _ in index.read()]


def _bytes_state(folder: Path) -> object:
    return (folder / "out").read_bytes() if (folder / "out").exists() else None


def _decisions_state(folder: Path) -> object:
    from auditor.view.decisions import Decisions

    file = folder / "out"
    if file.exists():
        json.loads(file.read_text())
    return {row: one.decision for row, one in Decisions(file, _digest_of(folder), "ann").own().items()}


def _digest_of(folder: Path) -> str:
    return str(json.loads((folder / "run" / "manifest.json").read_text())["corpus_digest"])


def run(program: Program) -> Writer:
    program.run("run", "a.csv", "-o", "out", *QUICK, "--no-benchmark")
    return Writer(("run", "b.csv", "-o", "out", *QUICK, "--no-benchmark", "--keep-raw"), _run_state)


def clean(program: Program) -> Writer:
    """One whose input is spooled to the disk."""
    program.run("clean", "a.csv", "-o", "out", *QUICK)
    return Writer(("clean", "b.csv", "-o", "out", *QUICK, "--set", "corpus.spool_bytes=1"), _run_state, is_sampled=True)


def fix(program: Program) -> Writer:
    program.run("scan", "b.csv", "-o", "run", *FAST, "--set", "effects=true", "--select", "PII,DUP", "-q")
    program.run("fix", "run", "1", "2", "--apply", "-o", "out", "-q")
    return Writer(("fix", "run", "1", "--apply", "-o", "out", "-q"), _run_state, is_sampled=True)


def index(program: Program) -> Writer:
    program.run("index", "a.csv", "-o", "out")
    return Writer(("index", "b.csv", "-o", "out", "-q"), _index_state)


def undo(program: Program) -> Writer:
    program.run("clean", "b.csv", "-o", "run", *QUICK)
    return Writer(("clean", "--undo", "run", "b.csv", "-o", "out.csv"), _restored_state, outs=("out.csv",))


def _restored_state(folder: Path) -> object:
    return (folder / "out.csv").read_bytes() if (folder / "out.csv").exists() else None


def review(program: Program) -> Writer:
    program.run("clean", "b.csv", "-o", "run", *QUICK)
    program.run("review", "export", "run", "--include", "keep,flag,review,mask", "-o", "q.csv")
    for name, word in (("first.csv", "drop"), ("second.csv", "keep")):
        with (program.folder / "q.csv").open(newline="") as stream:
            answers = list(csv.DictReader(stream))
        with (program.folder / name).open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(answers[0]))
            writer.writeheader()
            writer.writerows({**answer, "decision": word, "reviewer": "me"} for answer in answers)
    program.run("review", "import", "run", "first.csv", "-o", "out")
    return Writer(("review", "import", "run", "second.csv", "-o", "out", "--force"), _bytes_state)


def view(program: Program) -> Writer:
    program.run("clean", "b.csv", "-o", "run", *QUICK)
    return Writer(("run", "b.csv", "out"), _decisions_state, "tests.faults.writers:decide", ("out", "out.log"))


STEPS = (("keep", 0), ("drop", 1), ("mask", 1), ("", 0), ("keep", 2))
"""What a reviewer does in the viewer: decisions on rows, and one taken back."""
AFTER_STEPS: tuple[object, ...] = (
    {}, {0: "keep"}, {0: "keep", 1: "drop"}, {0: "keep", 1: "mask"}, {0: "keep", 1: "drop"},
    {0: "keep", 1: "drop", 2: "keep"},
)  # fmt: skip


def decide() -> None:
    """A reviewer at work in the viewer of run, input and file of decisions."""
    from auditor.errors import AuditorError
    from auditor.view.viewer import open_viewer

    folder, given, file = sys.argv[1:]
    try:
        viewer = open_viewer(Path(folder), [given], "en", "ann", Path(file))
        for word, row in STEPS:
            if word:
                assert viewer.decide(row, word, None, (), ()) is not None
            else:
                assert viewer.undo().row is not None
            os.write(1, b"done\n")
        viewer.close()
    except AuditorError as error:
        os.write(2, "\n".join(error.lines()).encode())
        os._exit(error.exit_code)


WRITERS: tuple[Callable[[Program], Writer], ...] = (run, clean, fix, index, undo, review, view)
