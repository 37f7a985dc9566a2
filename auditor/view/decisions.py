"""Decisions of reviewers: each is logged immediately, and the file for ``clean --review`` is rewritten after it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from auditor.errors import InputError, SafetyError
from auditor.parse import parse, plain
from auditor.review.answers import Answer
from auditor.review.decisions import decisions_json, join_answers
from auditor.store import Journal, write_file

Word = Literal["keep", "drop", "relabel", "mask"]
WORDS: tuple[Word, ...] = ("keep", "drop", "relabel", "mask")


@dataclass(frozen=True)
class Decision:
    """The decision of one reviewer about one row.

    Attributes:
        row_id: the row.
        decision: the decision; ``mask`` keeps the row with all findings of personal data masked.
        reviewer: name of the reviewer.
        time: ISO 8601 with microseconds, later than the reviewer's previous decision.
        label: the new class, for relabel.
        add, remove: labels to add and remove, for relabel if rows have several labels.
    """

    row_id: int
    decision: Word
    reviewer: str
    time: str
    label: str | None = None
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Line:
    """A line of the log: the corpus digest, and a decision or the time of the decision that `reviewer` undoes."""

    corpus_digest: str
    decided: Decision | None = None
    undone: str | None = None
    reviewer: str = ""


@dataclass(frozen=True)
class _Head:
    corpus_digest: str


@dataclass(frozen=True)
class _FileAnswer:
    row_id: int
    decision: str
    label: str | None = None
    reviewer: str = ""
    time: str = ""
    questioned: str | None = None


@dataclass(frozen=True)
class _File:
    """The parts of an existing file of decisions that are read."""

    review: _Head
    answers: tuple[_FileAnswer, ...]


class Decisions:
    """The decisions of all reviewers of a run.

    The log (the name of the file plus ``.log``) is append-only, so nothing is lost if the process is killed; the file
    is replaced as a whole after each decision. Several processes can write for several reviewers.

    Args:
        file: the file for ``auditor clean --review``.
        digest: digest of the corpus.
        reviewer: the reviewer who uses this object.
        several: whether rows have several labels.

    Raises:
        InputError: the file is not a file of decisions.
        SafetyError: the file or the log was made for another corpus.
        OutputError: the log cannot be read.
    """

    def __init__(self, file: Path, digest: str, reviewer: str, *, several: bool = False) -> None:
        self.file, self.reviewer = file, reviewer
        self._digest, self._several = digest, several
        self._journal = Journal(file.with_name(f"{file.name}.log"))
        self._current: dict[str, list[Decision]] = {}
        self._logged: set[tuple[str, str]] = set()
        self._last = ""
        self._replay(self._journal.read_new())
        self._adopt(_read_existing(file, digest))

    def decide(
        self, row_id: int, decision: Word, label: str | None = None, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> Decision:
        """Record a decision of the reviewer.

        Raises:
            OutputError: the log cannot be written, and nothing was recorded; or the file cannot, and the log has it.
        """
        decided = Decision(row_id, decision, self.reviewer, self._now(), label, tuple(add), tuple(remove))
        self._write(_Line(self._digest, decided))
        return decided

    def undo(self) -> Decision | None:
        """Undo the reviewer's last decision; an earlier one about the same row becomes valid again.

        Returns:
            The undone decision; None if there was none.

        Raises:
            OutputError: the log cannot be written, and nothing was recorded; or the file cannot, and the log has it.
        """
        decisions = self._current.get(self.reviewer)
        if not decisions:
            return None
        last = decisions[-1]
        self._write(_Line(self._digest, undone=last.time, reviewer=self.reviewer))
        return last

    def of(self, row_id: int) -> dict[str, Decision]:
        """The current decisions about a row, by reviewer."""
        return {name: current[row_id] for name in self._current if row_id in (current := self._by_row(name))}

    def own(self) -> dict[int, Decision]:
        """The reviewer's current decisions, by row."""
        return self._by_row(self.reviewer)

    def disputed(self) -> set[int]:
        """Rows on which reviewers disagree."""
        return set(join_answers(self.answers(), self._digest).disagreements)

    def answers(self) -> list[Answer]:
        """All current decisions, as answers of a review."""
        decisions = [decided for name in sorted(self._current) for _, decided in sorted(self._by_row(name).items())]
        if self._several:
            return _label_answers(decisions, self._digest)
        return [_answer(decision, self._digest) for decision in decisions]

    def refresh(self) -> None:
        """Read what other processes have logged."""
        self._replay(self._journal.read_new())

    def write(self) -> None:
        """Write the file, unless there are no decisions and no file yet.

        Raises:
            OutputError: it cannot be written; the log has all decisions nevertheless.
        """
        if self._logged or self.file.exists():
            write_file(self.file, decisions_json(join_answers(self.answers(), self._digest)))

    def _by_row(self, reviewer: str) -> dict[int, Decision]:
        return {decision.row_id: decision for decision in self._current.get(reviewer, ())}

    def _write(self, line: _Line) -> None:
        self._replay(self._journal.append(json.dumps(plain(line), ensure_ascii=False)))
        self.write()

    def _now(self) -> str:
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        if now <= self._last:  # the clock was set back, or has a low resolution
            now = (datetime.fromisoformat(self._last) + datetime.resolution).isoformat(timespec="microseconds")
        return now

    def _replay(self, lines: Iterable[str]) -> None:
        for text in lines:
            try:
                line = parse(_Line, json.loads(text))
            except (ValueError, RecursionError):
                raise InputError(
                    "This is not a log of decisions.", where=str(self._journal.path), fix="Give another --review FILE."
                ) from None
            if line.corpus_digest != self._digest:
                raise _foreign(self._journal.path)
            if line.decided is not None:
                self._add(line.decided)
            elif line.undone is not None:
                current = self._current.get(line.reviewer, [])
                current[:] = [decided for decided in current if decided.time != line.undone]

    def _add(self, decided: Decision) -> None:
        self._current.setdefault(decided.reviewer, []).append(decided)
        self._logged.add((decided.reviewer, decided.time))
        self._last = max(self._last, decided.time) if decided.reviewer == self.reviewer else self._last

    def _adopt(self, earlier: Iterable[Decision]) -> None:
        """Log decisions of an existing file that are not in the log, such as those of `review import`."""
        new = [decided for decided in earlier if (decided.reviewer, decided.time) not in self._logged]
        for decided in new:
            self._replay(self._journal.append(json.dumps(plain(_Line(self._digest, decided)), ensure_ascii=False)))


