"""Decisions of a review, as decisions of a plan."""

from __future__ import annotations

from pathlib import Path

from auditor.corpus.corpus import Corpus
from auditor.prepare.plan import REVIEW_RULE, Decision
from auditor.review.decisions import read_decisions


def reviewed_rows(path: Path, corpus: Corpus) -> dict[int, Decision]:
    """Decisions of ``auditor review import`` by position.

    Raises:
        InputError: not such a file, or an unknown row, decision or label.
        SafetyError: it was made for another corpus.
    """
    places = {row_id: i for i, row_id in enumerate(corpus.row_id.tolist())}
    labels = frozenset(label for label in corpus.labels or () if label is not None)
    verdicts = read_decisions(path, corpus.digest, places.keys(), labels)
    return {places[v.row_id]: Decision(v.action, None, REVIEW_RULE, v.reason, label=v.label) for v in verdicts}
