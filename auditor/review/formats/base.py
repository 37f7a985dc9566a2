"""The interface of review formats, and files with answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from auditor.review.answers import Answer
from auditor.review.queue import Queue

Records: TypeAlias = list[dict[str, Any]]
"""A JSON array of objects that another program wrote; formats validate it while reading."""


@dataclass(frozen=True)
class AnswerFile:
    """A file with the answers of reviewers.

    Attributes:
        path: path of the file.
        data: its content.
    """

    path: Path
    data: bytes

    @property
    def suffix(self) -> str:
        """Its suffix in lower case, with the dot."""
        return self.path.suffix.lower()

    @property
    def text(self) -> str:
        """The content decoded as UTF-8.

        Raises:
            UnicodeDecodeError: it is not UTF-8.
        """
        return self.data.decode("utf-8-sig")

    @cached_property
    def records(self) -> Records | None:
        """The content if it is a JSON array of objects, otherwise None."""
        try:
            records = json.loads(self.text)
        except (ValueError, RecursionError):
            return None
        is_records = isinstance(records, list) and all(isinstance(record, dict) for record in records)
        return records if is_records else None


class ReviewFormat(Protocol):
    """A file format in which queues are exported and answers are imported."""

    @property
    def name(self) -> str:
        """Its name for ``auditor review export --format``."""
        ...

    @property
    def suffix(self) -> str:
        """File name suffix of exported queues, with the dot."""
        ...

    @property
    def is_edited_by_hand(self) -> bool:
        """Whether reviewers edit the file itself instead of loading it into a tool."""
        ...

    def files(self, queue: Queue, out: Path) -> Mapping[Path, str]:
        """Contents of all files of a queue, by path; the first is `out`."""
        ...

    def recognizes(self, file: AnswerFile) -> bool:
        """Whether `file` has this format, judging by its name or content."""
        ...

    def answers(self, file: AnswerFile) -> list[Answer]:
        """The answers in `file`.

        Raises:
            ValueError, KeyError, TypeError, AttributeError: it does not have this format.
        """
        ...
