"""Reviewers' decisions on rows, passed from a review to the plan that applies them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

VerdictAction = Literal["keep", "drop", "relabel", "mask", "review"]
VERDICT_ACTIONS: tuple[VerdictAction, ...] = ("keep", "drop", "relabel", "mask", "review")


@dataclass(frozen=True)
class Verdict:
    """The decision on a row; ``review`` if reviewers disagree.

    A row to mask is kept, with everything masked that was found in it, regardless of the policy.

    Attributes:
        label: the new label, for relabel.
        add, remove: for rows with several labels, the labels to add and to remove instead of `label`.
    """

    row_id: int
    action: VerdictAction
    label: str | None
    reason: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
