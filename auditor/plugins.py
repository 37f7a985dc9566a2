"""Registration functions for plug-ins, one for each extension point.

A run imports the modules named by the setting ``plugins`` (`auditor.config.plugins`), which call these functions. A
script may also call them before `auditor.audit`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.benchmark.tasks.registry import AnyTask
    from auditor.checks.base import AnyCheck
    from auditor.corpus.readers.base import Reader
    from auditor.prepare.augment.base import Augmenter
    from auditor.report.formats.base import ReportFormat
    from auditor.review.formats.base import ReviewFormat


def register_check(check: type[AnyCheck]) -> None:
    """Add a check and the rules file that belongs to it.

    Raises:
        UsageError: it is not a check, does not match its rules file, or its dimension is taken.
        InputError: its rules file is not valid, or uses names of another check.
    """
    from auditor.checks.registry import add_check

    add_check(check)


def register_reader(reader: Reader) -> None:
    """Add an input format.

    Raises:
        UsageError: one of its suffixes is taken.
    """
    from auditor.corpus.readers.registry import READERS

    READERS.register(reader)


def register_report_format(report_format: ReportFormat) -> None:
    """Add a report format.

    Raises:
        UsageError: its name is taken.
    """
    from auditor.report.formats.registry import REPORT_FORMATS

    REPORT_FORMATS.register(report_format)


def register_review_format(review_format: ReviewFormat) -> None:
    """Add a review format; it takes precedence over all others in recognizing a file of answers.

    Raises:
        UsageError: its name is taken.
    """
    from auditor.review.formats.registry import REVIEW_FORMATS

    REVIEW_FORMATS.register(review_format)


def register_augmenter(augmenter: Augmenter) -> None:
    """Add an augmenter.

    Raises:
        UsageError: its name is taken for one of its languages.
    """
    from auditor.prepare.augment.registry import AUGMENTERS

    AUGMENTERS.register(augmenter)


def register_task(task: AnyTask) -> None:
    """Add a benchmark task; it takes precedence over all others for a corpus that it fits.

    Raises:
        UsageError: its name is taken.
    """
    from auditor.benchmark.tasks.registry import TASKS

    TASKS.register(task)
