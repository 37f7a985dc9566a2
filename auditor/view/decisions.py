"""What reviewers decide: every decision is on the disk at once, and the file for ``clean --review`` follows it."""

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
    """What one reviewer says of one row.

    Attributes:
        row_id: the row.
        decision: what becomes of it; ``mask``: kept, with everything masked that is found in it.
        reviewer: who says so.
        time: ISO 8601 with microseconds, later than the reviewer's decision before it.
        label: the new class, for relabel.
        add, remove: instead of it where rows have several labels.
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
    """A line of the log: what it was made for, and a decision or the time of the one that `reviewer` takes back."""

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
    """What is read of an earlier file of decisions."""

    review: _Head
    answers: tuple[_FileAnswer, ...]


class Decisions:
    """The decisions of all reviewers of a run.

    The log (the file's name and ``.log``) is added to and never changed, so nothing is lost with the process; the file
    is replaced as a whole after each decision. Several processes may write for several reviewers.

    Args:
        file: the file for ``auditor clean --review``.
        digest: of the corpus.
        reviewer: who decides here.
        several: whether rows have several labels.

    Raises:
        InputError: the file holds something else.
        SafetyError: file or log were made for another corpus.
        OutputError: the log cannot be read.
    """

    def __init__(self, file: Path, digest: str, reviewer: str, *, several: bool = False) -> None:
        self.file, self.reviewer = file, reviewer
        self._digest, self._several = digest, several
        self._journal = Journal(file.with_name(f"{file.name}.log"))
        self._live: dict[str, list[Decision]] = {}
        self._known: set[tuple[str, str]] = set()
        self._last = ""
        self._follow(self._journal.read_new())
        self._adopt(_earlier(file, digest))

    def decide(
        self, row_id: int, decision: Word, label: str | None = None, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> Decision:
        """Record a decision of the reviewer.

        Raises:
            OutputError: the log cannot be written, and nothing was decided; or the file cannot, and the log holds all.
        """
        decided = Decision(row_id, decision, self.reviewer, self._now(), label, tuple(add), tuple(remove))
        self._write(_Line(self._digest, decided))
        return decided

    def undo(self) -> Decision | None:
        """Take the reviewer's last decision back; the one before it on the same row holds again.

        Returns:
            What was taken back; None where there was nothing.

        Raises:
            OutputError: the log cannot be written, and nothing was done; or the file cannot, and the log holds all.
        """
        own = self._live.get(self.reviewer)
        if not own:
            return None
        last = own[-1]
        self._write(_Line(self._digest, undone=last.time, reviewer=self.reviewer))
        return last

    def of(self, row_id: int) -> dict[str, Decision]:
        """What holds for a row, by reviewer."""
        return {name: held[row_id] for name in self._live if row_id in (held := self._held(name))}

    def own(self) -> dict[int, Decision]:
        """What the reviewer decided, by row."""
        return self._held(self.reviewer)

    def disputed(self) -> set[int]:
        """Rows on which reviewers disagree."""
        return set(join_answers(self.answers(), self._digest).disagreements)

    def answers(self) -> list[Answer]:
        """The decisions that hold, as the review of the run reads them."""
        held = [decided for name in sorted(self._live) for _, decided in sorted(self._held(name).items())]
        return _answers(held, self._digest) if self._several else [_answer(one, self._digest) for one in held]

    def refresh(self) -> None:
        """Take in what other processes have written."""
        self._follow(self._journal.read_new())

    def write(self) -> None:
        """Write the file, unless there is neither a decision nor a file.

        Raises:
            OutputError: it cannot be written; the log holds everything all the same.
        """
        if self._known or self.file.exists():
            write_file(self.file, decisions_json(join_answers(self.answers(), self._digest)))

    def _held(self, reviewer: str) -> dict[int, Decision]:
        return {decided.row_id: decided for decided in self._live.get(reviewer, ())}

    def _write(self, line: _Line) -> None:
        self._follow(self._journal.append(json.dumps(plain(line), ensure_ascii=False)))
        self.write()

    def _now(self) -> str:
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        if now <= self._last:  # the clock was set back, or is coarse
            now = (datetime.fromisoformat(self._last) + datetime.resolution).isoformat(timespec="microseconds")
        return now

    def _follow(self, lines: Iterable[str]) -> None:
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
                self._take(line.decided)
            elif line.undone is not None:
                held = self._live.get(line.reviewer, [])
                held[:] = [decided for decided in held if decided.time != line.undone]

    def _take(self, decided: Decision) -> None:
        self._live.setdefault(decided.reviewer, []).append(decided)
        self._known.add((decided.reviewer, decided.time))
        self._last = max(self._last, decided.time) if decided.reviewer == self.reviewer else self._last

    def _adopt(self, earlier: Iterable[Decision]) -> None:
        """Take decisions of an earlier file over that the log does not know, such as those of `review import`."""
        new = [decided for decided in earlier if (decided.reviewer, decided.time) not in self._known]
        for decided in new:
            self._follow(self._journal.append(json.dumps(plain(_Line(self._digest, decided)), ensure_ascii=False)))


def _answer(decided: Decision, digest: str) -> Answer:
    return Answer(0, digest, decided.row_id, decided.decision, decided.label, decided.reviewer, decided.time)


def _answers(held: Sequence[Decision], digest: str) -> list[Answer]:
    """Answers on single labels: of a row all reviewers answer for every label that one of them changes."""
    asked: dict[int, set[str]] = {}
    for decided in held:
        asked.setdefault(decided.row_id, set()).update(decided.add, decided.remove)
    found = []
    for decided in held:
        labels: list[str | None] = [None]
        if decided.decision in ("keep", "relabel") and asked[decided.row_id]:
            labels = [*sorted(asked[decided.row_id])]
        for label in labels:
            word = "add" if label in decided.add else "remove" if label in decided.remove else decided.decision
            word = "keep" if word == "relabel" else word
            found.append(
                Answer(0, digest, decided.row_id, word, None, decided.reviewer, decided.time, questioned=label)
            )
    return found


def _earlier(file: Path, digest: str) -> list[Decision]:
    """The decisions in a file that exists, oldest first.

    Raises:
        InputError: it holds something else.
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
    for one in sorted(data.answers, key=lambda answer: answer.time):
        key = (one.row_id, one.reviewer)
        before = rows.get(key)
        word: Word = next((word for word in WORDS if word == one.decision), "relabel")
        add, remove = (before.add, before.remove) if before is not None else ((), ())
        if one.decision == "add" and one.questioned:
            add = (*add, one.questioned)
        elif one.decision == "remove" and one.questioned:
            remove = (*remove, one.questioned)
        word = "relabel" if add or remove else word
        rows[key] = Decision(one.row_id, word, one.reviewer, one.time, one.label, add, remove)
    return list(rows.values())


def _foreign(path: Path) -> SafetyError:
    return SafetyError(
        "The decisions were made for another data set.", where=str(path), fix="Give another --review FILE."
    )
