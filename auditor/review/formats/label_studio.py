"""Export the queue as Label Studio tasks with a labelling interface, and import exported tasks (JSON)."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from xml.sax.saxutils import quoteattr

from auditor.review.answers import Answer, answer_of
from auditor.review.formats.base import AnswerFile, Records
from auditor.review.queue import Queue


class LabelStudioFormat:
    """See `ReviewFormat`."""

    name, suffix, is_edited_by_hand = "label-studio", ".label-studio.json", False

    def files(self, queue: Queue, out: Path) -> dict[Path, str]:
        """Tasks, and their labelling interface."""
        return {out: to_label_studio(queue), out.with_suffix(".xml"): label_studio_config(queue)}

    def recognizes(self, file: AnswerFile) -> bool:
        """Recognize an export by the keys ``annotations`` (JSON) or ``annotation_id`` (JSON_MIN)."""
        return any("annotations" in record or "annotation_id" in record for record in file.records or [])

    def answers(self, file: AnswerFile) -> list[Answer]:
        """See `from_label_studio` and `from_json_min`."""
        records = file.records or []
        has_annotations = any("annotations" in record for record in records)
        return from_label_studio(records) if has_annotations else from_json_min(records)


def to_label_studio(queue: Queue) -> str:
    """Tasks with the predicted label of the audit as a prediction."""
    tasks = []
    for item in queue.items:
        task: dict[str, object] = {"data": {**asdict(item), "corpus_digest": queue.corpus_digest}}
        if item.suggestion is not None:
            result = [_choice("new_label" if item.questioned is None else "decision", item.suggestion)]
            task["predictions"] = [{"model_version": "auditor", "result": result}]
        tasks.append(task)
    return json.dumps(tasks, ensure_ascii=False, indent=1) + "\n"


def _choice(name: str, value: str) -> dict[str, object]:
    return {"id": name, "from_name": name, "to_name": "text", "type": "choices", "value": {"choices": [value]}}


def label_studio_config(queue: Queue) -> str:
    """The labelling interface (XML)."""
    decisions = "".join(f"\n    <Choice value={quoteattr(value)}/>" for value in queue.decisions)
    labels = "".join(f"\n    <Choice value={quoteattr(value)}/>" for value in queue.labels)
    new_label = f"""  <Choices name="new_label" toName="text" choice="single" layout="select">{labels}
  </Choices>
"""
    questioned = ""
    if queue.several:
        new_label, questioned = "", """\n  <Text name="questioned" value="add or remove: $questioned"/>"""
    return f"""<View>
  <Text name="text" value="$text"/>
  <Text name="label" value="label: $label"/>
  <Text name="plan" value="plan: $action ($reason)"/>{questioned}
  <Text name="ref" value="$ref_text"/>
  <Choices name="decision" toName="text" choice="single" required="true" showInLine="true">{decisions}
  </Choices>
{new_label}  <TextArea name="comment" toName="text" rows="2"/>
</View>
"""


def from_label_studio(tasks: Records) -> list[Answer]:
    """Answers in exported tasks, one per annotation that was not cancelled.

    Raises:
        ValueError, KeyError, TypeError: these are not tasks written by `to_label_studio`.
    """
    answers = []
    for number, task in enumerate(tasks, 1):
        for annotation in task["annotations"]:
            if annotation.get("was_cancelled"):
                continue
            values = {result["from_name"]: _value(result["value"]) for result in annotation["result"]}
            answer = answer_of(
                number,
                task["data"]["corpus_digest"],
                task["data"]["row_id"],
                values.get("decision"),
                label=values.get("new_label"),
                reviewer=_person(annotation.get("completed_by")),
                time=annotation.get("updated_at") or annotation.get("created_at"),
                comment=values.get("comment"),
                questioned=task["data"].get("questioned"),
            )
            if answer is not None:
                answers.append(answer)
    return answers


def from_json_min(records: Records) -> list[Answer]:
    """Answers in Label Studio's JSON_MIN format: one flat object per annotation with task data and control values.

    Raises:
        ValueError, KeyError, TypeError: the records do not have this format.
    """
    answers = []
    for number, record in enumerate(records, 1):
        answer = answer_of(
            number,
            record["corpus_digest"],
            record["row_id"],
            _chosen(record.get("decision")),
            label=_chosen(record.get("new_label")),
            reviewer=_person(record.get("annotator")),
            time=record.get("updated_at") or record.get("created_at"),
            comment=_chosen(record.get("comment")),
            questioned=record.get("questioned"),
        )
        if answer is not None:
            answers.append(answer)
    return answers


def _chosen(value: object) -> str | None:
    """A choice or text, or the first of several."""
    value = value.get("choices") if isinstance(value, dict) else value
    return _value({"choices": value if isinstance(value, list) else [value]}) if value else None


def _value(value: dict[str, object]) -> str | None:
    chosen = value.get("choices") or value.get("text")
    return chosen[0] if isinstance(chosen, list) and chosen else chosen if isinstance(chosen, str) else None


def _person(who: object) -> str:
    return str(who.get("email") or who.get("id") or "") if isinstance(who, dict) else str(who or "")
