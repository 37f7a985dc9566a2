"""Export the queue as Argilla 2 records with the settings of their data set, and import exported records.

Load with ``rg.Settings.from_json`` and ``dataset.records.from_json``; export with ``dataset.records.to_json``.
"""

from __future__ import annotations

import json
from pathlib import Path

from auditor.review.answers import Answer, answer_of
from auditor.review.formats.base import AnswerFile, Records
from auditor.review.queue import Item, Queue

GUIDELINES = (
    "Decide for each row: keep it as it is, drop it, or give it another label.",
    "Decide for the label that is asked about: add it, remove it, or keep the row as it is; or drop the row.",
)
"""Guidelines for single-label and multi-label corpora."""


class ArgillaFormat:
    """See `ReviewFormat`."""

    name, suffix, is_edited_by_hand = "argilla", ".argilla.json", False

    def files(self, queue: Queue, out: Path) -> dict[Path, str]:
        """Records, and the settings of their data set."""
        return {out: to_argilla(queue), out.with_suffix(".settings.json"): argilla_settings(queue)}

    def recognizes(self, file: AnswerFile) -> bool:
        """Recognize a file by the key ``metadata``, which every Argilla record has."""
        return file.records is not None and all("metadata" in record for record in file.records)

    def answers(self, file: AnswerFile) -> list[Answer]:
        """See `from_argilla`."""
        return from_argilla(file.records or [])


def to_argilla(queue: Queue) -> str:
    """Records with text and context as fields, the plan as metadata, and the predicted label as suggestion."""
    return json.dumps([_record(item, queue.corpus_digest) for item in queue.items], ensure_ascii=False, indent=1) + "\n"


def _record(item: Item, digest: str) -> dict[str, object]:
    metadata = {
        "row_id": item.row_id,
        "part": item.part,
        "label": item.label,
        "action": item.action,
        "code": item.code,
        "rule": item.rule,
        "reason": item.reason,
        "score": item.score,
        "questioned": item.questioned,
        "corpus_digest": digest,
    }
    suggestions: dict[str, object] = {}
    if item.suggestion is not None:
        question = "new_label" if item.questioned is None else "decision"
        suggestions[question] = {"value": item.suggestion, "score": None, "agent": "auditor"}
    return {
        "id": str(item.row_id) if item.questioned is None else f"{item.row_id} {item.questioned}",
        "fields": {"text": item.text, "context": _context(item)},
        "metadata": {key: value for key, value in metadata.items() if value is not None},
        "suggestions": suggestions,
        "responses": {},
        "vectors": {},
        "status": "pending",
    }


def _context(item: Item) -> str:
    lines = [f"label: {item.label}", f"plan: {item.action} ({item.reason})"]
    if item.questioned is not None:
        lines.append(f"add or remove: {item.questioned}")
    if item.ref_text is not None:
        lines.append(f"row {item.ref_row}: {item.ref_text}")
    return "\n".join(lines)


def argilla_settings(queue: Queue) -> str:
    """Fields, questions and metadata of the data set for the records."""

    def field(name: str, required: bool) -> dict[str, object]:
        settings = {"type": "text", "use_markdown": False}
        return {"name": name, "title": name.title(), "required": required, "settings": settings}

    def choice(name: str, title: str, values: tuple[str, ...], required: bool) -> dict[str, object]:
        options = [{"value": value, "text": value, "description": None} for value in values]
        settings = {"type": "label_selection", "options": options, "visible_options": None}
        return {"name": name, "title": title, "description": None, "required": required, "settings": settings}

    title = "Keep or drop the row, add or remove the label?" if queue.several else "Keep, drop, relabel or mask?"
    questions = [choice("decision", title, queue.decisions, True)]
    if len(queue.labels) > 1:
        questions.append(choice("new_label", "New label", queue.labels, False))
    text = {"type": "text", "use_markdown": False}
    questions.append({"name": "comment", "title": "Comment", "description": None, "required": False, "settings": text})
    names = ("part", "label", "action", "code", "rule", "reason", "questioned", "corpus_digest")
    metadata = [
        {"name": name, "title": name, "settings": {"type": "terms", "values": None}, "visible_for_annotators": True}
        for name in names
    ]
    numbers = (("row_id", "integer"), ("score", "float"))
    metadata += [
        {"name": name, "title": name, "settings": {"type": kind}, "visible_for_annotators": True}
        for name, kind in numbers
    ]
    data = {
        "guidelines": GUIDELINES[queue.several],
        "allow_extra_metadata": True,
        "fields": [field("text", True), field("context", False)],
        "questions": questions,
        "metadata": metadata,
        "vectors": [],
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def from_argilla(records: Records) -> list[Answer]:
    """Answers in exported records, one per record and user.

    Raises:
        ValueError, KeyError, TypeError: these are not records written by `to_argilla`.
    """
    answers = []
    for number, record in enumerate(records, 1):
        by_user: dict[str, dict[str, object]] = {}
        for question, responses in (record.get("responses") or {}).items():
            for response in responses:
                by_user.setdefault(str(response.get("user_id") or ""), {})[question] = response.get("value")
        metadata = record["metadata"]
        for user, values in by_user.items():
            answer = answer_of(
                number,
                metadata["corpus_digest"],
                metadata["row_id"],
                values.get("decision"),
                label=values.get("new_label"),
                reviewer=user,
                time=record.get("updated_at"),
                comment=values.get("comment"),
                questioned=metadata.get("questioned"),
            )
            if answer is not None:
                answers.append(answer)
    return answers
