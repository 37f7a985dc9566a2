"""What reviewers decide about rows: handed from a review to the plan that carries it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

VerdictAction = Literal["keep", "drop", "relabel", "mask", "review"]
VERDICT_ACTIONS: tuple[VerdictAction, ...] = ("keep", "drop", "relabel", "mask", "review")


@dataclass(frozen=True)
class Verdict:
    """What becomes of a row; ``review`` where reviewers disagree.

    A row to mask is kept, with everything masked that was found in it, whatever the policy does.

    Attributes:
        label: the new label, for relabel.
        add, remove: instead of it, where rows have several labels: those the row gets and loses.
    """

    row_id: int
    action: VerdictAction
    label: str | None
    reason: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
