"""Verdicts of a review as decisions of a plan."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.core.actions import Action
from auditor.core.verdicts import Verdict
from auditor.corpus.corpus import Corpus
from auditor.corpus.label_sets import labels_to_json
from auditor.prepare.plan import REVIEW_RULE, Decision


def reviewed_rows(verdicts: Iterable[Verdict], corpus: Corpus) -> dict[int, Decision]:
    """The decision of each verdict by position; verdicts are of rows that `corpus` has."""
    places, sets = {row_id: i for i, row_id in enumerate(corpus.row_id.tolist())}, corpus.label_sets
    decisions = {}
    for verdict in verdicts:
        place = places[verdict.row_id]
        if sets is not None and verdict.action == "relabel":
            decisions[place] = _edited(verdict, sets[place] or ())
        else:
            action = Action.of(verdict.action)
            decisions[place] = Decision(action, None, REVIEW_RULE, verdict.reason, label=verdict.label)
    return decisions


def _edited(verdict: Verdict, given: tuple[str, ...]) -> Decision:
    """The row with the labels that were added and without those that were removed; kept where that is what it has."""
    new = sorted({*given, *verdict.add} - set(verdict.remove))
    if new == sorted(given):
        return Decision(Action.KEEP, None, REVIEW_RULE, verdict.reason)
    return Decision(Action.RELABEL, None, REVIEW_RULE, verdict.reason, label=labels_to_json(new))
