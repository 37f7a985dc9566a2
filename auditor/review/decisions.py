"""Combine the answers of reviewers into decisions; rows on which they disagree stay in review."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from auditor.core.verdicts import VERDICT_ACTIONS, Verdict
from auditor.corpus.corpus import Corpus
from auditor.corpus.label_sets import known_labels
from auditor.errors import InputError, SafetyError
from auditor.review.answers import Answer
from auditor.review.queue import DECISIONS, LABEL_DECISIONS

Question = tuple[int, str]
"""Row id, and the label in question or an empty text."""


@dataclass(frozen=True)
class Agreement:
    """Agreement of two reviewers on the rows that both reviewed; kappa is None if undefined (one outcome only)."""

    reviewers: tuple[str, str]
    rows: int
    equal: int
    kappa: float | None


@dataclass(frozen=True)
class Review:
    """The result of an import.

    Attributes:
        corpus_digest: digest of the corpus.
        verdicts: one per row.
        answers: the last answer of each reviewer for each row, or for each of its labels.
        agreement: one per pair of reviewers.
    """

    corpus_digest: str
    verdicts: tuple[Verdict, ...]
    answers: tuple[Answer, ...]
    agreement: tuple[Agreement, ...]

    @property
    def disagreements(self) -> tuple[int, ...]:
        """Rows on which reviewers disagree."""
        return tuple(v.row_id for v in self.verdicts if v.action == "review")


def check_answers(
    path: Path, answers: Sequence[Answer], digest: str, rows: Collection[int], labels: Collection[str] = ()
) -> None:
    """Refuse answers that do not match the corpus; the error lists all of them.

    Args:
        path: file of the answers.
        answers: the answers in the file.
        digest, rows: digest and row ids of the corpus.
        labels: classes of the corpus; empty if unknown.

    Raises:
        SafetyError: the file was made for another corpus.
        InputError: there are no answers, an unknown row, decision or label, or a relabel without a label.
    """
    if not answers:
        raise InputError(
            "The review file holds no decision.",
            where=str(path),
            fix=f"Fill in the decision column: {', '.join(DECISIONS)}.",
        )
    foreign = [answer.place for answer in answers if answer.corpus_digest != digest]
    if foreign:
        raise SafetyError(
            "The review file was made for another data set.",
            where=f"{path}, {_records(foreign)}",
            fix="Export the queue of this run.",
        )
    bad: dict[str, list[int]] = defaultdict(list)
    for answer in answers:
        for problem in _problems(answer, rows, labels):
            bad[problem].append(answer.place)
    if bad:
        several = any(answer.questioned is not None for answer in answers)
        raise InputError(
            " ".join(_PROBLEMS[problem] for problem in bad),
            where=f"{path}: " + "; ".join(f"{problem}: {_records(places)}" for problem, places in bad.items()),
            fix=f"Decisions are {', '.join(LABEL_DECISIONS if several else DECISIONS)}; new_label takes a class of the"
            " label column, as it is written there.",
        )


_PROBLEMS = {
    "row": "The review names a row that the corpus does not have.",
    "decision": "The review holds an unknown decision.",
    "no label": "The review relabels a row without a label.",
    "label": "The review holds a label that the corpus does not have.",
}
_RECORDS_NAMED = 20


def _problems(answer: Answer, rows: Collection[int], labels: Collection[str]) -> Iterator[str]:
    """Keys of `_PROBLEMS`."""
    if answer.row_id not in rows:
        yield "row"
    if answer.decision not in (DECISIONS if answer.questioned is None else LABEL_DECISIONS):
        yield "decision"
    elif answer.decision == "relabel" and answer.label is None:
        yield "no label"
    elif answer.decision == "relabel" and labels and answer.label not in labels:
        yield "label"


def _records(numbers: Sequence[int]) -> str:
    """``records 3, 7, 9``."""
    shown = ", ".join(map(str, numbers[:_RECORDS_NAMED]))
    more = f" and {len(numbers) - _RECORDS_NAMED} more" if len(numbers) > _RECORDS_NAMED else ""
    return f"record{'s' * (len(numbers) > 1)} {shown}{more}"


def join_answers(answers: Sequence[Answer], digest: str) -> Review:
    """Make one verdict per row. Of several answers of a reviewer to a question, the latest counts, then the last."""
    last: dict[tuple[Question, str], Answer] = {}
    for answer in sorted(answers, key=lambda a: a.time):  # stable: files are in the given order
        last[(answer.row_id, answer.questioned or ""), answer.reviewer] = answer
    by_question: dict[Question, list[Answer]] = defaultdict(list)
    for key in sorted(last):
        by_question[key[0]].append(last[key])
    by_row: dict[int, list[list[Answer]]] = defaultdict(list)
    for (row, _), question_answers in sorted(by_question.items()):
        by_row[row].append(question_answers)
    verdicts = tuple(_verdict(row, questions) for row, questions in sorted(by_row.items()))
    return Review(digest, verdicts, tuple(last[key] for key in sorted(last)), _agreement(by_question))


def _outcome(answer: Answer) -> str:
    return f"relabel {answer.label}" if answer.decision == "relabel" else answer.decision


def _verdict(row: int, questions: Sequence[list[Answer]]) -> Verdict:
    """The verdict on a row: a disputed question leaves it in review; a reviewer who drops it once drops the row."""
    reviewers = {answer.reviewer for answers in questions for answer in answers}
    dropping = {answer.reviewer for answers in questions for answer in answers if answer.decision == "drop"}
    outcomes = {"drop"} if dropping == reviewers else {_outcome(answer) for answers in questions for answer in answers}
    reason = f"decided by {len(reviewers)} reviewer{'s' * (len(reviewers) > 1)}"
    if outcomes == {"drop"}:
        return Verdict(row, "drop", None, reason)
    if dropping or any(len({_outcome(answer) for answer in answers}) > 1 for answers in questions):
        return Verdict(row, "review", None, "reviewers disagree")
    if questions[0][0].questioned is None:
        action = next(action for action in VERDICT_ACTIONS if action == questions[0][0].decision)
        return Verdict(row, action, questions[0][0].label, reason)
    add, remove = (
        tuple(answers[0].questioned or "" for answers in questions if answers[0].decision == word)
        for word in ("add", "remove")
    )
    return Verdict(row, "relabel" if add or remove else "keep", None, reason, add, remove)


def _agreement(by_question: Mapping[Question, list[Answer]]) -> tuple[Agreement, ...]:
    """Cohen's kappa (1960) of each pair of reviewers for the rows, or labels of rows, that both reviewed."""
    reviewers = sorted({answer.reviewer for answers in by_question.values() for answer in answers})
    if len(reviewers) < 2:
        return ()
    from sklearn.metrics import cohen_kappa_score

    outcomes = {(key, a.reviewer): _outcome(a) for key, answers in by_question.items() for a in answers}
    agreements = []
    for first, second in combinations(reviewers, 2):
        pairs = [
            (outcomes[key, first], outcomes[key, second])
            for key in by_question
            if (key, first) in outcomes and (key, second) in outcomes
        ]
        if not pairs:
            continue
        a, b = zip(*pairs, strict=True)
        kappa = float(cohen_kappa_score(a, b)) if len({*a, *b}) > 1 else None
        agreements.append(Agreement((first, second), len(pairs), sum(x == y for x, y in pairs), kappa))
    return tuple(agreements)


