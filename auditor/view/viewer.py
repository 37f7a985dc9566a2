"""The rows of a run with their texts, findings and decisions: what the page asks for, and what it does."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from auditor.core.findings import SEVERITIES
from auditor.corpus.corpus import Corpus
from auditor.errors import CheckError, SafetyError, UsageError
from auditor.pii.redaction import Redaction, redaction
from auditor.pii.run_masking import Masking
from auditor.report.messages import Messages
from auditor.report.view.context import Context
from auditor.review.loop import data_set_contents, personal_classes
from auditor.runs.finished import FinishedRun, input_of, open_run, settings_for
from auditor.store import Journal
from auditor.view import model
from auditor.view.decisions import Decision, Decisions, Word
from auditor.view.details import Details
from auditor.view.neighbours import Nearest
from auditor.view.queries import Lists, Query, Show, select
from auditor.view.rows import NONE, Rows, load_rows
from auditor.view.texts import RowTexts

PAGE, TEXTS = 50, 12
"""Rows of a page, and texts that are masked for one request."""
REVEALS = "view.log"
"""File of the run folder that says who asked for which raw text."""


@dataclass(frozen=True)
class Opened:
    """What `open_viewer` was given and found.

    Attributes:
        name: of the corpus.
        lang: of the page.
        is_foreign: whether an input was given that is not what the run was made from.
    """

    name: str
    lang: str
    is_foreign: bool


class Viewer:
    """A run that people look at; safe to call from several threads.

    Args:
        opened: name and language.
        rows: of the run.
        texts: of its rows.
        details: looks up what is known of a row.
        decisions: of its reviewers.
        reveals: the log of raw texts that were asked for.
    """

    def __init__(
        self, opened: Opened, rows: Rows, texts: RowTexts, details: Details, decisions: Decisions, reveals: Journal
    ) -> None:
        self.opened, self.rows, self.texts, self.decisions = opened, rows, texts, decisions
        self._details, self._reveals = details, reveals
        self._lists, self._lock = Lists(), threading.Lock()

    @property
    def first_show(self) -> Show:
        """What the list begins with: what waits for a person, else what was found, else all rows."""
        shows: tuple[Show, ...] = ("review", "found")
        return next((show for show in shows if len(select(self.rows, Query(show), self.texts, (), ()))), "all")

    def page(self, query: Query) -> model.Page:
        """The first page of a new list."""
        with self._lock:
            self.decisions.refresh()
            own = self.decisions.own()
            disputed = self.decisions.disputed() if query.state == "disputed" else set[int]()
            positions = select(self.rows, query, self.texts, own, disputed)
            number = self._lists.keep(positions)
            return self._page(number, positions, 0)

    def more(self, number: int, first: int) -> model.Page | None:
        """A later page of a list; None where the list is remembered no more."""
        with self._lock:
            positions = self._lists.get(number)
            return None if positions is None else self._page(number, positions, first)

    def _page(self, number: int, positions: np.ndarray, first: int) -> model.Page:
        own = self.decisions.own()
        decided = int(np.isin(self.rows.ids[positions], list(own)).sum()) if own else 0
        shown = positions[first : first + PAGE].tolist()
        lines = tuple(self._line(place, own.get(int(self.rows.ids[place]))) for place in shown)
        return model.Page(number, first, len(positions), decided, lines)

    def _line(self, place: int, own: Decision | None) -> model.Line:
        worst = int(self.rows.severity[place])
        return model.Line(
            row=int(self.rows.ids[place]),
            codes=tuple(self.rows.codes_of(place)),
            status=SEVERITIES[worst] if worst != NONE else "",
            label=" | ".join(self.rows.labels.of(place)),
            own=_decided(own),
        )

    def masked(self, row_ids: Sequence[int], words: str) -> model.Texts:
        """The masked beginnings of some rows' texts, or what is around `words` in them; unknown rows are left out."""
        places = [(row, self.rows.position(row)) for row in row_ids[:TEXTS]]
        known = [(row, place) for row, place in places if place is not None]
        pieces = self.texts.lines([place for _, place in known], words)
        return model.Texts(tuple((row, own) for (row, _), own in zip(known, pieces, strict=True)))

    def detail(self, row_id: int) -> model.Detail | None:
        """A row; None where there is no such row."""
        place = self.rows.position(row_id)
        if place is None:
            return None
        with self._lock:
            held = [_decided(one) for one in self.decisions.of(row_id).values()]
        return model.Detail(
            row=row_id,
            text=self.texts.whole(place),
            labels=self.rows.labels.of(place),
            suggested=self._details.suggested(place),
            questions=self._details.questions(place),
            facts=self._details.facts(place),
            found=self._details.found(place),
            decided=tuple(one for one in held if one is not None),
        )

    def around(self, row_id: int) -> model.Around | None:
        """The rows to compare a row with; None where there is no such row."""
        place = self.rows.position(row_id)
        return None if place is None else self._details.around(place)

    def reveal(self, row_id: int) -> model.Raw | None:
        """A text as it came, once the log says that it was asked for; None where it cannot be had.

        Raises:
            OutputError: the log cannot be written; nothing is shown then.
        """
        place = self.rows.position(row_id)
        if place is None or not self.texts.has_raw:
            return None
        with self._lock:
            log_reveal(self._reveals, row_id, self.decisions.reviewer)
        text = self.texts.raw(place)
        return None if text is None else model.Raw(row_id, text)

    def decide(
        self, row_id: int, decision: Word, label: str | None, add: Sequence[str], remove: Sequence[str]
    ) -> model.Outcome | None:
        """Record a decision; None where the row or a class is not known, or a relabel names none.

        Raises:
            OutputError: it cannot be written.
        """
        if self.rows.position(row_id) is None or not self._fits(decision, label, add, remove):
            return None
        with self._lock:
            return model.Outcome(row_id, _decided(self.decisions.decide(row_id, decision, label, add, remove)))

    def _fits(self, decision: Word, label: str | None, add: Sequence[str], remove: Sequence[str]) -> bool:
        if decision != "relabel":
            return label is None and not add and not remove
        named = {*add, *remove} if self.rows.several else {label}
        exact = label is None if self.rows.several else not add and not remove
        return exact and bool(named) and named <= set(self.rows.labels.names)

    def undo(self) -> model.Outcome:
        """Take the reviewer's last decision back.

        Raises:
            OutputError: it cannot be written.
        """
        with self._lock:
            undone = self.decisions.undo()
            now = None if undone is None else self.decisions.own().get(undone.row_id)
        return model.Outcome(None if undone is None else undone.row_id, _decided(now))

    def warm(self) -> None:
        """Mask the first texts of the first list, so that models are loaded before somebody waits for them."""
        positions = select(self.rows, Query(self.first_show), self.texts, (), ())
        self.texts.lines(positions[:4].tolist())

    def close(self) -> int:
        """Write the file of decisions; how many rows the reviewer decided.

        Raises:
            OutputError: it cannot be written; the log holds everything.
        """
        with self._lock:
            self.decisions.refresh()
            self.decisions.write()
            return len(self.decisions.own())


