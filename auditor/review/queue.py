"""The review queue: rows a person should look at, the worst first, as plain data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

DECISIONS = ("keep", "drop", "relabel")
"""What a reviewer can say of a row."""
ANSWER_FIELDS = ("decision", "new_label", "reviewer", "time", "comment")
"""Fields a reviewer fills in; `time` is ISO 8601."""


@dataclass(frozen=True)
class Item:
    """One row of the queue.

    Attributes:
        row_id: the row's place in the input.
        part: train, validation or test.
        text: masked, unless asked for raw.
        label: given label.
        suggestion: the label the audit's model would give.
        score: label quality, 0 (likely wrong) to 1; None where no label was judged.
        action, code, rule, reason: what the plan says, and why.
        ref_row: the row it is a duplicate of.
        ref_text: that row's text, as context.
    """

    row_id: int
    part: str
    text: str
    label: str | None
    suggestion: str | None
    score: float | None
    action: str
    code: str | None
    rule: str | None
    reason: str | None
    ref_row: int | None = None
    ref_text: str | None = None


@dataclass(frozen=True)
class Queue:
    """Items, worst first, with what their files must say.

    Attributes:
        corpus_digest: of the corpus; an import checks it.
        labels: all labels of the corpus, the choice a reviewer has.
    """

    items: tuple[Item, ...]
    corpus_digest: str
    labels: tuple[str, ...]


def worst_first(items: Iterable[Item]) -> tuple[Item, ...]:
    """Lowest label quality first, rows without one after them, then by row."""
    return tuple(sorted(items, key=lambda i: (i.score is None, i.score if i.score is not None else 0.0, i.row_id)))
