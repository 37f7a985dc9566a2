"""Decisions of a review, as decisions of a plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from auditor.core.actions import Action
from auditor.corpus.corpus import Corpus
from auditor.corpus.label_sets import known_labels, set_text
from auditor.prepare.plan import REVIEW_RULE, Decision
from auditor.review.decisions import Verdict, read_decisions


def reviewed_rows(
    path: Path, corpus: Corpus, original: Callable[[str | None], str | None] = lambda label: label
) -> dict[int, Decision]:
    """Decisions of ``auditor review import`` by position.

    Args:
        path: their file.
        corpus: the input.
        original: a label as the input has it, of one that was written without personal data.

    Raises:
        InputError: not such a file, or an unknown row, decision or label.
        SafetyError: it was made for another corpus.
    """
    places = {row_id: i for i, row_id in enumerate(corpus.row_id.tolist())}
    sets = corpus.label_sets
    single = frozenset(label for label in corpus.labels or () if label is not None)
    labels = single if sets is None else known_labels(sets)
    verdicts = read_decisions(path, corpus.digest, places.keys(), labels, several=sets is not None, original=original)
    decisions = {
        places[v.row_id]: Decision(Action.of(v.action), None, REVIEW_RULE, v.reason, label=v.label) for v in verdicts
    }
    if sets is not None:
        edited = {places[v.row_id]: v for v in verdicts if v.action == "relabel"}
        decisions |= {place: _edited(verdict, sets[place] or ()) for place, verdict in edited.items()}
    return decisions


def _edited(verdict: Verdict, given: tuple[str, ...]) -> Decision:
    """The row with the labels that were added and without those that were removed; kept where that is what it has."""
    new = sorted({*given, *verdict.add} - set(verdict.remove))
    if new == sorted(given):
        return Decision(Action.KEEP, None, REVIEW_RULE, verdict.reason)
    return Decision(Action.RELABEL, None, REVIEW_RULE, verdict.reason, label=set_text(new))
