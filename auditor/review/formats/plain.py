"""Export the queue as CSV and JSON Lines, and import answers from them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path

from auditor.review.answers import Answer, answer_of
from auditor.review.formats.base import AnswerFile
from auditor.review.queue import ANSWER_FIELDS, Item, Queue
from auditor.text.csv_injection import escape_cell, unescape_cell

_ITEM_FIELDS = tuple(f.name for f in fields(Item))
_FIELDS = (*_ITEM_FIELDS, *ANSWER_FIELDS, "corpus_digest")


class CsvFormat:
    """See `ReviewFormat`."""

    name, suffix, is_edited_by_hand = "csv", ".csv", True

    def files(self, queue: Queue, out: Path) -> dict[Path, str]:
        """One file, with a byte order mark by which spreadsheets recognize UTF-8."""
        return {out: "\ufeff" + to_csv(queue)}

    def recognizes(self, file: AnswerFile) -> bool:
        """Recognize a file by its suffix."""
        return file.suffix in (".csv", ".tsv", ".txt")

    def answers(self, file: AnswerFile) -> list[Answer]:
        """See `from_csv`."""
        return from_csv(decoded(file.data))


class JsonLinesFormat:
    """See `ReviewFormat`."""

    name, suffix, is_edited_by_hand = "jsonl", ".jsonl", True

    def files(self, queue: Queue, out: Path) -> dict[Path, str]:
        """One file."""
        return {out: to_jsonl(queue)}

    def recognizes(self, file: AnswerFile) -> bool:
        """Recognize a file by its suffix."""
        return file.suffix in (".jsonl", ".ndjson")

    def answers(self, file: AnswerFile) -> list[Answer]:
        """See `from_jsonl`."""
        return from_jsonl(file.text)


def to_csv(queue: Queue) -> str:
    """One line per item; text cells are escaped against formula injection."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(_FIELDS)
    for row in _rows(queue):
        writer.writerow([escape_cell(v) if isinstance(v, str) else "" if v is None else v for v in row.values()])
    return stream.getvalue()


def to_jsonl(queue: Queue) -> str:
    """One JSON object per item."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in _rows(queue))


def _rows(queue: Queue) -> Iterator[dict[str, object]]:
    blank: dict[str, object] = dict.fromkeys(ANSWER_FIELDS)
    for item in queue.items:
        yield {**asdict(item), **blank, "corpus_digest": queue.corpus_digest}


def decoded(data: bytes) -> str:
    """Decode a CSV file saved by a spreadsheet: UTF-8 or UTF-16 with a byte order mark, or GB 18030 (GBK).

    Raises:
        UnicodeDecodeError: it has another encoding.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def from_csv(text: str) -> list[Answer]:
    """Answers in a CSV file with commas, semicolons or tabs; lines without a decision are skipped.

    Raises:
        ValueError, KeyError: the file was not written by `to_csv`.
    """
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    return _answers([{k: unescape_cell(v) if isinstance(v, str) else None for k, v in row.items()} for row in rows])


def from_jsonl(text: str) -> list[Answer]:
    """Answers in a JSON Lines file.

    Raises:
        ValueError, KeyError, TypeError: the file was not written by `to_jsonl`.
    """
    return _answers([json.loads(line) for line in text.split("\n") if line.strip()])


def _answers(rows: list[dict[str, object]]) -> list[Answer]:
    answers = []
    for number, row in enumerate(rows, 1):
        answer = answer_of(
            number,
            row["corpus_digest"],
            row["row_id"],
            row["decision"],
            label=row.get("new_label"),
            reviewer=row.get("reviewer"),
            time=row.get("time"),
            comment=row.get("comment"),
            questioned=row.get("questioned"),
        )
        if answer is not None:
            answers.append(answer)
    return answers
