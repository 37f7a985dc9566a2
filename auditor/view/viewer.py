"""The viewer of a run: rows with their texts, findings and decisions, and the actions of the page."""

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
"""Number of rows per page, and maximum number of texts masked per request."""
REVEALS = "view.log"
"""Log file in the run folder of the raw texts that were shown, and to whom."""


@dataclass(frozen=True)
class Opened:
    """Properties of an opened run.

    Attributes:
        name: name of the corpus.
        lang: language of the page.
        is_foreign: whether an input was given that differs from the input of the run.
    """

    name: str
    lang: str
    is_foreign: bool


class Viewer:
    """Answers the requests of the page; thread-safe.

    Args:
        opened: name and language.
        rows: rows of the run.
        texts: texts of the rows.
        details: looks up the details of a row.
        decisions: decisions of the reviewers.
        reveals: log of the raw texts that were shown.
    """

    def __init__(
        self, opened: Opened, rows: Rows, texts: RowTexts, details: Details, decisions: Decisions, reveals: Journal
    ) -> None:
        self.opened, self.rows, self.texts, self.decisions = opened, rows, texts, decisions
        self._details, self._reveals = details, reveals
        self._lists, self._lock = Lists(), threading.Lock()

    @property
    def first_show(self) -> Show:
        """The initial filter: rows to review if there are any, else rows with findings, else all rows."""
        shows: tuple[Show, ...] = ("review", "found")
        return next((show for show in shows if len(select(self.rows, Query(show), self.texts, (), ()))), "all")

    def page(self, query: Query) -> model.Page:
        """The first page of a new list."""
        with self._lock:
            self.decisions.refresh()
            decisions = self.decisions.own()
            disputed = self.decisions.disputed() if query.state == "disputed" else set[int]()
            positions = select(self.rows, query, self.texts, decisions, disputed)
            number = self._lists.keep(positions)
            return self._page(number, positions, 0)

    def more(self, number: int, first: int) -> model.Page | None:
        """A later page of a list; None if the list is no longer cached."""
        with self._lock:
            positions = self._lists.get(number)
            return None if positions is None else self._page(number, positions, first)

    def _page(self, number: int, positions: np.ndarray, first: int) -> model.Page:
        decisions = self.decisions.own()
        decided = int(np.isin(self.rows.ids[positions], list(decisions)).sum()) if decisions else 0
        shown = positions[first : first + PAGE].tolist()
        lines = tuple(self._line(position, decisions.get(int(self.rows.ids[position]))) for position in shown)
        return model.Page(number, first, len(positions), decided, lines)

    def _line(self, position: int, decision: Decision | None) -> model.Line:
        worst = int(self.rows.severity[position])
        return model.Line(
            row=int(self.rows.ids[position]),
            codes=tuple(self.rows.codes_of(position)),
            status=SEVERITIES[worst] if worst != NONE else "",
            label=" | ".join(self.rows.labels.of(position)),
            own=_decided(decision),
        )

    def masked(self, row_ids: Sequence[int], words: str) -> model.Texts:
        """The masked beginnings of texts, or the passages with `words`; unknown rows are skipped."""
        positions = [(row, self.rows.position(row)) for row in row_ids[:TEXTS]]
        known = [(row, position) for row, position in positions if position is not None]
        lines = self.texts.lines([position for _, position in known], words)
        return model.Texts(tuple((row, pieces) for (row, _), pieces in zip(known, lines, strict=True)))

    def detail(self, row_id: int) -> model.Detail | None:
        """The details of a row; None if there is no such row."""
        position = self.rows.position(row_id)
        if position is None:
            return None
        with self._lock:
            decided = [_decided(decision) for decision in self.decisions.of(row_id).values()]
        return model.Detail(
            row=row_id,
            text=self.texts.whole(position),
            labels=self.rows.labels.of(position),
            suggested=self._details.suggested(position),
            questions=self._details.questions(position),
            facts=self._details.facts(position),
            found=self._details.found(position),
            decided=tuple(decision for decision in decided if decision is not None),
        )

    def around(self, row_id: int) -> model.Around | None:
        """The rows to compare a row with; None if there is no such row."""
        position = self.rows.position(row_id)
        return None if position is None else self._details.around(position)

    def reveal(self, row_id: int) -> model.Raw | None:
        """Log the request for an original text and return the text; None if it is not available.

        Raises:
            OutputError: the log cannot be written; the text is not returned.
        """
        position = self.rows.position(row_id)
        if position is None or not self.texts.has_raw:
            return None
        with self._lock:
            log_reveal(self._reveals, row_id, self.decisions.reviewer)
        text = self.texts.raw(position)
        return None if text is None else model.Raw(row_id, text)

    def decide(
        self, row_id: int, decision: Word, label: str | None, add: Sequence[str], remove: Sequence[str]
    ) -> model.Outcome | None:
        """Record a decision; None if the row or a class is unknown, or a relabel has no class.

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
        """Undo the reviewer's last decision.

        Raises:
            OutputError: it cannot be written.
        """
        with self._lock:
            undone = self.decisions.undo()
            current = None if undone is None else self.decisions.own().get(undone.row_id)
        return model.Outcome(None if undone is None else undone.row_id, _decided(current))

    def warm(self) -> None:
        """Mask the first texts of the first list, so that models are loaded before the first request."""
        positions = select(self.rows, Query(self.first_show), self.texts, (), ())
        self.texts.lines(positions[:4].tolist())

    def close(self) -> int:
        """Write the file of decisions; return the number of rows that the reviewer decided.

        Raises:
            OutputError: it cannot be written; the log has all decisions.
        """
        with self._lock:
            self.decisions.refresh()
            self.decisions.write()
            return len(self.decisions.own())


@dataclass(frozen=True)
class OpenedRun:
    """A run with its rows, read for viewing.

    Attributes:
        run: the run.
        opened: its name, and whether the given input differs from its input.
        rows, texts, details: its rows with their texts and details.
        context: its audit in the reader's language.
    """

    run: FinishedRun
    opened: Opened
    rows: Rows
    texts: RowTexts
    details: Details
    context: Context


def read_rows(folder: Path, inputs: Sequence[str], lang: str) -> OpenedRun:
    """Read a run and its rows.

    Args:
        folder: folder of the run.
        inputs: paths of its input; if empty or another input, only the masked texts of the run are shown.
        lang: language of the reader.

    Raises:
        InputError: the run or the input cannot be read.
        SafetyError: a file of the run was modified.
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
    return OpenedRun(run, opened, rows, texts, Details(rows, texts, context, nearest), context)


