"""Answers of reviewers joined into decisions: where they agree it holds, where not the row stays in review."""

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
"""Row, and the label of it that is asked about, or nothing."""


@dataclass(frozen=True)
class Agreement:
    """Two reviewers over the rows both judged; kappa is None where it is not defined (one outcome only)."""

    reviewers: tuple[str, str]
    rows: int
    equal: int
    kappa: float | None


@dataclass(frozen=True)
class Review:
    """All decisions of an import.

    Attributes:
        verdicts: by row.
        answers: each reviewer's last answer on each row, or on each label of it.
        agreement: by pair of reviewers.
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
    """Refuse answers that do not fit the corpus; all of them are named at once.

    Args:
        path: their file.
        answers: of one file.
        digest, rows: of the corpus.
        labels: its classes; empty where they are not known.

    Raises:
        SafetyError: the file was made for another corpus.
        InputError: no answers, an unknown row, decision or label, or a relabel without a label.
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


def _records(places: Sequence[int]) -> str:
    """``records 3, 7, 9``."""
    shown = ", ".join(map(str, places[:_RECORDS_NAMED]))
    more = f" and {len(places) - _RECORDS_NAMED} more" if len(places) > _RECORDS_NAMED else ""
    return f"record{'s' * (len(places) > 1)} {shown}{more}"


def join_answers(answers: Sequence[Answer], digest: str) -> Review:
    """One verdict per row. Of several answers of a reviewer on a question the latest counts, then the last in order."""
    last: dict[tuple[Question, str], Answer] = {}
    for answer in sorted(answers, key=lambda a: a.time):  # stable: files in the order given
        last[(answer.row_id, answer.questioned or ""), answer.reviewer] = answer
    asked: dict[Question, list[Answer]] = defaultdict(list)
    for key in sorted(last):
        asked[key[0]].append(last[key])
    by_row: dict[int, list[list[Answer]]] = defaultdict(list)
    for (row, _), given in sorted(asked.items()):
        by_row[row].append(given)
    verdicts = tuple(_verdict(row, given) for row, given in sorted(by_row.items()))
    return Review(digest, verdicts, tuple(last[key] for key in sorted(last)), _agreement(asked))


def _outcome(answer: Answer) -> str:
    return f"relabel {answer.label}" if answer.decision == "relabel" else answer.decision


def _verdict(row: int, questions: Sequence[list[Answer]]) -> Verdict:
    """Of all questions on a row: one in dispute leaves it in review; who drops it on one of them drops the row."""
    people = {answer.reviewer for answers in questions for answer in answers}
    dropping = {answer.reviewer for answers in questions for answer in answers if answer.decision == "drop"}
    said = {"drop"} if dropping == people else {_outcome(answer) for answers in questions for answer in answers}
    reason = f"decided by {len(people)} reviewer{'s' * (len(people) > 1)}"
    if said == {"drop"}:
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


def _agreement(asked: Mapping[Question, list[Answer]]) -> tuple[Agreement, ...]:
    """Cohen's kappa (1960) of each pair of reviewers on the rows, or the labels of rows, that both judged."""
    people = sorted({answer.reviewer for answers in asked.values() for answer in answers})
    if len(people) < 2:
        return ()
    from sklearn.metrics import cohen_kappa_score

    said = {(key, a.reviewer): _outcome(a) for key, answers in asked.items() for a in answers}
    found = []
    for one, other in combinations(people, 2):
        both = [(said[key, one], said[key, other]) for key in asked if (key, one) in said and (key, other) in said]
        if not both:
            continue
        a, b = zip(*both, strict=True)
        kappa = float(cohen_kappa_score(a, b)) if len({*a, *b}) > 1 else None
        found.append(Agreement((one, other), len(both), sum(x == y for x, y in both), kappa))
    return tuple(found)


def decisions_json(review: Review) -> str:
    """The review as a file for ``auditor clean --review``."""
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
    """Verdicts of a file of `decisions_json`.

    Args:
        path: the file.
        digest: of the corpus.
        rows, labels: its rows and its labels.
        several: whether its rows have several labels.
        original: a label as the corpus has it, of one that was written without personal data.

    Raises:
        InputError: not such a file, or an unknown row, action or label.
        SafetyError: it was made for another corpus.
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
    for place, verdict in enumerate(verdicts, 1):
        bad = (
            "row" if not isinstance(verdict.row_id, int) or verdict.row_id not in rows
            else "action" if verdict.action not in VERDICT_ACTIONS
            else "label" if verdict.action == "relabel" and not _knows(verdict, labels, several)
            else None
        )  # fmt: skip
        if bad:
            raise InputError(
                f"The review holds an unknown {bad}.",
                where=f"{path}, decision {place}",
                fix="Import the answers again.",
            )
    return verdicts


def decisions_for(path: Path, corpus: Corpus, original: Callable[[str | None], str | None]) -> list[Verdict]:
    """`read_decisions` for the rows and labels of a corpus."""
    sets = corpus.label_sets
    labels = known_labels(sets) if sets is not None else {label for label in corpus.labels or () if label is not None}
    rows = set(corpus.row_id.tolist())
    return read_decisions(path, corpus.digest, rows, labels, several=sets is not None, original=original)


def _knows(verdict: Verdict, labels: Collection[str], several: bool) -> bool:
    """Whether a new label is one of the corpus's, or those added and removed are."""
    given = (*verdict.add, *verdict.remove) if several else (verdict.label,)
    return len(given) > 0 and all(isinstance(label, str) and label in labels for label in given)
