"""The queue as tasks of Prodigy's choice interface, and answers from its exported annotations (JSON Lines)."""

import json
from pathlib import Path

from auditor.plugins import register_review_format
from auditor.review.answers import Answer, answer_of
from auditor.review.formats.base import AnswerFile
from auditor.review.queue import Queue

RELABEL = "relabel: "


class ProdigyFormat:
    name, suffix, is_edited_by_hand = "prodigy", ".prodigy.jsonl", False

    def files(self, queue: Queue, out: Path) -> dict[Path, str]:
        choices = [choice for choice in queue.decisions if choice != "relabel"]
        choices += [f"{RELABEL}{label}" for label in queue.labels]
        tasks = [
            {
                "text": item.text,
                "options": [{"id": choice, "text": choice} for choice in choices],
                "meta": {"row_id": item.row_id, "questioned": item.questioned, "corpus_digest": queue.corpus_digest},
            }
            for item in queue.items
        ]
        return {out: "".join(json.dumps(task, ensure_ascii=False) + "\n" for task in tasks)}

    def recognizes(self, file: AnswerFile) -> bool:
        return file.suffix == ".jsonl" and b'"options"' in file.data.partition(b"\n")[0]

    def answers(self, file: AnswerFile) -> list[Answer]:
        tasks = [json.loads(line) for line in file.text.splitlines() if line.strip()]
        given = [_answer(place, task) for place, task in enumerate(tasks, 1) if task.get("answer") == "accept"]
        return [answer for answer in given if answer is not None]


def _answer(place: int, task: dict) -> Answer | None:
    choice = (task.get("accept") or [""])[0]
    is_relabel = choice.startswith(RELABEL)
    return answer_of(
        place,
        task["meta"]["corpus_digest"],
        task["meta"]["row_id"],
        "relabel" if is_relabel else choice,
        label=choice.removeprefix(RELABEL) if is_relabel else None,
        reviewer=task.get("_annotator_id"),
        questioned=task["meta"]["questioned"],
    )


register_review_format(ProdigyFormat())
