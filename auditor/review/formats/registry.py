"""The registry of review formats, and reading of answers in any of them."""

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
"""All review formats, by name."""


def read_answers(path: Path) -> list[Answer]:
    """Read the answers in a file with the first format that recognizes it, starting with the last one registered.

    Raises:
        InputError: the file has no known format.
    """
    try:
        file = AnswerFile(path, path.read_bytes())
        review_format = next(known for known in reversed(list(REVIEW_FORMATS)) if known.recognizes(file))
        return review_format.answers(file)
    except (OSError, StopIteration, ValueError, KeyError, TypeError, AttributeError, RecursionError, csv.Error):
        raise InputError(
            "This is not a review file.",
            where=str(path),
            fix="Give a file of `auditor review export`, filled in, or an export of Argilla or Label Studio (JSON).",
        ) from None
