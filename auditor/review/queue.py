"""The review queue: the rows that people should review, worst first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

DECISIONS = ("keep", "drop", "relabel", "mask")
"""Decisions about a row; ``mask`` keeps it with all findings of personal data masked."""
LABEL_DECISIONS = ("keep", "drop", "add", "remove")
"""Decisions about one of several labels: leave it, drop the whole row, add or remove the label."""
ANSWER_FIELDS = ("decision", "new_label", "reviewer", "time", "comment")
"""Fields that reviewers fill in; `time` is in ISO 8601 format."""


@dataclass(frozen=True)
class Item:
    """One row of the queue.

    Attributes:
        row_id: position of the row in the input.
        part: train, validation or test.
        text: masked text, or the original on request.
        label: given label, or all of several labels.
        suggestion: label predicted by the audit's models; for a questioned label, ``add`` or ``remove``.
        score: label quality, 0 (likely wrong) to 1; None if no label was scored.
        action, code, rule, reason: decision of the plan, and its reason.
        ref_row: the row of which it is a duplicate.
        ref_text: text of that row, as context.
        questioned: the label in question, if rows have several.
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
    questioned: str | None = None


@dataclass(frozen=True)
class Queue:
    """Items to review, worst first, with the metadata for their files.

    Attributes:
        items: the items.
        corpus_digest: digest of the corpus; checked by the import.
        labels: all labels of the corpus, for reviewers to choose from; empty if rows have several labels.
        several: whether rows have several labels, so that the questions are about single labels.
    """

    items: tuple[Item, ...]
    corpus_digest: str
    labels: tuple[str, ...]
    several: bool = False

    @property
    def decisions(self) -> tuple[str, ...]:
        """The allowed decisions about an item."""
        return LABEL_DECISIONS if self.several else DECISIONS


def worst_first(items: Iterable[Item]) -> tuple[Item, ...]:
    """Sort by label quality, lowest first and missing ones last, then by row."""

    def sort_key(item: Item) -> tuple[bool, float, int, str]:
        return item.score is None, item.score or 0.0, item.row_id, item.questioned or ""

    return tuple(sorted(items, key=sort_key))
