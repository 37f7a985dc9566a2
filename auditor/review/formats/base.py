"""The plug point for review formats: `ReviewFormat`, and the files its answers come in."""

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
"""Objects of a JSON array that another program wrote; formats check them by reading them."""


@dataclass(frozen=True)
class AnswerFile:
    """A file with the answers of reviewers.

    Attributes:
        path: where it is.
        data: what it holds.
    """

    path: Path
    data: bytes

    @property
    def suffix(self) -> str:
        """Ending of its name in lower case, with the dot."""
        return self.path.suffix.lower()

    @property
    def text(self) -> str:
        """The content as UTF-8.

        Raises:
            UnicodeDecodeError: it is not.
        """
        return self.data.decode("utf-8-sig")

    @cached_property
    def records(self) -> Records | None:
        """The content where it is a JSON array of objects, else None."""
        try:
            records = json.loads(self.text)
        except (ValueError, RecursionError):
            return None
        is_records = isinstance(records, list) and all(isinstance(record, dict) for record in records)
        return records if is_records else None


class ReviewFormat(Protocol):
    """A form in which a queue goes out to reviewers and their answers come back."""

    @property
    def name(self) -> str:
        """What ``auditor review export --format`` calls it."""
        ...

    @property
    def suffix(self) -> str:
        """Ending of the names of its queues, with the dot."""
        ...

    @property
    def is_edited_by_hand(self) -> bool:
        """Whether reviewers fill in the file itself, rather than load it into a tool."""
        ...

    def files(self, queue: Queue, out: Path) -> Mapping[Path, str]:
        """The texts of all files of a queue; the first is `out`."""
        ...

    def recognizes(self, file: AnswerFile) -> bool:
        """Whether `file` is of this format, by its name or its content."""
        ...

    def answers(self, file: AnswerFile) -> list[Answer]:
        """The answers in `file`.

        Raises:
            ValueError, KeyError, TypeError, AttributeError: it is not of this format after all.
        """
        ...