def open_viewer(folder: Path, inputs: Sequence[str], lang: str, reviewer: str, file: Path) -> Viewer:
    """Open a run in the viewer.

    Args:
        folder, inputs, lang: see `read_rows`.
        reviewer: name of the reviewer.
        file: file for the decisions; decisions in an existing file stay valid.

    Raises:
        InputError: the run, the input or earlier decisions cannot be read.
        SafetyError: a file of the run was modified, or the decisions were made for another data set.
        OutputError: the decisions cannot be written there.
        UsageError: the reviewer has no name; or see `read_rows`.
    """
    if not reviewer.strip():
        raise UsageError("A reviewer needs a name.", where="--reviewer", fix="Give a name, such as --reviewer ann.")
    read = read_rows(folder, inputs, lang)
    decisions = Decisions(file, read.run.manifest.corpus_digest, reviewer.strip(), several=read.rows.several)
    decisions.write()  # if the viewer was killed, the log can have more decisions than the file
    return Viewer(read.opened, read.rows, read.texts, read.details, decisions, Journal(folder / REVEALS))


def log_reveal(reveals: Journal, row_id: int, reviewer: str) -> None:
    """Log that a raw text is shown, without the text.

    Raises:
        OutputError: the log cannot be written; the text must not be shown.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    entry = {"shown": "raw text", "row_id": row_id, "reviewer": reviewer, "time": now}
    reveals.append(json.dumps(entry, ensure_ascii=False))


def _corpus(run: FinishedRun, inputs: Sequence[str]) -> tuple[Corpus | None, bool]:
    """The input, and whether it differs from the input of the run."""
    if not inputs:
        return None, False
    try:
        return input_of(run, inputs), False
    except SafetyError:
        return None, True


def _names(run: FinishedRun, corpus: Corpus | None) -> Redaction:
    """Redaction of classes and sources with personal data."""
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


def _decided(decision: Decision | None) -> model.Decided | None:
    return (
        None
        if decision is None
        else model.Decided(decision.reviewer, decision.decision, decision.label, decision.add, decision.remove)
    )