def decisions_json(review: Review) -> str:
    """The review in the file format for ``auditor clean --review``."""
    head = {
        "corpus_digest": review.corpus_digest,
        "reviewers": sorted({answer.reviewer for answer in review.answers}),
        "agreement": [
            {"reviewers": list(a.reviewers), "rows": a.rows, "equal": a.equal, "kappa": a.kappa}
            for a in review.agreement
        ],
        "disagreements": list(review.disagreements),
    }
    decisions = [
        {"row_id": v.row_id, "action": v.action, "label": v.label, "reason": v.reason}
        | ({"add": list(v.add), "remove": list(v.remove)} if v.add or v.remove else {})
        for v in review.verdicts
    ]
    answers = [
        {"row_id": a.row_id, "decision": a.decision, "label": a.label, "reviewer": a.reviewer, "time": a.time,
         "comment": a.comment}
        | ({"questioned": a.questioned} if a.questioned is not None else {})
        for a in review.answers
    ]  # fmt: skip
    data = {"review": head, "decisions": decisions, "answers": answers}
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def read_decisions(
    path: Path,
    digest: str,
    rows: Collection[int],
    labels: Collection[str],
    *,
    several: bool = False,
    original: Callable[[str | None], str | None] = lambda label: label,
) -> list[Verdict]:
    """Read the verdicts in a file written with `decisions_json`.

    Args:
        path: the file.
        digest: digest of the corpus.
        rows, labels: row ids and labels of the corpus.
        several: whether rows have several labels.
        original: maps a redacted label to the label in the corpus.

    Raises:
        InputError: the file is not of this format, or has an unknown row, action or label.
        SafetyError: the file was made for another corpus.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
        made_for, items = data["review"]["corpus_digest"], data["decisions"]
        verdicts = [
            Verdict(item["row_id"], item["action"], original(item["label"]), str(item["reason"]),
                    *(tuple(original(label) or "" for label in item.get(word, ())) for word in ("add", "remove")))
            for item in items
        ]  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError(
            "This is not a file of decisions.", where=str(path), fix="Give the file that `auditor review import` wrote."
        ) from None
    if made_for != digest:
        raise SafetyError(
            "The review was made for another data set.", where=str(path), fix="Review the queue of a run on this one."
        )
    for number, verdict in enumerate(verdicts, 1):
        bad = (
            "row" if not isinstance(verdict.row_id, int) or verdict.row_id not in rows
            else "action" if verdict.action not in VERDICT_ACTIONS
            else "label" if verdict.action == "relabel" and not _knows(verdict, labels, several)
            else None
        )  # fmt: skip
        if bad:
            raise InputError(
                f"The review holds an unknown {bad}.",
                where=f"{path}, decision {number}",
                fix="Import the answers again.",
            )
    return verdicts


def decisions_for(path: Path, corpus: Corpus, original: Callable[[str | None], str | None]) -> list[Verdict]:
    """Call `read_decisions` with the rows and labels of a corpus."""
    sets = corpus.label_sets
    labels = known_labels(sets) if sets is not None else {label for label in corpus.labels or () if label is not None}
    rows = set(corpus.row_id.tolist())
    return read_decisions(path, corpus.digest, rows, labels, several=sets is not None, original=original)


def _knows(verdict: Verdict, labels: Collection[str], several: bool) -> bool:
    """Whether the new label, or all added and removed labels, are labels of the corpus."""
    named = (*verdict.add, *verdict.remove) if several else (verdict.label,)
    return len(named) > 0 and all(isinstance(label, str) and label in labels for label in named)