def _answer(decided: Decision, digest: str) -> Answer:
    return Answer(0, digest, decided.row_id, decided.decision, decided.label, decided.reviewer, decided.time)


def _label_answers(decisions: Sequence[Decision], digest: str) -> list[Answer]:
    """Answers about single labels: every reviewer of a row answers for each label that any of them changes."""
    changed_labels: dict[int, set[str]] = {}
    for decided in decisions:
        changed_labels.setdefault(decided.row_id, set()).update(decided.add, decided.remove)
    answers = []
    for decided in decisions:
        labels: list[str | None] = [None]
        if decided.decision in ("keep", "relabel") and changed_labels[decided.row_id]:
            labels = [*sorted(changed_labels[decided.row_id])]
        for label in labels:
            word = "add" if label in decided.add else "remove" if label in decided.remove else decided.decision
            word = "keep" if word == "relabel" else word
            answers.append(
                Answer(0, digest, decided.row_id, word, None, decided.reviewer, decided.time, questioned=label)
            )
    return answers


def _read_existing(file: Path, digest: str) -> list[Decision]:
    """The decisions in a file, oldest first; empty if it does not exist.

    Raises:
        InputError: it is not a file of decisions.
        SafetyError: it was made for another corpus.
    """
    if not file.exists():
        return []
    try:
        data = parse(_File, json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, RecursionError):
        raise InputError(
            "The file exists and holds no decisions of a review.", where=str(file), fix="Give another --review FILE."
        ) from None
    if data.review.corpus_digest != digest:
        raise _foreign(file)
    rows: dict[tuple[int, str], Decision] = {}
    for answer in sorted(data.answers, key=lambda answer: answer.time):
        key = (answer.row_id, answer.reviewer)
        previous = rows.get(key)
        word: Word = next((word for word in WORDS if word == answer.decision), "relabel")
        add, remove = (previous.add, previous.remove) if previous is not None else ((), ())
        if answer.decision == "add" and answer.questioned:
            add = (*add, answer.questioned)
        elif answer.decision == "remove" and answer.questioned:
            remove = (*remove, answer.questioned)
        word = "relabel" if add or remove else word
        rows[key] = Decision(answer.row_id, word, answer.reviewer, answer.time, answer.label, add, remove)
    return list(rows.values())


def _foreign(path: Path) -> SafetyError:
    return SafetyError(
        "The decisions were made for another data set.", where=str(path), fix="Give another --review FILE."
    )
