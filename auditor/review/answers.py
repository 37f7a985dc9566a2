"""The answer of one reviewer for one row."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """The answer of one reviewer for one row.

    Attributes:
        place: number of the record in its file, for messages.
        corpus_digest: digest of the corpus that the file was made for.
        row_id: the row.
        decision: as in the file; checked later.
        label: the new label, for relabel.
        reviewer, time, comment: as in the file.
        questioned: the label in question, if the row has several.
    """

    place: int
    corpus_digest: str
    row_id: int
    decision: str
    label: str | None = None
    reviewer: str = ""
    time: str = ""
    comment: str = ""
    questioned: str | None = None


def answer_of(
    place: int,
    digest: object,
    row_id: object,
    decision: object,
    *,
    label: object = None,
    reviewer: object = None,
    time: object = None,
    comment: object = None,
    questioned: object = None,
) -> Answer | None:
    """Convert the untyped values of a file to an answer; None if there is no decision.

    A new label without a decision is a relabel.

    Raises:
        ValueError: the row number is not a number.
    """
    label = str(label) if label is not None and str(label) != "" else None
    decision = str(decision or ("relabel" if label is not None else "")).strip().lower()
    if not decision:
        return None
    if not isinstance(row_id, (str, int, float)):
        raise ValueError("the row number is not a number")
    return Answer(
        place,
        str(digest),
        int(row_id),
        decision,
        label if decision == "relabel" else None,
        str(reviewer or "").strip(),
        str(time or "").strip(),
        str(comment or ""),
        str(questioned) if questioned is not None and str(questioned) != "" else None,
    )