@dataclass(frozen=True)
class Read:
    """A run read to be looked at.

    Attributes:
        run: the run.
        opened: its name, and whether the input fits it.
        rows, texts, details: what is known of its rows.
        context: its audit in the reader's language.
    """

    run: FinishedRun
    opened: Opened
    rows: Rows
    texts: RowTexts
    details: Details
    context: Context


def read_rows(folder: Path, inputs: Sequence[str], lang: str) -> Read:
    """Read the rows of a run.

    Args:
        folder: the run.
        inputs: what it was made from; none, or others: texts are those of the run, masked.
        lang: of the reader.

    Raises:
        InputError: the run or the input cannot be read.
        SafetyError: a file of the run was changed.
        UsageError: names in the input could not be searched for personal data.
    """
    run = open_run(folder)
    corpus, is_foreign = _corpus(run, inputs)
    if corpus is not None:
        run = replace(run, settings=settings_for(run, corpus.table.column_names))
    contents = data_set_contents(run) if corpus is None and run.parts else None
    rows = load_rows(run, corpus, _names(run, corpus), contents)
    context = Context(run.audit, Messages(lang))
    language = run.audit.corpus.language
    texts = RowTexts(rows, run.settings, language, corpus, contents.texts if contents is not None else {}, context)
    nearest = Nearest(corpus.texts, language) if corpus is not None else None
    opened = Opened(run.audit.corpus.name, lang, is_foreign)
    return Read(run, opened, rows, texts, Details(rows, texts, context, nearest), context)


def open_viewer(folder: Path, inputs: Sequence[str], lang: str, reviewer: str, file: Path) -> Viewer:
    """Open a run to be looked at.

    Args:
        folder, inputs, lang: see `read_rows`.
        reviewer: who decides.
        file: where decisions go; earlier ones in it hold on.

    Raises:
        InputError: the run, the input or earlier decisions cannot be read.
        SafetyError: a file of the run was changed, or the decisions were made for another data set.
        OutputError: the decisions cannot be written there.
        UsageError: the reviewer has no name; or see `read_rows`.
    """
    if not reviewer.strip():
        raise UsageError("A reviewer needs a name.", where="--reviewer", fix="Give a name, such as --reviewer ann.")
    read = read_rows(folder, inputs, lang)
    decisions = Decisions(file, read.run.manifest.corpus_digest, reviewer.strip(), several=read.rows.several)
    decisions.write()  # the log may know more than the file, where the viewer was killed
    return Viewer(read.opened, read.rows, read.texts, read.details, decisions, Journal(folder / REVEALS))


def log_reveal(reveals: Journal, row_id: int, reviewer: str) -> None:
    """Write down that a raw text was asked for, without the text.

    Raises:
        OutputError: it cannot be written; nothing may be shown then.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    asked = {"shown": "raw text", "row_id": row_id, "reviewer": reviewer, "time": now}
    reveals.append(json.dumps(asked, ensure_ascii=False))


def _corpus(run: FinishedRun, inputs: Sequence[str]) -> tuple[Corpus | None, bool]:
    """The input, and whether it is not what the run was made from."""
    if not inputs:
        return None, False
    try:
        return input_of(run, inputs), False
    except SafetyError:
        return None, True


def _names(run: FinishedRun, corpus: Corpus | None) -> Redaction:
    """What replaces classes and sources that hold personal data."""
    if corpus is None:
        return Redaction()
    try:
        masking = Masking(corpus, run.settings, run.folder, is_used=False)
        sources = redaction(corpus, masking, run.audit).sources if corpus.roles.source is not None else {}
        return replace(personal_classes(run, corpus), sources=sources)
    except CheckError as error:
        raise UsageError(
            "Names of classes and sources could not be searched for personal data.",
            where=str(run.folder),
            fix=f"{error.fix} Or leave the input out.",
        ) from None


def _decided(one: Decision | None) -> model.Decided | None:
    return None if one is None else model.Decided(one.reviewer, one.decision, one.label, one.add, one.remove)
