"""Every review format, and answers from a file of any of them."""

from __future__ import annotations

import csv
from pathlib import Path

from auditor.errors import InputError
from auditor.registry import Registry
from auditor.review.answers import Answer
from auditor.review.formats.argilla import ArgillaFormat
from auditor.review.formats.base import AnswerFile, ReviewFormat
from auditor.review.formats.label_studio import LabelStudioFormat
from auditor.review.formats.plain import CsvFormat, JsonLinesFormat

_BUILT_IN: tuple[ReviewFormat, ...] = (CsvFormat(), JsonLinesFormat(), ArgillaFormat(), LabelStudioFormat())
REVIEW_FORMATS: Registry[ReviewFormat] = Registry("review format", lambda review: (review.name,), _BUILT_IN)
"""By name."""


def read_answers(path: Path) -> list[Answer]:
    """Answers of one file, in whatever format recognizes it; the one that was added last is asked first.

    Raises:
        InputError: not such a file.
    """
    try:
        file = AnswerFile(path, path.read_bytes())
        recognized = next(one for one in reversed(list(REVIEW_FORMATS)) if one.recognizes(file))
        return recognized.answers(file)
    except (OSError, StopIteration, ValueError, KeyError, TypeError, AttributeError, RecursionError, csv.Error):
        raise InputError(
            "This is not a review file.",
            where=str(path),
            fix="Give a file of `auditor review export`, filled in, or an export of Argilla or Label Studio (JSON).",
        ) from None
