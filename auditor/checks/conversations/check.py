"""Conversations: chats, instructions, questions with answers, and preferences, as training data for answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from auditor.checks.base import Check, Shared
from auditor.checks.conversations.answers import cut_rows, empty_share, repeats_question
from auditor.checks.conversations.exchange import SHAPES, Exchange, exchanges
from auditor.checks.conversations.length import SETTING, tokens_of
from auditor.checks.conversations.prompts import SamePrompt, most_common, openings, same_prompts
from auditor.checks.conversations.turns import DESIGN, FAULTS, TurnFaults, turn_faults
from auditor.checks.conversations.wording import Hit, find_phrases
from auditor.core.findings import Severity, detail_of, findings, merge_findings
from auditor.core.metrics import Metric, measured
from auditor.core.results import CheckResult, Completed, Skipped
from auditor.corpus.corpus import Corpus
from auditor.corpus.shape import ShapeKind
from auditor.message import Message, message
from auditor.models.load import load_tokenizer

Part = tuple[list[Metric], list[pa.Table], list[Message]]
"""Part of the result for one group of faults."""


class ConversationCheck(Check[None]):
    """Checks conversational rows."""

    prefix = "CHT"
    dimension = "conversations"

    @classmethod
    def is_part(cls, shared: Shared, corpus: Corpus) -> bool:
        """Rows in which something is asked and answered."""
        return corpus.shape.kind in SHAPES

    def ready(self, corpus: Corpus) -> None:
        """Check that the configured tokenizer can be loaded."""
        folder = self.settings.conversations.tokenizer
        if folder is not None and corpus.shape.kind in SHAPES:
            load_tokenizer(folder, SETTING)

    def finish(self, partials: Sequence[None], corpus: Corpus, shared: Shared) -> CheckResult:
        """One finding per row: turns and system messages of chats (CHT001, CHT002, CHT005, CHT006), answers that are
        empty, cut or the question once more (CHT003, CHT004, CHT011), wording (CHT007, CHT009, CHT010, CHT014), length
        (CHT008), and other answers to the same prompt (CHT012, CHT013).
        """  # noqa: D205
        if corpus.shape.kind not in SHAPES:
            return Skipped(message("reason.no_conversation"))
        rows = exchanges(corpus)
        turns = turn_faults(rows) if corpus.shape.kind is ShapeKind.CHAT else TurnFaults()
        parts = [
            _turns(corpus, turns),
            _answers(corpus, rows, turns),
            _wording(corpus, rows),
            self._length(corpus, rows),
            _prompts(corpus, rows),
        ]
        return Completed(
            tuple(metric for metrics, _, _ in parts for metric in metrics),
            merge_findings([table for _, tables, _ in parts for table in tables]),
            (),
            tuple(note for _, _, notes in parts for note in notes),
        )

    def _length(self, corpus: Corpus, rows: Sequence[Exchange]) -> Part:
        options = self.settings.conversations
        tokens = tokens_of(rows, options)
        long = np.flatnonzero(tokens > options.max_tokens)
        table = findings(
            "CHT008",
            "warn",
            corpus.row_id[long],
            column=corpus.roles.text,
            score=tokens[long].astype(float),
            confidence=0.7 if options.tokenizer is None else 1.0,
        )
        metrics = [
            measured("conversations.long_rate", len(long) / len(corpus)),
            measured("conversations.median_tokens", float(np.median(tokens))),
        ]
        note = "note.tokens_estimated" if options.tokenizer is None else "note.tokens_counted"
        return metrics, [table], [message(note, options.max_tokens)]


def _turns(corpus: Corpus, found: TurnFaults) -> Part:
    """CHT001, CHT005 and CHT006; empty unless rows are chats."""
    if corpus.shape.kind is not ShapeKind.CHAT:
        return [], [], []
    faults = list(found.out_of_turn.values())
    tables = [
        findings(
            "CHT001",
            "warn",
            corpus.row_id[list(found.out_of_turn)],
            column=corpus.roles.text,
            confidence=1.0,
            value=faults,
            detail=[detail_of(message(FAULTS[fault])) for fault in faults],
        ),
        _of_rows("CHT005", "info", corpus, found.without_system, 0.8),
        _of_rows("CHT006", "warn", corpus, found.more_system, 1.0),
    ]
    metrics = [
        measured("conversations.turn_rate", len(found.out_of_turn) / len(corpus)),
        measured("conversations.no_system_rows", len(found.without_system)),
        measured("conversations.second_system_rows", len(found.more_system)),
    ]
    return metrics, tables, list(found.notes)


def _answers(corpus: Corpus, rows: Sequence[Exchange], turns: TurnFaults) -> Part:
    """CHT002, CHT003, CHT004 and CHT011; the score of CHT003 is the share of the row's answers that are empty."""
    shares = np.array([empty_share(row) for row in rows])
    empty = np.flatnonzero(shares > 0)
    repeating = [i for i, row in enumerate(rows) if any(repeats_question(*pair) for pair in row.answered())]
    cut = cut_rows(rows)
    unanswered = {*turns.silent, *np.flatnonzero(shares == 1).tolist()}
    tables = [
        _of_rows("CHT002", "warn", corpus, turns.silent, 1.0),
        findings("CHT003", "warn", corpus.row_id[empty], column=corpus.roles.text, score=shares[empty], confidence=1.0),
        findings(
            "CHT004",
            "info",
            corpus.row_id[np.array(list(cut), np.int64)],
            column=corpus.roles.text,
            confidence=list(cut.values()),
        ),
        _of_rows("CHT011", "warn", corpus, repeating, 0.9),
    ]
    metrics = [
        measured("conversations.unanswered_rate", len(unanswered) / len(corpus)),
        measured("conversations.cut_rows", len(cut)),
        measured("conversations.repeat_rate", len(repeating) / len(corpus)),
    ]
    return metrics, tables, []


