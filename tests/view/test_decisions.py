"""Decisions are on the disk at once, and the file that `clean --review` takes says the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.errors import InputError, OutputError, SafetyError
from auditor.review.decisions import read_decisions
from auditor.store import Journal
from auditor.view.decisions import Decisions


def verdicts(file: Path, *, several: bool = False) -> dict[int, tuple[str, str | None]]:
    found = read_decisions(file, "d", range(100), {"a", "b"}, several=several)
    return {verdict.row_id: (verdict.action, verdict.label) for verdict in found}


def test_each_decision_is_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "run.decisions.json"
    mine = Decisions(file, "d", "ann")
    assert not file.exists()
    mine.decide(3, "keep")
    mine.decide(4, "relabel", "b")
    mine.decide(5, "mask")
    mine.decide(3, "drop")
    assert verdicts(file) == {3: ("drop", None), 4: ("relabel", "b"), 5: ("mask", None)}
    assert (tmp_path / "run.decisions.json.log").stat().st_mode & 0o777 == 0o600


def test_undo_brings_the_decision_before_it_back(tmp_path: Path) -> None:
    file = tmp_path / "f.json"
    mine = Decisions(file, "d", "ann")
    mine.decide(3, "keep")
    mine.decide(3, "drop")
    undone = mine.undo()
    assert undone is not None and undone.decision == "drop"
    assert verdicts(file) == {3: ("keep", None)}
    assert mine.undo() is not None and mine.undo() is None
    assert verdicts(file) == {}
    assert Decisions(file, "d", "ann").own() == {}


def test_decisions_are_there_when_it_is_opened_again_and_a_half_line_is_none(tmp_path: Path) -> None:
    file = tmp_path / "f.json"
    mine = Decisions(file, "d", "ann")
    mine.decide(1, "keep")
    mine.decide(2, "drop")
    file.unlink()  # killed before the file was written
    with (tmp_path / "f.json.log").open("ab") as log:
        log.write(b'{"corpus_digest": "d", "deci')
    again = Decisions(file, "d", "ann")
    assert {row: one.decision for row, one in again.own().items()} == {1: "keep", 2: "drop"}
    again.decide(7, "keep")
    assert len((tmp_path / "f.json.log").read_text("utf-8").splitlines()) == 3
    assert sorted(verdicts(file)) == [1, 2, 7]


def test_two_reviewers_at_a_time_are_joined(tmp_path: Path) -> None:
    file = tmp_path / "f.json"
    ann, bob = Decisions(file, "d", "ann"), Decisions(file, "d", "bob")
    ann.decide(1, "keep")
    bob.decide(1, "drop")
    ann.decide(2, "drop")
    bob.decide(2, "drop")
    assert verdicts(file) == {1: ("review", None), 2: ("drop", None)}
    assert bob.disputed() == {1} and set(bob.of(1)) == {"ann", "bob"}
    assert bob.undo() is not None
    ann.refresh()
    assert set(ann.of(2)) == {"ann"}


def test_earlier_decisions_of_an_import_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "f.json"
    Decisions(file, "d", "ann").decide(1, "relabel", "a")
    (tmp_path / "f.json.log").unlink()
    bob = Decisions(file, "d", "bob")
    bob.decide(2, "keep")
    assert verdicts(file) == {1: ("relabel", "a"), 2: ("keep", None)}


def test_an_undone_decision_does_not_come_back_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "f.json"
    mine = Decisions(file, "d", "ann")
    mine.decide(1, "drop")
    stale = file.read_bytes()
    mine.undo()
    file.write_bytes(stale)  # killed between the log and the file
    again = Decisions(file, "d", "ann")
    again.write()
    assert again.own() == {} and verdicts(file) == {}


def test_labels_of_rows_that_have_several(tmp_path: Path) -> None:
    file = tmp_path / "f.json"
    ann = Decisions(file, "d", "ann", several=True)
    ann.decide(1, "relabel", add=("a",), remove=("b",))
    ann.decide(2, "keep")
    found = {one.row_id: one for one in read_decisions(file, "d", range(9), {"a", "b"}, several=True)}
    assert (found[1].action, found[1].add, found[1].remove) == ("relabel", ("a",), ("b",))
    assert found[2].action == "keep"
    Decisions(file, "d", "bob", several=True).decide(1, "keep")
    found = {one.row_id: one for one in read_decisions(file, "d", range(9), {"a", "b"}, several=True)}
    assert found[1].action == "review", "one changes the labels, the other leaves them"


def test_what_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "f.json"
    Decisions(file, "d", "ann").decide(1, "keep")
    with pytest.raises(SafetyError):
        Decisions(file, "other", "ann")
    (tmp_path / "notes.json").write_text(json.dumps({"a": 1}), "utf-8")
    with pytest.raises(InputError):
        Decisions(tmp_path / "notes.json", "d", "ann")
    (tmp_path / "g.json.log").symlink_to(tmp_path / "f.json.log")
    with pytest.raises(OutputError):
        Journal(tmp_path / "g.json.log").append("x")
