"""The review queue: rows a person should look at, the worst first, as plain data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

DECISIONS = ("keep", "drop", "relabel", "mask")
"""What a reviewer can say of a row; ``mask`` keeps it with everything masked that is found in it."""
LABEL_DECISIONS = ("keep", "drop", "add", "remove")
"""What a reviewer can say of one of several labels: leave it so, take the whole row out, add or remove the label."""
ANSWER_FIELDS = ("decision", "new_label", "reviewer", "time", "comment")
"""Fields a reviewer fills in; `time` is ISO 8601."""


@dataclass(frozen=True)
class Item:
    """One row of the queue.

    Attributes:
        row_id: the row's place in the input.
        part: train, validation or test.
        text: masked, unless asked for raw.
        label: given label; of several, all of them.
        suggestion: the label the audit's model would give; for a questioned label ``add`` or ``remove``.
        score: label quality, 0 (likely wrong) to 1; None where no label was judged.
        action, code, rule, reason: what the plan says, and why.
        ref_row: the row it is a duplicate of.
        ref_text: that row's text, as context.
        questioned: where rows have several labels: the one that is asked about.
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
    """Items, worst first, with what their files must say.

    Attributes:
        corpus_digest: of the corpus; an import checks it.
        labels: all labels of the corpus, the choice a reviewer has; none where rows have several.
        several: whether rows have several labels, so that single ones are asked about.
    """

    items: tuple[Item, ...]
    corpus_digest: str
    labels: tuple[str, ...]
    several: bool = False

    @property
    def decisions(self) -> tuple[str, ...]:
        """What a reviewer can say of an item."""
        return LABEL_DECISIONS if self.several else DECISIONS


def worst_first(items: Iterable[Item]) -> tuple[Item, ...]:
    """Lowest label quality first, rows without one after them, then by row."""

    def place(item: Item) -> tuple[bool, float, int, str]:
        return item.score is None, item.score or 0.0, item.row_id, item.questioned or ""

    return tuple(sorted(items, key=place))