def _wording(corpus: Corpus, rows: Sequence[Exchange]) -> Part:
    """CHT007, CHT009, CHT010 and CHT014, each with its span; markers present in most rows are reported in a note."""
    marks = find_phrases(rows, "template")
    design = {name for name, count in most_common(marks).items() if count > DESIGN * len(rows)}
    in_design = sum(hit.phrase in design for hit in marks)
    if design:
        marks = find_phrases(rows, "template", but=design)
    refusals, residue, opened = find_phrases(rows, "refusal"), find_phrases(rows, "residue"), openings(rows)
    tables = [
        _of_hits("CHT007", "warn", corpus, marks, 0.9),
        _of_hits("CHT009", "info", corpus, refusals, 0.7),
        _of_hits("CHT010", "warn", corpus, residue, 0.8),
        _of_hits("CHT014", "info", corpus, opened, 0.8),
    ]
    metrics = [
        measured("conversations.template_rate", len(marks) / len(corpus)),
        measured("conversations.refusal_rate", len(refusals) / len(corpus)),
        measured("conversations.residue_rate", len(residue) / len(corpus)),
        measured("conversations.opening_rate", len({hit.row for hit in opened}) / len(corpus)),
    ]
    return metrics, tables, [message("note.rendered", in_design)] if design else []


def _prompts(corpus: Corpus, rows: Sequence[Exchange]) -> Part:
    """CHT012, or CHT013 if the answers contradict each other."""
    found = same_prompts(rows, corpus.roles.label is not None)
    other = [place for place in found.other if place not in found.contradicting]
    metrics = [
        measured("conversations.same_prompt_rows", found.repeated),
        measured("conversations.contradiction_rate", len(found.contradicting) / len(corpus)),
    ]
    tables = [
        _beside("CHT012", "info", corpus, other, found, 1.0),
        _beside("CHT013", "warn", corpus, sorted(found.contradicting), found, 0.6),
    ]
    return metrics, tables, [message("note.prompts_by_design", found.repeated)] if found.is_design else []


def _of_rows(code: str, severity: Severity, corpus: Corpus, at: Sequence[int], confidence: float) -> pa.Table:
    ids = corpus.row_id[np.array(at, np.int64)]
    return findings(code, severity, ids, column=corpus.roles.text, confidence=confidence)


def _of_hits(code: str, severity: Severity, corpus: Corpus, hits: Sequence[Hit], confidence: float) -> pa.Table:
    return findings(
        code,
        severity,
        corpus.row_id[np.array([hit.row for hit in hits], np.int64)],
        column=[hit.column for hit in hits],
        start=[hit.start for hit in hits],
        end=[hit.end for hit in hits],
        confidence=confidence,
    )


def _beside(
    code: str, severity: Severity, corpus: Corpus, at: Sequence[int], found: SamePrompt, confidence: float
) -> pa.Table:
    places = np.array(at, np.int64)
    others = np.array([found.other[place] for place in at], np.int64)
    return findings(
        code,
        severity,
        corpus.row_id[places],
        column=corpus.roles.text,
        confidence=confidence,
        ref_row=corpus.row_id[others],
    )
