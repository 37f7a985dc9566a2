"""Convert the verdicts of a review to decisions of a plan."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.core.actions import Action
from auditor.core.verdicts import Verdict
from auditor.corpus.corpus import Corpus
from auditor.corpus.label_sets import labels_to_json
from auditor.prepare.plan import REVIEW_RULE, Decision


def reviewed_rows(verdicts: Iterable[Verdict], corpus: Corpus) -> dict[int, Decision]:
    """Decision of each verdict, by row position; every verdict must be about a row of `corpus`."""
    positions, label_sets = {row_id: i for i, row_id in enumerate(corpus.row_id.tolist())}, corpus.label_sets
    decisions = {}
    for verdict in verdicts:
        row = positions[verdict.row_id]
        if label_sets is not None and verdict.action == "relabel":
            decisions[row] = _edited(verdict, label_sets[row] or ())
        else:
            action = Action.of(verdict.action)
            decisions[row] = Decision(action, None, REVIEW_RULE, verdict.reason, label=verdict.label)
    return decisions


def _edited(verdict: Verdict, old: tuple[str, ...]) -> Decision:
    """Add and remove the labels of the verdict; keep the row if its labels then stay the same."""
    new = sorted({*old, *verdict.add} - set(verdict.remove))
    if new == sorted(old):
        return Decision(Action.KEEP, None, REVIEW_RULE, verdict.reason)
    return Decision(Action.RELABEL, None, REVIEW_RULE, verdict.reason, label=labels_to_json(new))
